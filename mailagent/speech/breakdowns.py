"""Sentences about what is broken: a mailbox, sending, a login, the ledger, a mail in quarantine. Told by ``sayings.py``."""

from __future__ import annotations

from mailagent.i18n import N_

SAYINGS = (
    # what is wrong with a mailbox
    N_("{where}: the file {file} of tls_ca_file does not exist."),
    N_("{where}: there is no server of this name; check imap_host and the network."),
    N_("{where}: nothing listens there; check imap_host and imap_port."),
    N_("{where}: no answer within {seconds} s; check port, security and firewall."),
    N_("{where}: its certificate cannot be trusted ({why}); check imap_host, or set tls_ca_file."),
    N_('{where}: no TLS on this port; check imap_port, and imap_security "tls" or "starttls".'),
    N_("{where}: the connection was not accepted ({why})."),
    N_("{where}: there is no password; write {variable}=… into .env."),
    N_("{where}: login or password holds a control character; check {variable} in .env."),
    N_("{where}: the link broke during the login ({why})."),
    N_("{where}: the server takes no login at the moment: {answer}"),
    N_("{where}: the server lets everybody in unasked (PREAUTH), so nobody knows whose mailbox it shows; check imap_host and imap_port."),
    N_('{where}: the server takes no password over a line that is not encrypted; set imap_security = "starttls" or "tls".'),
    N_('{where}: the server takes tokens only; set auth = "oauth2" and run mailagent auth {name}.'),
    N_("{where}: the server takes no passwords (LOGINDISABLED); ask whoever looks after it."),
    N_('{where}: the server refused the login of "{login}": {answer}. Check login in mailagent.toml and {variable} in .env.'),
    N_('{where}: the server refused the login of "{login}": {answer}. Check login in mailagent.toml and {variable} in .env. {hint}'),
    N_("{where}: the link is broken; connect again."),
    N_('{where}: The server has no folder "{folder}". It has: {folders}.'),
    N_('{where}: No folder of the server can be recognised as "{role}"; write its name into the mailbox\'s folders. It has: {folders}.'),
    N_('{where}: The server has no folder "{folder}". It has: {folders} and {count} more.'),
    N_(
        '{where}: No folder of the server can be recognised as "{role}"; write its name into the mailbox\'s folders. '
        "It has: {folders} and {count} more."
    ),
    N_('{where}: "{folder}" holds drafts, which are never read; take it out of the mailbox\'s folders.'),
    N_('the server has no folder "{folder}". It has: {folders}.'),
    N_("the server does not tell its folders: {why}"),
    N_('the server refuses the folder "{folder}": {why}'),
    N_('the server gives the mails of "{folder}" no lasting numbers; it cannot be read safely.'),
    N_('"{folder}" was numbered anew while it was open; it must be opened again.'),
    N_("the server numbered the folder anew while it was open; it must be opened again."),
    N_("the server hands out no mail at the moment: {why}"),
    N_("the server does not hand out mail: {why}"),
    N_("the server neither searches nor tells what it has: {why}"),
    N_("a large mail cannot be put down in {folder}: {why}."),
    N_('the server lets nobody move mail out of "{folder}".'),
    N_('"{folder}" was numbered anew meanwhile; nothing was moved.'),
    N_(
        "the server cannot move mail (MOVE, RFC 6851), and nothing is copied and deleted instead: "
        "take filing out of this mailbox's settings."
    ),
    N_("The link broke after the login ({why})."),
    N_("{where}: the link broke while trying to {purpose} ({why})."),
    N_("{where}: the server refused to {purpose}: {why}"),
    N_('open "{folder}"'),
    N_('put a mail into "{folder}"'),
    N_('move mail into "{folder}"'),
    N_("look for new mail"),
    N_("look for mail by date"),
    N_("ask when mail came"),
    N_("fetch mail"),
    N_("wait for mail"),
    N_("search for a letter"),
    N_("list its folders"),
    N_("the server hung up"),
    N_("the server said goodbye"),
    N_("the server has said next to nothing for {seconds} s"),
    N_("the server says more than {bytes} bytes in one line"),
    N_("the server announces {bytes} bytes where none belong"),
    N_("the server announced a wrong size for a mail"),
    N_("the server said something that belongs nowhere: {answer}"),
    N_("the server asks without end"),
    # why a mail is in quarantine, or kept back
    N_("the line broke while it was fetched"),
    N_("the server lists this mail and does not hand it out"),
    N_("the server lists this mail and does not hand it out: {answer}"),
    N_("it could be fetched, or is gone"),
    N_("it is over"),
    N_("reading took too long"),
    N_("reading it ended the process"),
    N_("the reading process ended before"),
    N_("the reading process ended ({how})"),
    # what the system says of files, inside a sentence
    N_("No such file or directory"),
    N_("Permission denied"),
    N_("Is a directory"),
    N_("Not a directory"),
    N_("Read-only file system"),
    N_("No space left on device"),
    N_("File name too long"),
    # what is wrong with sending
    N_("the file {file} of tls_ca_file does not exist"),
    N_("there is no server of this name; check smtp_host and the network"),
    N_("nothing listens there; check smtp_host and smtp_port"),
    N_("no answer in time; check smtp_port, smtp_security and the firewall"),
    N_("its certificate cannot be trusted ({why}); check smtp_host, or set tls_ca_file"),
    N_('no TLS on this port; check smtp_port, and smtp_security "tls" or "starttls"'),
    N_("the server does not offer what smtp_security asks for ({why})"),
    N_("the line broke during the login: {why}"),
    N_("no answer to the text: {why}"),
    N_("no clear answer to the text: {answer}"),
    N_("our server cannot write to an address with letters beyond ASCII"),
    N_('"{address}" is not an address that mail can be sent to.'),
    N_("the server {server} offers no login by password ({offered})"),
    N_("the server {server} offers no login by token ({mechanisms}) ({offered})"),
    # what is wrong with a login by token
    N_(
        "{where}: its authorisation code is in use since {day}, and ends after about {days} days; "
        "make a new one in the web mail and write it into .env"
    ),
    N_("{where}: nobody has logged in yet; run: mailagent auth {mailbox}"),
    N_("{where}: its login has ended ({why}); run: mailagent auth {mailbox}"),
    N_("{where}: its login ends on {day}; run: mailagent auth {mailbox}"),
    N_("{where}: its new token cannot be written to {path}; make room, or check who owns the folder."),
    N_("{where}: other users of this computer can read {path}; run: chmod 600 {again}"),
    N_("{where}: {path} cannot be read ({why}); check who owns it."),
    N_("{where}: {path} cannot be written ({why})."),
    N_("{where}: another mailagent has been fetching its token for {seconds} s."),
    N_("{where}: the login server {host} cannot be trusted ({why})."),
    N_("{where}: the login server {host} gives no answer ({why})."),
    N_("{where}: the login server {host} has no time at the moment ({why})."),
    N_("{where}: the login server {host} answers with something that is no token ({why}); check the oauth addresses."),
    N_("{where}: the login server answers with something that is no token; check the oauth addresses."),
    N_("{where}: the login server answers with something that is no device code."),
    N_("{where}: the login server refused ({why}): {text}."),
    N_("the consent was declined"),
    N_("nobody typed the code in time"),
    N_("the app is not accepted; check oauth_client_id, its secret in .env and its settings at the provider"),
    N_("the app may not ask for this; check its permissions at the provider"),
    N_("run: mailagent auth {mailbox}"),
    N_("check what the provider's administrator allows the app"),
    N_("{where}: not everything was allowed (missing: {scopes}); run: mailagent auth {mailbox}, and tick all boxes."),
    N_("{where}: the login server gave no lasting permission; take mailagent out of the account's list of apps, and agree again."),
    N_("{where}: a service account needs its own package; run: pip install 'mailagent[oauth]'"),
    N_("{where}: the service account's file holds no key; download it again from Google."),
    N_("{where}: the server takes no tokens (it offers neither XOAUTH2 nor OAUTHBEARER); check auth and provider."),
    N_("{where}: the login holds a control character; check login in mailagent.toml."),
    N_('{where}: the server refused the token of "{login}": {answer}. Agree as the right account: mailagent auth {mailbox}.'),
    N_('{where}: the server refused the token of "{login}": {answer}. Agree as the right account: mailagent auth {mailbox}. {hint}'),
    N_("port {port} of this computer cannot be used ({why}); name another one in oauth_port, or 0 for any."),
    N_("The server does not accept our introduction (ID), and opens no folder without it: {why}"),
    # what is wrong with the ledger
    N_("{path} cannot be written ({why}). May this user write in {home}?"),
    N_("Another mailagent (process {process}) runs on {home}. Stop it first, or use another --home."),
    N_("The ledger {path} is held by another process. Stop the other mailagent (or backup), then try again."),
    N_("The disk that holds {path} is full or failing ({why}). Free some space; nothing was half-written."),
    N_("The ledger {path} is read-only. Give the user that runs mailagent write permission on it and its folder."),
    N_("The ledger {path} cannot be opened. Does its folder exist, and may this user write there?"),
    N_("{path} is not a mailagent ledger, or is damaged ({why}). Restore the newest file of the backup folder."),
    N_("The bytes of a mail in {path} cannot be read ({why}). Restore them from a backup."),
    N_("The bytes of a mail in the ledger cannot be read ({why}). Restore them from a backup."),
    N_("The bytes of mail {mail} were forgotten ([reading] retention_days); what was made of it stays."),
    N_("A large mail cannot be kept in {folder} ({why}). Free some space there, or let this user write."),
    # brakes
    N_("Nothing leaves the mailbox {mailbox} until {since}; its server wants silence: {answer}"),
    N_(
        "The mailbox {mailbox} sends no letters until {since}: {bounced} of its last {sent} letters went to addresses that do not exist. "
        "The last answer: {answer}"
    ),
    N_("The mailbox {mailbox} sends no letters until {since}: the servers of {domains} refuse them. The last answer: {answer}"),
    N_("Nothing is sent to {domain} until {since}: its server refuses our letters: {answer}"),
    N_(
        "About the mailbox {mailbox}, reports from outside say that {said} of its last {sent} letters went to addresses that do not exist. "
        "Anybody can write such reports, so it goes on sending: look at them, and if they are true, mailagent pause --all. "
        "The last one: {answer}"
    ),
    N_(
        "Strangers to the mailbox {mailbox}: {bounced} of its last {sent} letters went to addresses that do not exist, of people to whom "
        "nothing of ours had arrived before. One person may do this on purpose, so it goes on sending: look at them, and if they have "
        "nothing in common, mailagent pause --all. The last answer: {answer}"
    ),
    N_(
        "Strangers to the mailbox {mailbox}: the servers of {domains} refuse its letters, and nothing of ours had arrived there before. "
        "One person may do this on purpose, so it goes on sending: look at them, and if they have nothing in common, "
        "mailagent pause --all. The last answer: {answer}"
    ),
    N_(
        "About the mailbox {mailbox}, reports from outside say that the servers of {domains} refuse its letters. "
        "Anybody can write such reports, so it goes on sending: look at them, and if they are true, mailagent pause --all. "
        "The last one: {answer}"
    ),
)
