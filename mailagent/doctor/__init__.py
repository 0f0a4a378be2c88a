"""``mailagent doctor``: tries what the daemon will need and says in plain words what works and what to do.

Here are the house, its mailboxes and its alarms. ``domain`` asks the DNS about the domains from which letters leave (``resolver``, ``spf``,
``keys``, ``dmarc``), ``public_page`` tries the page on which buyers stop letters, ``self_test`` looks at a letter to ourselves.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from mailagent import policy as rules
from mailagent.core.model.login import way_in
from mailagent.core.model.policy import Mailbox
from mailagent.core.model.proof import PROOF_DAYS
from mailagent.delivery.base import Refused
from mailagent.delivery.signing import public_record
from mailagent.doctor.domain import examine_domain
from mailagent.doctor.finding import Finding
from mailagent.doctor.known import examine_providers
from mailagent.doctor.public_page import examine_public_page
from mailagent.doctor.resolver import Resolver
from mailagent.doctor.rhythm import examine_rhythm
from mailagent.errors import ConfigError, FolderMissing, FolderRefused, MailagentError, MailboxError, MailboxUnreachable
from mailagent.i18n import _
from mailagent.ledger import health, proofs
from mailagent.office import Office
from mailagent.speech import counts, words
from mailagent.speech.sayings import told


def examine(office: Office, server: str = "") -> Iterator[Finding]:
    """Everything, one finding after another; a failure never keeps the rest from being tried.

    Args:
        server: the resolver that is asked about our domains; "" for the system's.
    """
    yield from examine_configuration(office)
    for mailbox in office.policy.mailboxes:
        if warning := office.login_warning(mailbox):
            yield Finding(None, _("the login of {address}").format(address=mailbox.address), told(warning))
        yield from examine_imap(office, mailbox)
        yield examine_smtp(office, mailbox)
    yield from examine_providers(office.policy)
    yield from examine_domains(office, server)
    yield from examine_public_page(office)
    yield from examine_proofs(office)
    yield from examine_home(office)
    yield from examine_rhythm(office)
    yield from examine_alarms(office)


def examine_configuration(office: Office) -> Iterator[Finding]:
    problems = rules.check(office.settings.home)
    if problems:
        yield Finding(False, counts.mistakes(len(problems)), _("run: mailagent check"))
    else:
        yield Finding(True, _("configuration and templates"))
    company, sending = office.policy.company, office.policy.sending
    if not office.policy.mailboxes:
        yield Finding(False, _("no mailbox is configured"), _("run: mailagent init"))
    if not company.legal_name or not company.postal_address:
        yield Finding(False, _("legal name or postal address is missing"), _("every letter must carry them: mailagent.toml [company]"))
    if not office.policy.managers:
        yield Finding(None, _("no manager is named"), _("nobody gets the weekly digest or may approve tier 1: mailagent.toml [[person]]"))
    if not office.policy.catalogue.product:
        yield Finding(None, _("no products are named"), _("letters can quote no price: catalogue.toml"))
    if sending.letters == "off":
        yield Finding(
            None, _("sending is off: approved letters go to {folder}").format(folder=office.settings.spool_folder), "[sending] letters"
        )


def examine_imap(office: Office, mailbox: Mailbox) -> Iterator[Finding]:
    """Log in, find each folder, count what lies there."""
    try:
        connection = office.open_mailbox(mailbox)
    except (MailagentError, OSError) as error:
        yield Finding(False, _("reading {address}").format(address=mailbox.address), told(str(error)))
        return
    try:
        yield Finding(True, _("reading {address}: login works").format(address=mailbox.address))
        for rule in mailbox.folders:
            try:
                ((role, name),) = connection.folders((rule,)) or ((rule.role, rule.name),)
                state = connection.open(name)
                said = _("folder {name} ({role}): {mails}").format(name=name, role=words.folder(role), mails=counts.mails(state.exists))
                yield Finding(True, said)
            except (FolderMissing, FolderRefused) as error:
                yield Finding(False, _("folder {name}").format(name=rule.name or rule.role), told(str(error)))
        # Where handled mail is to be moved to: what is fine is not listed, there may be many.
        for target in sorted(set(mailbox.filing.values())):
            try:
                connection.open(target)
            except MailboxUnreachable:
                raise
            except MailboxError as error:
                yield Finding(False, f"filing → {target}", told(str(error)))
    except (MailagentError, OSError) as error:
        yield Finding(False, _("reading {address}").format(address=mailbox.address), told(str(error)))
    finally:
        connection.close()


def examine_smtp(office: Office, mailbox: Mailbox) -> Finding:
    """Log in for sending, and send nothing."""
    what = _("sending from {address}").format(address=mailbox.address)
    try:
        transport = office.open_transport(mailbox)
        outcome = transport.check_login()
    except (MailagentError, OSError, ConfigError) as error:
        return Finding(False, what, told(str(error)))
    if outcome is None:
        return Finding(True, _("sending from {address}: login works").format(address=mailbox.address))
    advice = told(outcome.text)
    if isinstance(outcome, Refused) and outcome.account_problem and way_in(mailbox, office.policy.providers) != "oauth2":
        advice += " " + _("Check {variable} in .env.").format(variable=mailbox.password_variable)
    return Finding(False, what, advice)


def examine_domains(office: Office, server: str) -> Iterator[Finding]:
    """What the DNS says of each domain from which letters leave; mailboxes of one domain and one way of signing are asked for once."""
    resolver, asked = Resolver(server), set()
    for mailbox in office.policy.mailboxes:
        own_key = ""
        if mailbox.dkim_selector:
            try:
                own_key = public_record(office.settings.dkim_key(mailbox)).rpartition("p=")[2]
            except ConfigError as error:
                yield Finding(False, _("signing the letters of {address}").format(address=mailbox.address), told(str(error)))
        key = (mailbox.address.rpartition("@")[2].lower(), mailbox.provider, mailbox.signing_domain, mailbox.dkim_selector)
        if key not in asked:
            asked.add(key)
            yield from examine_domain(mailbox, office.policy, resolver, own_key=own_key, reserved_too=bool(server))


def examine_proofs(office: Office) -> Iterator[Finding]:
    """Whether letters may promise one click: only while a letter to ourselves has shown that the signature covers the promise."""
    if not office.policy.public_page.public_url:
        return
    for mailbox in office.policy.mailboxes:
        with office.ledger.reading() as db:
            proof = proofs.of_account(db, mailbox.name)
        what = _("one-click link in letters of {address}").format(address=mailbox.address)
        if proof is None:
            advice = _("not proven yet, so letters name the mail address alone; run: mailagent doctor --self-test")
            yield Finding(None, what, advice)
        elif not proof.holds(mailbox, office.policy, office.now()):
            advice = _("proven more than {days} days ago or under other settings; run: mailagent doctor --self-test")
            yield Finding(None, what, advice.format(days=PROOF_DAYS))
        else:
            yield Finding(True, _("{what}: proven until {day}").format(what=what, day=proof.ends_at.date()))


def examine_home(office: Office) -> Iterator[Finding]:
    """The ledger can be written, and the disk has room."""
    home = office.settings.home
    try:
        with office.ledger.transaction():
            pass
        yield Finding(True, _("ledger {path}").format(path=office.ledger.path))
    except MailagentError as error:
        yield Finding(False, _("ledger {path}").format(path=office.ledger.path), told(str(error)))
    free = shutil.disk_usage(home).free
    enough = office.policy.reading.free_megabytes * 1_000_000
    size = _("{free:.1f} GB free for {home}").format(free=free / 1e9, home=home)
    yield Finding(True if free > enough else None, size, "" if free > enough else _("make some room"))


def examine_alarms(office: Office) -> Iterator[Finding]:
    """What the daemon has found and is not over yet."""
    with office.ledger.reading() as db:
        alarms = health.open_alarms(db)
    for alarm in alarms:
        since = words.clock_time(alarm.since, office.policy.company.time_zone)
        yield Finding(None, told(alarm.title), _("an alarm of the daemon, since {time}").format(time=since))
