"""The company itself as values: what ``mailagent.toml`` says about it, its people, its mailboxes and its switches.

The rules of the trade (signals, tiers, cadences, languages, goods) are in ``policy.py`` beside this file.
"""

from __future__ import annotations

import re
from datetime import date, time
from functools import lru_cache
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from mailagent.core.model.address import SENDABLE, registrable_domain

#: A name of the DNS, one of the house ("mailserver"), an IPv4 or IPv6 address; letters beyond ASCII are for IDNA.
HOST = re.compile(r"(?=.{1,253}\Z)(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){0,20}[^\W_](?:[\w-]{0,61}[^\W_])?\.?|[0-9A-Fa-f:.]{2,45}")


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f'"{name}" is not a time zone; write one as "Asia/Shanghai"') from error
    return name


def _email(value: str) -> str:
    if not SENDABLE.fullmatch(value):
        raise ValueError(f'"{value}" is not a mail address')
    return value


def _host(name: str) -> str:
    if name and not HOST.fullmatch(name):
        raise ValueError(f'"{name}" is not the name of a server; write one as "imap.acme.example", without https:// and without a port')
    return name


Zone = Annotated[str, AfterValidator(_zone)]
#: The name or number of a server; "" for the provider's.
Host = Annotated[str, AfterValidator(_host)]
Email = Annotated[str, AfterValidator(_email)]


class Table(BaseModel):
    """A TOML table: frozen, and an unknown key is a mistake."""

    # What checks a table is built when the first one is checked, so defaults that are tables are made by functions: the second process
    # (``reader.py``) is given checked ones and needs none of it.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


#: What a DKIM selector or a domain is written with (RFC 6376 §3.1), or nothing.
SELECTOR = r"^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,250}[A-Za-z0-9])?)?$"
#: A link that died in silence is noticed in so many seconds at most.
DEAD_LINK_SECONDS = 300
#: What a received mail may be filed as: the kinds of ``core/reading/kind.py``.
Kind = Literal[
    "own", "bounce", "complaint", "receipt", "auto_reply", "newsletter", "unsubscribe", "spam_solicitation", "internal", "reply", "inquiry"
]


class CompanyProfile(Table):
    """``mailagent.toml [company]``: who we are. Legal name and postal address stand in every letter's footer.

    Attributes:
        certificates: what we can prove, as ("ISO 9001:2015", "CE"); letters may name them.
    """

    legal_name: str = ""
    postal_address: str = ""
    short_name: str = ""
    website: str = ""
    country: str = "CN"
    time_zone: Zone = "Asia/Shanghai"
    domains: tuple[str, ...] = ()
    introduction: dict[str, str] = Field(default_factory=dict, description="language → at most three lines")
    certificates: tuple[str, ...] = ()

    @property
    def registrable_domains(self) -> frozenset[str]:
        return _registrable(tuple(self.domains))


class Person(Table):
    """``mailagent.toml [[person]]``: somebody of ours. The manager approves tier 1 and gets the digest."""

    name: str
    email: Email
    role: Literal["sales", "manager", "deputy"] = "sales"
    title: str = ""
    phone: str = ""
    language: Literal["en", "zh"] = "en"
    buyer_languages: tuple[str, ...] = ()
    takes_leads: bool = True

    @property
    def may_approve_everything(self) -> bool:
        return self.role in ("manager", "deputy")


class FolderRule(Table):
    """One folder to read: its name on the server, or "" to find it by special use; and what it holds."""

    role: Literal["inbox", "sent", "junk", "other"]
    name: str = ""


def _usual_folders() -> tuple[FolderRule, ...]:
    return FolderRule(role="inbox", name="INBOX"), FolderRule(role="sent")


class Mailbox(Table):
    """``mailagent.toml [[mailbox]]``: one account that is read and written from. Secrets are in ``.env``.

    Attributes:
        name: short name; the password is read from ``MAILAGENT_<NAME>_PASSWORD``.
        auth: how to log in; when not said, as the provider's row says.
        oauth_flow: which of the provider's ``oauth_flows``; when not said, the first of them.
        oauth_client_id: the app that the company registered with its provider (docs/providers.md).
        oauth_tenant: the company's directory at Microsoft, as a domain or an id.
        oauth_authorise_url, oauth_token_url, oauth_device_url, oauth_scopes: instead of the provider's, for a cloud of its own.
        oauth_port: the port of this computer to which the browser returns; 0 for any that is free.
        idle: false only polls; when not said, as the provider's row says.
        poll_seconds: a safety poll at least this often, whatever IDLE says.
        timeout_seconds: so long the server may be silent when we wait for its answer, and when we connect.
        idle_seconds: one wait in IDLE; with timeout_seconds it stays below 300, so that a dead link is noticed within five minutes.
        noop_seconds: where the server has no IDLE, it is asked for news this often.
        connection_seconds: a connection is made anew this often, whether it seems alive or not.
        back_off_seconds: the waits after one, two, three … failures in a row; the last one stays.
        login_pause_seconds: the wait after a refused login: trying again sooner locks accounts.
        authserv_ids: names under which our own server writes Authentication-Results (RFC 8601), beside those of the provider's row, of our
            own domains and of the IMAP host's; "*" stands for anything.
        owner: who is told when it cannot be read or has gone silent: the name of a person; the manager, if nobody is named.
        filing: kind of mail → folder it is moved into once it was handled (UID MOVE only); nothing is moved when it is not said.
        dkim_selector: we sign its letters ourselves, under this selector (docs/unsubscribe.md); "": its provider does, or nobody.
        dkim_domain: in whose name; when not said, the domain of its address.
    """

    name: str
    address: Email
    login: str = ""
    provider: str = "generic"
    auth: Literal["", "password", "authorisation_code", "oauth2"] = ""
    oauth_flow: Literal["", "browser", "device", "application", "service_account"] = ""
    oauth_client_id: str = ""
    oauth_tenant: str = ""
    oauth_authorise_url: str = ""
    oauth_token_url: str = ""
    oauth_device_url: str = ""
    oauth_scopes: tuple[str, ...] = ()
    oauth_port: int = Field(0, ge=0, le=65535)
    imap_host: Host = ""
    imap_port: int = 0
    imap_security: Literal["", "tls", "starttls", "none"] = ""
    smtp_host: Host = ""
    smtp_port: int = 0
    smtp_security: Literal["", "tls", "starttls", "none"] = ""
    folders: tuple[FolderRule, ...] = Field(default_factory=_usual_folders)
    append_sent: Literal["auto", "always", "never"] = "auto"
    tls_ca_file: str = ""
    idle: bool = True
    poll_seconds: int = Field(300, ge=1, le=3600)
    timeout_seconds: int = Field(60, ge=1, le=240)
    idle_seconds: float = Field(230, gt=0, le=290)
    noop_seconds: float = Field(30, gt=0, le=230)
    connection_seconds: float = Field(1680, gt=0, le=86_400)
    back_off_seconds: tuple[float, ...] = Field((5, 15, 30, 60, 120, 300, 600), min_length=1)
    login_pause_seconds: float = Field(600, gt=0)
    authserv_ids: tuple[str, ...] = ()
    owner: str = ""
    filing: dict[Kind, str] = Field(default_factory=dict)
    dkim_selector: str = Field("", pattern=SELECTOR)
    dkim_domain: str = Field("", pattern=SELECTOR)

    @model_validator(mode="after")
    def _notices_a_dead_link(self) -> Mailbox:
        if self.idle_seconds + self.timeout_seconds >= DEAD_LINK_SECONDS:
            raise ValueError(
                f"idle_seconds and timeout_seconds are {self.idle_seconds + self.timeout_seconds:g} together; "
                f"they must stay below {DEAD_LINK_SECONDS}, or a dead link goes unnoticed"
            )
        return self

    @property
    def username(self) -> str:
        return self.login or self.address

    @property
    def variable(self) -> str:
        """How the names of this mailbox's secrets in ``.env`` begin."""
        return "MAILAGENT_" + re.sub(r"\W+", "_", self.name).upper()

    @property
    def password_variable(self) -> str:
        return self.variable + "_PASSWORD"

    @property
    def oauth_secret_variable(self) -> str:
        """The secret of the company's app."""
        return self.variable + "_OAUTH_SECRET"

    @property
    def service_account_variable(self) -> str:
        """The path of a service account's key file."""
        return self.variable + "_SERVICE_ACCOUNT"

    @property
    def dkim_key_variable(self) -> str:
        """The path of the key that signs its letters."""
        return self.variable + "_DKIM_KEY"

    @property
    def signing_domain(self) -> str:
        """In whose name its letters are signed."""
        return self.dkim_domain or self.address.rpartition("@")[2]

    @property
    def token_file(self) -> str:
        """The name of the file that keeps its OAuth tokens, in ``<home>/tokens/``."""
        return re.sub(r"\W+", "_", self.name) + ".json"


class Reading(Table):
    """``mailagent.toml [reading]``: where the first run starts, and how much one mail may hold.

    Attributes:
        first_run_days: on an unread mailbox, mail older than this is counted but never handled.
        draft_max_age_days: mail older than this gets no draft, whatever it says.
        max_parse_bytes: a larger mail is kept whole, but only its head and first text are read.
        tick_seconds: so often the daemon asks the ledger what is due.
        unreachable_minutes: a mailbox that cannot be reached for so long is an alarm; a refused login is one at once.
        silence_factor: no mail for so many times longer than is usual in our working hours is an alarm; 0 switches it off.
        silence_hours: a shorter silence is no alarm, whatever is usual.
        silence_weeks: what is usual is learnt from so many weeks.
        free_megabytes: less room than this beside the ledger is an alarm.
    """

    start_date: date | None = None
    first_run_days: int = Field(30, ge=0, le=3650)
    draft_max_age_days: int = Field(7, ge=0, le=365)
    max_parse_bytes: int = Field(25_000_000, ge=100_000)
    inline_bytes: int = Field(1_000_000, ge=10_000, description="larger sources go to a file beside the ledger")
    retention_days: int = Field(730, ge=30)
    tick_seconds: float = Field(30, gt=0, le=300)
    unreachable_minutes: float = Field(10, ge=0, le=1440)
    silence_factor: float = Field(2.0, ge=0, le=100)
    silence_hours: float = Field(4.0, ge=0, le=1000)
    silence_weeks: int = Field(6, ge=2, le=52)
    free_megabytes: int = Field(500, ge=0)


class Sending(Table):
    """``mailagent.toml [sending]``: the switch, the pace and the limits of unanswered follow-ups (DOMAIN §4, STANDARDS §5.6).

    Attributes:
        pace_seconds, pace_jitter: at least so long between two letters of an account, and up to this part longer.
        per_hour, per_day: of an account; where the provider's row in providers.toml allows less, that counts.
        follow_ups_per_hour_per_person: of one author; 0: no limit.
        catch_up_per_hour: follow-ups that have waited more than an hour after a standstill leave an account no faster.
        sent_unseen_days: no follow-up while the Sent folder of its owner has not been seen for so many days; 0 switches it off.
        per_hour_to_domain, per_hour_to_freemail: to one recipient domain; gmail.com and its like are one domain with many people.
        warm_up_per_day, warm_up_growth: a new account sends so many letters in a day, and this part more after each day of use;
            0: no warm-up.
        same_bytes_hours: a letter that could not be sent for so long after its first attempt needs a new approval: its date is too old.
        letters_per_connection, connection_seconds: so much goes over one connection to the server.
        read_receipts: ask the buyer's mail program to tell when a letter was opened (RFC 8098); most never do, and some dislike it.
    """

    letters: Literal["off", "on"] = "off"
    notices: Literal["off", "on"] = "on"
    pace_seconds: float = Field(20.0, ge=0)
    pace_jitter: float = Field(0.5, ge=0, le=10)
    follow_ups_per_day: int = Field(1, ge=0)
    follow_ups_per_7_days: int = Field(2, ge=0)
    follow_ups_per_30_days: int = Field(4, ge=0)
    follow_ups_per_hour_per_person: int = Field(15, ge=0)
    catch_up_per_hour: int = Field(10, ge=1)
    sent_unseen_days: float = Field(3, ge=0)
    per_hour: int = Field(30, ge=1)
    per_day: int = Field(200, ge=1)
    per_hour_to_domain: int = Field(30, ge=1)
    per_hour_to_freemail: int = Field(20, ge=1)
    warm_up_per_day: int = Field(20, ge=0)
    warm_up_growth: float = Field(0.2, ge=0, le=10)
    lease_minutes: int = Field(15, ge=1)
    reply_timeout_seconds: int = Field(600, ge=1)
    same_bytes_hours: int = Field(48, ge=1)
    letters_per_connection: int = Field(20, ge=1)
    connection_seconds: float = Field(120.0, ge=0)
    read_receipts: bool = False


class Approval(Table):
    """``mailagent.toml [approval]``: whose word counts, and for how long."""

    manager_tiers: tuple[int, ...] = (1,)
    valid_working_days: int = Field(5, ge=1)


class Digest(Table):
    """``mailagent.toml [digest]``: when the manager gets the week's numbers, in the company's time."""

    weekday: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = "monday"
    at: time = time(8, 30)


class Desk(Table):
    """``mailagent.toml [desk]``: the private web page."""

    host: str = "127.0.0.1"
    port: int = Field(8025, ge=0, le=65535)
    language: Literal["en", "zh"] = "en"


@lru_cache(maxsize=16)
def _registrable(domains: tuple[str, ...]) -> frozenset[str]:
    return frozenset(registrable_domain(domain) for domain in domains)
