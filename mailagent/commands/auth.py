"""``mailagent auth``: leads a person through his consent at the mail provider (OAuth), and proves that it works."""

from __future__ import annotations

import threading
import webbrowser
from collections.abc import Callable
from time import sleep

import click

from mailagent import doctor
from mailagent.commands.common import office_of
from mailagent.core.model.login import Registration, registration, way_in
from mailagent.core.model.policy import Mailbox
from mailagent.errors import ConfigError, LoginRefused, MailagentError, Problem
from mailagent.i18n import _, language
from mailagent.ledger import outbox
from mailagent.oauth import grants
from mailagent.oauth.cache import Token
from mailagent.oauth.loopback import Answer, Loopback, read_answer
from mailagent.oauth.request import Denied
from mailagent.office import Office
from mailagent.settings import ENV_FILE
from mailagent.speech.sayings import told

#: How long a person may take for his consent, minutes.
PATIENCE = 5
SECONDS_A_MINUTE = 60


@click.command(help=_("Log in to a mailbox on your provider's own page (OAuth), and prove that reading and sending work."))
@click.argument("mailbox", required=False)
@click.option("--device", is_flag=True, help=_("With a code that you type on another device."))
@click.option("--no-browser", is_flag=True, help=_("Print the address, and take the one that your browser ends up at (over SSH)."))
@click.option("--minutes", default=PATIENCE, show_default=True, type=click.IntRange(1, 60), help=_("How long to wait for you."))
@click.pass_context
def auth(context: click.Context, mailbox: str | None, device: bool, no_browser: bool, minutes: int) -> None:
    office = office_of(context)
    account = choose(office, mailbox)
    app = registration(account, office.policy.providers, "device" if device else "")
    secret = office.settings.app_secrets.get(account.oauth_secret_variable, "")
    if (app.needs_secret or app.flow == "application") and not secret:
        raise ConfigError([Problem(ENV_FILE, account.oauth_secret_variable, _("is missing: the secret of the app that you registered"))])
    if not app.by_person:
        click.echo(_("{address}: the app logs in by itself; nobody has to agree.").format(address=account.address))
    else:
        if app.flow == "device":
            token = agree_by_device(office, app, secret)
        elif no_browser:
            token = agree_by_pasting(office, app, secret, account.oauth_port)
        else:
            token = agree_by_browser(office, app, secret, account.oauth_port, minutes)
        office.tokens(account).keep(token)
        click.echo(_("The login is kept in {path}, for you only.").format(path=office.tokens(account).cache.path))
    good = prove(office, account)
    with office.ledger.reading() as db:
        if good and outbox.is_paused(db, account.name):
            click.echo(_("Sending from it is paused; to go on: mailagent resume --account {name}").format(name=account.name))
    context.exit(0 if good else 1)


def choose(office: Office, name: str | None) -> Mailbox:
    """The mailbox that is meant; without a name the only one that logs in by token."""
    rows, providers = office.policy.mailboxes, office.policy.providers
    candidates = [mailbox for mailbox in rows if way_in(mailbox, providers) == "oauth2"]
    if name is None:
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            names = ", ".join(mailbox.name for mailbox in candidates)
            raise MailagentError(_("Which mailbox? mailagent auth NAME with one of: {names}").format(names=names))
        raise MailagentError(_("No mailbox logs in by token. docs/providers.md says when that is needed and how it is set up."))
    found = next((mailbox for mailbox in rows if name.casefold() in (mailbox.name.casefold(), mailbox.address.casefold())), None)
    if found is None:
        known = ", ".join(mailbox.name for mailbox in rows)
        raise MailagentError(_("There is no mailbox {name}; there are: {names}").format(name=name, names=known))
    row = providers.get(found.provider)
    if found not in candidates and row and row.auth == "authorisation_code" and not row.oauth_flows:
        raise MailagentError(
            _("The mailbox {name} logs in by a code of its provider's ({variable} in .env), which takes no tokens. {hint}").format(
                name=found.name, variable=found.password_variable, hint=row.hint.get(language(), row.hint.get("en", ""))
            )
        )
    if found not in candidates:
        raise MailagentError(
            _('The mailbox {name} logs in by password ({variable} in .env). To change that, write auth = "oauth2" into its table.').format(
                name=found.name, variable=found.password_variable
            )
        )
    return found


# ── the ways to agree ───────────────────────────────────────────────────────────────────────────────────────────


def agree_by_browser(office: Office, app: Registration, secret: str, port: int, minutes: int) -> Token:
    """His browser on this computer; it comes back to us by itself."""
    with Loopback(app.redirect_host, port) as loopback:
        asked = grants.consent(app, loopback.redirect_uri)
        explain(app)
        click.echo(_("If no browser opens, open this address on this computer (over SSH use --no-browser):"))
        click.echo(asked.url)
        # Some browsers keep the call until they are closed.
        threading.Thread(target=_open, args=(asked.url,), daemon=True).start()
        answer = loopback.wait(asked.state, minutes * SECONDS_A_MINUTE)
    if answer is None:
        raise LoginRefused(_("Nobody agreed within {minutes} minutes. Run mailagent auth again.").format(minutes=minutes))
    return _exchanged(office, app, secret, asked, answer)


def agree_by_pasting(office: Office, app: Registration, secret: str, port: int) -> Token:
    """A browser on another computer: the page that it ends at cannot be shown there, but its address holds the answer."""
    with Loopback(app.redirect_host, port) as loopback:
        asked = grants.consent(app, loopback.redirect_uri)
    explain(app)
    click.echo(_("Open this address in a browser, on any computer:"))
    click.echo(asked.url)
    click.echo(_("At the end it shows a page that cannot be reached. Copy that page's whole address from the address bar."))

    def answer_of(address: str) -> Answer:
        try:
            return read_answer(address, asked.state)
        except ValueError as refused:
            raise click.BadParameter(str(refused)) from None

    return _exchanged(office, app, secret, asked, click.prompt(_("The address"), value_proc=answer_of))


def agree_by_device(office: Office, app: Registration, secret: str) -> Token:
    """A short code, typed on any device."""
    code = grants.ask_device(app)
    explain(app)
    address, typed = _clean(code.address), _clean(code.user_code)
    click.echo(_("Open {address} on any device, and type this code: {code}").format(address=address, code=typed))
    return grants.wait_for_device(app, secret, code, office.now, sleep)


def explain(app: Registration) -> None:
    """What will happen, before it does."""
    click.echo(
        _("You agree on your provider's own page, logged in as {address}; mailagent never sees the password.").format(address=app.address)
    )
    click.echo(_("It asks for reading and sending mail. You can take that back at the provider at any time."))


def _exchanged(office: Office, app: Registration, secret: str, asked: grants.Consent, answer: Answer) -> Token:
    if answer.error:
        raise grants.refusal(app, Denied(answer.error))
    return grants.exchange_code(app, secret, asked, answer.code, office.now())


def _open(url: str) -> None:
    try:
        webbrowser.open(url)
    except (webbrowser.Error, OSError):
        # The address is on the screen.
        pass


def _clean(text: str) -> str:
    """A server's words cannot steer the terminal."""
    return "".join(char for char in text if char.isprintable())[:200]


# ── proof ───────────────────────────────────────────────────────────────────────────────────────────────────────


def prove(office: Office, mailbox: Mailbox, say: Callable[[str], None] = click.echo) -> bool:
    """Log in for reading and for sending, and say how it went."""
    good = True
    for finding in (*doctor.examine_imap(office, mailbox), doctor.examine_smtp(office, mailbox)):
        say(f"{'✓' if finding.ok else '!' if finding.ok is None else '✗'} {finding.what}")
        if finding.advice:
            say(f"  {told(finding.advice)}")
        good &= finding.ok is not False
    return good


COMMANDS = (auth,)
