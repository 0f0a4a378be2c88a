"""The sentences that the core and the jobs write down (why now, what to do, what to look at), in the reader's language.

Theory. The core knows no interface language: a reason is written once, in English, and is kept so in the ledger, where
it must still be readable in ten years. Where a person reads it, ``told`` finds the pattern that the sentence was made
from and says it in his language, with the same names and numbers in it. A sentence without a pattern is shown as it is.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache

from mailagent.i18n import _, language
from mailagent.resources import shipped

#: What stands in these gaps is a code or a sentence itself, and is said in the reader's language too.
SPOKEN = ("reason", "state", "error", "text", "since", "slot", "where", "why", "purpose", "hint")
#: Longer than any sentence of ours: a server's talk, which is shown as it is.
MAX_SENTENCE = 1500
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def N_(sentence: str) -> str:  # noqa: N802 (gettext's own name for "translate later")
    """Marks a sentence for the catalogue."""
    return sentence


#: Every sentence that ``core/``, ``jobs/``, the daemon and the ledger build for people. ``{x}`` stands for what differs.
SAYINGS = (
    # when and why then
    N_("the buyer answered"),
    N_("the buyer asked"),
    N_("resumed by hand"),
    N_("at once"),
    N_("the hold ({reason}) is over"),
    N_("the letter could not be written"),
    N_("a copy would have gone to somebody who wants no letters"),
    N_("a person answers what he asked"),
    N_("he asked for no more letters: answer only what he asks, and offer nothing"),
    N_("he asked to be forgotten"),
    N_("a draft waits for approval"),
    N_("a letter for this lead waits already"),
    N_("the server refused the letter; a person must look"),
    N_("{days} working days after {since}; in the buyer's hours: {slot}"),
    N_("{days} working days and {hours} hours after {since}; in the buyer's hours: {slot}"),
    N_("{hours} hours after {since}; in the buyer's hours: {slot}"),
    N_("at once; in the buyer's hours: {slot}"),
    N_("he named this day; in the buyer's hours: {slot}"),
    N_("{days} working days after {since}"),
    N_("{days} working days and {hours} hours after {since}"),
    N_("{hours} hours after {since}"),
    # why a lead stands where it stood
    N_("tier {tier} since an earlier mail"),
    N_("a person set tier {tier}"),
    N_("a person had set tier {tier}"),
    N_("an earlier mail of this matter was likely fraud"),
    N_("no mail since {day}"),
    # what to do
    N_("He is not the right person: go on with the colleague he names"),
    N_("He once asked for no more letters and now writes: answer what he asks, by hand"),
    N_("Verify before anything else: signs of fraud"),
    N_("We promised him something by {day}: keep the promise"),
    N_("He wrote while the matter is paused: answer by hand, or resume"),
    N_("Answer in the back office of {platform}"),
    N_("The same request came from several mailboxes: compare them before you quote"),
    N_("the same request came from {address} (lead {lead})"),
    N_("the same request came from {matters}"),
    N_("{sender} is not {domain} of {company} ({how})"),
    N_("{sender} writes in the thread of {email}"),
    N_("{sender} is known as {email}"),
    N_("A new bank account is spoken of: call him on a number you already have before anything else"),
    N_("{sender} says that somebody has left: does it mean {buyer}?"),
    N_("{person} has left; ask for the successor"),
    N_("{person} has left; ask {successor} whether to go on"),
    N_("A bounce names our letter to {address} and another address"),
    N_("{address} does not exist: find another way to the buyer"),
    N_("He may be asking for no more letters: read it and decide"),
    N_("A letter cannot be sent as it stands: {error}"),
    N_("A letter cannot be written: {error}"),
    N_("The server refuses our account {account}: {text}"),
    N_("The server refused letter {letter} to {address}: {text}"),
    N_("Did letter {letter} to {address} arrive? The server did not answer"),
    N_("Did letter {letter} to {address} arrive? mailagent was stopped while it was handed over"),
    N_("Letter {letter} to {address} needs a new approval"),
    N_("The domain of {address} is not found: is the address right?"),
    N_("The mailbox {mailbox} cannot be read: {error}"),
    N_("nothing was heard of it since {since}"),
    N_("Nothing can be written down: {error}"),
    N_("the thread that reads it died; it was started again"),
    N_("No mail has come to the mailbox {mailbox} since {since}: {hours} working hours; {usual} are usual at most"),
    N_("The login of the mailbox {mailbox} needs a person: {text}"),
    N_("The disk is nearly full: {free} MB are free for {home}; make some room, or mail cannot be kept"),
    N_("The server cannot hand out mail {uid} of {folder} in {mailbox}: look at it in a mail program"),
    N_("Mail of {mailbox} cannot be filed: {why}"),
    N_("A mail without a sender's address looks like an inquiry: look at it in a mail program"),
    N_("A call the day after the answer: did everything arrive, and what is the next step?"),
    N_("Two letters without an answer: call, or write a message."),
    N_("A letter of substance without an answer: call, or write a message."),
    # what to look at before approving
    N_("possible fraud: no price is named; verify the buyer first"),
    N_("no list price for {product}"),
    N_("he asks for prices but names no product of the catalogue"),
    N_("no template in his language ({language}): written in English"),
    N_("a copy goes to another company: {address}"),
    N_("his words came through a form or platform: this letter begins a new thread"),
    N_("not in the catalogue: {word}"),
    N_("he asks for {term}; the list prices are {list}: add the freight"),
    N_("a complaint: read it yourself and call him; the draft promises nothing"),
    N_("he speaks of agency or OEM: the manager decides"),
    N_("he places an order: check quantity, price and payment, then send the proforma invoice"),
    N_("technical questions: the draft does not answer them; add the data"),
    N_("he asks about payment: credit terms are the manager's"),
    N_("he asks for samples: decide who pays goods and freight"),
    N_("he wants to visit: offer dates yourself"),
    N_("he wants to talk: call him, or name a time"),
    N_("price objection: the draft gives no discount"),
    # why a mail is of its kind
    N_("nothing else fits"),
    N_("in Sent"),
    N_("our Message-ID"),
    N_("header:{name}"),
    N_("delivery report"),
    N_("feedback report"),
    N_("read receipt"),
    N_("calendar answer"),
    N_("signed token"),
    N_("own address"),
    N_("no-reply address"),
    N_("calls itself automatic"),
    N_("asks to stop as well"),
    N_("thread headers"),
    N_("quotes us"),
    # where a letter stands, inside a sentence
    N_("drafted"),
    N_("approved"),
    N_("claimed"),
    N_("transmitting"),
    N_("failed"),
    N_("rejected"),
    N_("bounced"),
    # what is refused to a person
    N_("Letter {letter} is {state} already."),
    N_("Letter {letter} was changed after you opened it. Read it again, then approve."),
    N_("Letter {letter} was changed after you opened it. Read it again, then save."),
    N_("Letter {letter} needs the manager's approval."),
    N_("Nothing may be sent to {address}: {reason}."),
    N_("Lead {lead} shows signs of fraud. Verify it first."),
    N_("{address} may have asked for no more letters. Decide that first."),
    N_("A letter needs a subject and a text."),
    N_("A subject may have {subject} letters and a text {text}."),
    N_("There is a control character in the subject or text. Type that line again."),
    N_("Letter {letter} is {state}; it can no longer be changed."),
    N_("Letter {letter} is {state}; it can no longer be rejected."),
    N_("Letter {letter} is not in doubt."),
    N_('"{address}" is not a mail address.'),
    N_("{address} belongs to a provider of free mail: name the addresses instead."),
    N_("{address} is our own domain."),
    N_("Type why he is answered all the same: what does he ask?"),
    N_("Nothing keeps us from writing to {address}."),
    N_("{address} has asked nothing since he was silenced; only that may be answered."),
    N_("A draft for lead {lead} waits already."),
    N_("cadences.toml has no cadence with an answer for it; answer from your own mail program."),
    N_("The law of his country allows no further follow-up to {address}."),
    N_("A letter to {address} is being handed over at this moment. Try again in a minute."),
    N_("{address} is not suppressed."),
    N_("Say with --evidence why it may be written to again."),
    N_("{address} asked for silence: only his own new consent lifts it. Say when and how he gave it."),
    N_("Lead {lead} is not paused."),
    N_("There is no task {task}."),
    N_("There is no letter {letter}."),
    N_("There is no lead {lead}. mailagent leads lists them."),
    # what keeps a letter from being written or sent
    N_("mailagent.toml names no [[person]], so nobody can sign a letter"),
    N_("mailagent.toml: company.{key}: fill it in, no letter may leave without it"),
    N_('"{address}" is no address that a letter can be sent to'),
    N_('lead {lead}: "{address}" is no address that a letter can be sent to'),
    N_('"{address}" needs SMTPUTF8, which is not spoken here: ask for another address'),
    N_("letter {letter}: the text holds half a character (position {position}): type that word again"),
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
    N_("{where}: \"{folder}\" holds drafts, which are never read; take it out of the mailbox's folders."),
    N_('the server has no folder "{folder}". It has: {folders}.'),
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
)
#: Whatever else a mailbox could not do: who it was, and a sentence that is told by itself.
ABOUT_A_MAILBOX = N_("{where}: {error}")
_ABOUT_A_MAILBOX = re.compile(r"(?P<where>mailbox [^\s:]{1,100}(?: \([^\s()]{1,300}\))?): (?P<error>.+)", re.DOTALL)


def told(sentence: str) -> str:
    """A sentence of the ledger in the reader's language."""
    exact = _(sentence)
    if exact != sentence or len(sentence) > MAX_SENTENCE:
        return exact
    for saying, pattern in _patterns():
        found = pattern.fullmatch(sentence)
        if found:
            return _(saying).format(**{gap: spoken(gap, said) if gap in SPOKEN else said for gap, said in found.groupdict().items()})
    if found := _ABOUT_A_MAILBOX.fullmatch(sentence):
        return _(ABOUT_A_MAILBOX).format(where=spoken("where", found["where"]), error=told(found["error"]))
    return sentence


def spoken(gap: str, said: str) -> str:
    """What fills a gap: a time with the day's name, a code, or another sentence of ours."""
    # Reasons and states are tables of codes that need ``told`` themselves.
    from mailagent.speech import words

    if gap == "where":
        return " ".join((_("mailbox"), said.removeprefix("mailbox "))) if said.startswith("mailbox ") else said
    if gap == "hint":
        return _hints().get(said, {}).get(language(), said)
    if gap in ("why", "purpose"):
        return told(said)
    if gap == "state":
        return told(said.replace("_", " "))
    if said[:3] in WEEKDAYS and said[3:5] == " 2":
        return f"{words.weekday(WEEKDAYS.index(said[:3]))}{said[3:]}"
    return words.reason(said) if re.fullmatch(r"[a-z_]{1,40}(?::[a-z_]{1,40})?", said) else told(said)


@lru_cache(maxsize=1)
def _hints() -> dict[str, dict[str, str]]:
    """What ``providers.toml`` advises when a login is refused, by its English words: these are what the ledger keeps."""
    rows = tomllib.loads((shipped("config") / "providers.toml").read_text(encoding="utf-8")).values()
    return {row["hint"]["en"]: row["hint"] for row in rows if isinstance(row, dict) and "en" in row.get("hint", {})}


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern], ...]:
    """Each saying with gaps, as a pattern: those that begin with a word of ours first, and of them those with more."""
    gapped = sorted(
        (saying for saying in SAYINGS if "{" in saying),
        key=lambda saying: (saying.startswith("{"), -len(re.sub(r"\{\w+\}", "", saying))),
    )
    made = []
    for saying in gapped:
        pieces = re.split(r"\{(\w+)\}", saying)
        # What stands at the end may be a whole sentence of a server with ours around it.
        most = ["1,400"] * (len(pieces) - 2) + [f"1,{MAX_SENTENCE}" if not pieces[-1] else "1,400", ""]
        pattern = "".join(f"(?P<{piece}>.{{{most[number]}}}?)" if number % 2 else re.escape(piece) for number, piece in enumerate(pieces))
        made.append((saying, re.compile(pattern, re.DOTALL)))
    return tuple(made)
