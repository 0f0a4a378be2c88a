"""``mailagent init``: asks what it must know, or reads the answers from a file, and writes the home folder."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from pydantic import SecretStr, TypeAdapter, ValidationError

from mailagent import policy
from mailagent.core.model.address import SENDABLE
from mailagent.core.model.company import HOST
from mailagent.core.model.login import way_in
from mailagent.core.model.policy import CompanyProfile, Person, Policy, Product, Provider, Zone
from mailagent.errors import BadFile
from mailagent.exchange.people import read_customers, read_opt_outs
from mailagent.first_steps import Answers, NewMailbox, init, read_answers
from mailagent.i18n import _, language
from mailagent.settings import find_home
from mailagent.speech import mistakes

# Who hosts a free address is known; a company's own domain may lie anywhere.
PROVIDER_OF_DOMAIN = {
    "gmail.com": "gmail",
    "googlemail.com": "gmail",
    "outlook.com": "outlook",
    "hotmail.com": "outlook",
    "live.com": "outlook",
    "qq.com": "qq",
    "foxmail.com": "qq",
    "163.com": "163",
    "126.com": "126",
    "yeah.net": "yeah",
    "icloud.com": "icloud",
    "yandex.ru": "yandex",
    "yandex.com": "yandex",
    "fastmail.com": "fastmail",
}


@click.command("init", help=_("Set mailagent up: writes the company's config/ and .env into its home folder."))
@click.option("--answers", "answers_file", type=click.Path(path_type=Path), help=_("Take the answers from this TOML file; ask nothing."))
@click.option("--force", is_flag=True, help=_("Replace files that exist; the old ones stay beside them as NAME.old."))
@click.option("--home", "home_option", type=click.Path(path_type=Path), help=_("The company's home folder."))
@click.pass_context
def init_command(context: click.Context, answers_file: Path | None, force: bool, home_option: Path | None) -> None:
    home = find_home(home_option or context.find_root().params.get("home"))
    written = init(home, read_answers(answers_file) if answers_file else ask(home), force)
    for path in written:
        click.echo(_("written: {path}").format(path=path))
    rules = policy.load(home)
    for mailbox in rules.mailboxes:
        if way_in(mailbox, rules.providers) == "oauth2":
            click.echo(_("Log in to {address}: mailagent auth {name}").format(address=mailbox.address, name=mailbox.name))
    click.echo(_("Next: mailagent check, mailagent doctor, then mailagent run --dry. Nothing is sent to buyers yet."))


def ask(home: Path) -> Answers:
    """The answers of the person in front of the screen."""
    shipped = policy.load(None)
    click.echo(_("This writes the settings of your company into {home}. Ctrl-C leaves without a trace.").format(home=home))
    mailbox = _mailbox(shipped)
    domain = mailbox.address.rpartition("@")[2]
    own = "" if domain in PROVIDER_OF_DOMAIN or domain in shipped.freemail else domain
    company = _company(own)
    return Answers(
        company=company,
        mailbox=(mailbox,),
        person=_people(),
        product=_products(),
        customers=_list(_("Existing customers as a CSV file (company, email or domain; Enter for none)"), read_customers),
        opt_outs=_list(_("People who asked for no more letters, as a CSV file (email; Enter for none)"), read_opt_outs),
    )


def _mailbox(shipped: Policy) -> NewMailbox:
    address = _prompt(_("Mailbox to read (its address)"), check=_address)
    known = sorted(shipped.providers)
    guess = PROVIDER_OF_DOMAIN.get(address.rpartition("@")[2].lower(), "generic")
    provider = click.prompt(_("Mail provider"), type=click.Choice(known or ["generic"]), default=guess)
    said: dict[str, Any] = {"name": re.sub(r"[^A-Za-z0-9]+", "_", address.partition("@")[0]).strip("_") or "mail"}
    row = shipped.providers.get(provider)
    if not row or not row.imap_host:
        domain = address.rpartition("@")[2]
        said["imap_host"] = _prompt(_("IMAP server"), default=f"imap.{domain}", check=_server)
        said["smtp_host"] = _prompt(_("SMTP server"), default=f"smtp.{domain}", check=_server)
    elif row.hint:
        click.echo(row.hint.get(language()) or row.hint.get("en", ""))
    if row and (row.auth == "oauth2" or (row.oauth_flows and click.confirm(_("Log in by token (OAuth) instead of a password?")))):
        return NewMailbox(address=address, provider=provider, **said, **_app(row))
    if row and row.auth == "authorisation_code":
        password = _prompt(_("Authorisation code of the mailbox (not the password of the web page)"), hide_input=True)
    else:
        password = _prompt(_("Password of the mailbox (for many providers a client password)"), hide_input=True)
    return NewMailbox(address=address, provider=provider, password=SecretStr(password), **said)


def _app(row: Provider) -> dict[str, Any]:
    """The app that the company registered with its provider; both can be told later."""
    click.echo(_("For this the company registers an app with its provider, once: docs/providers.md shows how."))
    client = _prompt(_("Client id of the app (Enter: later)"), default="", show_default=False)
    said: dict[str, Any] = {"auth": "oauth2", "oauth_client_id": client}
    if row.oauth_needs_secret:
        secret = _prompt(_("Client secret of the app (Enter: later)"), default="", show_default=False, hide_input=True)
        said["oauth_secret"] = SecretStr(secret)
    return said


def _company(own_domain: str) -> CompanyProfile:
    name = _prompt(_("Legal name of the company"))
    postal = _prompt(_("Postal address, in one line (both stand under every letter)"))
    domains = _prompt(_("Own mail domains, divided by commas"), default=own_domain, check=_domains)
    zone = _prompt(_("Time zone"), default="Asia/Shanghai", check=_time_zone)
    return CompanyProfile(legal_name=name, postal_address=postal, domains=tuple(_pieces(domains)), time_zone=zone)


def _people() -> tuple[Person, ...]:
    people = [_person(_("Name of the manager, who approves tier 1 and gets the weekly digest"), "manager", takes_leads=False)]
    question = _("Name of a salesperson")
    while True:
        person = _person(question, "sales", takes_leads=True, optional=len(people) > 1)
        if person is None:
            return tuple(people)
        if person.email.casefold() in {other.email.casefold() for other in people}:
            click.echo(_("Somebody has this address already."))
            continue
        people.append(person)
        question = _("Name of another salesperson (Enter when done)")


def _person(question: str, role: str, takes_leads: bool, optional: bool = False) -> Person | None:
    name = _prompt(question, default="" if optional else None, show_default=False)
    if not name:
        return None
    email = _prompt(_("Address of {name}").format(name=name), check=_address)
    return Person(name=name, email=email, role=role, takes_leads=takes_leads, language=language())


def _products() -> tuple[Product, ...]:
    named = _prompt(_("Your products, divided by commas (buyers' words: garden shears, pruning saw)"), default="", show_default=False)
    return tuple(Product(code=f"P{number:02}", name={"en": name}) for number, name in enumerate(_pieces(named), 1))


def _list(question: str, read: Callable[[Path], object]) -> str:
    """A CSV file that can be read; asks again until it can."""

    def readable(path: str) -> str:
        if not path:
            return ""
        try:
            read(Path(path).expanduser())
        except BadFile as error:
            raise click.BadParameter(mistakes.told(str(error))) from None
        return str(Path(path).expanduser().resolve())

    return _prompt(question, default="", show_default=False, check=readable)


# ── questions and checks ────────────────────────────────────────────────────────────────────────────────────────


def _prompt(question: str, check: Callable[[str], str] | None = None, **options: Any) -> str:
    return click.prompt(question, value_proc=lambda text: check(text.strip()) if check else text.strip(), **options)


def _address(text: str) -> str:
    if not SENDABLE.fullmatch(text):
        raise click.BadParameter(_("{text} is not a mail address").format(text=text))
    return text


def _server(text: str) -> str:
    if not HOST.fullmatch(text):
        said = _("{text} is not the name of a server; write it as imap.acme.example, without https:// and without a port")
        raise click.BadParameter(said.format(text=text))
    return text


def _domains(text: str) -> str:
    # Without them the mail of colleagues could not be told from the mail of buyers.
    for piece in _pieces(text) or [text]:
        if "@" in piece or "." not in piece:
            raise click.BadParameter(_("{text} is not a domain; write it as acme.example").format(text=piece))
    return text


def _time_zone(text: str) -> str:
    try:
        return TypeAdapter(Zone).validate_python(text)
    except ValidationError:
        raise click.BadParameter(_("{text} is not a time zone; write it as Asia/Shanghai").format(text=text)) from None


def _pieces(text: str) -> list[str]:
    return [piece.strip() for piece in re.split(r"[,;，；、]", text) if piece.strip()]
