"""The company's rules as values: what ``config/*.toml`` says, checked.

``mailagent/policy.py`` reads the files and builds a ``Policy``; the core only ever sees this object. Each class
below is one table of one file; the file's name stands in its docstring. Unknown keys are refused. The tables of
``mailagent.toml`` are in ``company.py``, those of ``cadences.toml`` and ``calendar.toml`` in
``rhythm.py`` and ``calendar.py``.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Literal

from pydantic import Field, model_validator

from mailagent.core.model.address import registrable_domain

# The company's tables are asked for under this module's name, too: a policy is both halves together; so are those of the rhythm.
from mailagent.core.model.calendar import Blackout, Calendar, Closure, DaySpan, Holiday, Place, Window  # noqa: F401
from mailagent.core.model.company import (  # noqa: F401
    Approval,
    CompanyProfile,
    Desk,
    Digest,
    Email,
    FolderRule,
    Mailbox,
    Person,
    Reading,
    Sending,
    Table,
    Zone,
)
from mailagent.core.model.law import LawRow
from mailagent.core.model.lifetime import Lifetime, Rfm
from mailagent.core.model.pretext import News, Pretexts
from mailagent.core.model.provider import Provider  # noqa: F401
from mailagent.core.model.public import PageWords, PublicPage
from mailagent.core.model.refusal import Bounces
from mailagent.core.model.rhythm import Cadence, Step  # noqa: F401
from mailagent.core.model.silence import UnsubscribeBeside
from mailagent.core.model.trade import Trade
from mailagent.core.model.workday import Assignment, Deadlines

# ── signals.toml, tiers.toml ────────────────────────────────────────────────────────────────────────────────────


class SignalGroup(Table):
    """``signals.toml [groups.<name>]``: signals of one group add up to at most ``cap`` points."""

    axis: Literal["fit", "engagement", "fraud"]
    cap: float


class SignalRule(Table):
    """``signals.toml [signals.<fact>]``: the price of one fact, and how it is said to people."""

    group: str
    points: float
    say: dict[str, str]


class TierRule(Table):
    """``tiers.toml [[tier]]``: facts that make the tier; the first rule that holds wins.

    Attributes:
        any: one of these facts is enough.
        at_least, of: at least so many of these signs; a sign is a fact or a name in ``[signs]``.
    """

    tier: int = Field(ge=1, le=4)
    any: tuple[str, ...] = ()
    at_least: int = 0
    of: tuple[str, ...] = ()
    say: dict[str, str] = Field(default_factory=dict)


#: Facts of a mail's headers and files that have no price and that no phrase says; signs may name them.
PARTS_OF_SIGNS = ("archive_file", "in_thread", "short_mail")


class Sign(Table):
    """``tiers.toml [signs.<name>]``, ``signals.toml [signs.<name>]``: several facts taken together as one sign.

    Every part that is given must hold.

    Attributes:
        all, any, none: each, one, or no one of these facts or signs.
        at_least, of: at least so many of these.
        mails_at_least: so many mails in the thread, counting both sides and this one.
    """

    all: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    at_least: int = 0
    of: tuple[str, ...] = ()
    mails_at_least: int = Field(0, ge=0)


# ── languages/<xx>.toml ─────────────────────────────────────────────────────────────────────────────────────────


# The name of a list of words in a phrase.
LIST = re.compile(r"\{(\w{1,40})\}")


class Language(Table):
    """``languages/<xx>.toml``: the words by which a language says things. Plain phrases; only ``unsubscribe_strong``,
    ``unsubscribe_not`` and ``unsubscribe_beside`` hold regular expressions, because a request to stop has too many endings to list.

    Attributes:
        name: in the language itself.
        facts: fact name → phrases that state it ("places_order" → "please send the PI", …).
        not_facts: fact name → phrases that contain one of the above and mean something else.
        words: lists of words that phrases name in braces: ``{send} … {sample}``.
        denies_what_follows, denies_what_precedes: what turns a request beside it into its opposite ("no need to quote").
        closings: how letters end ("best regards"); automatic: subjects of a machine's mail; and so on.
        running: what is only said in a matter that already runs ("our order", "your quotation").
        solicits, wants: how somebody offers something to us, and how a buyer says that he needs something.
        advertises: what advertisements say and letters hardly ever; several together weigh as much as an offer.
        newsletter: what only bulk mail says: at the head and foot of newsletters, of fairs, of digests of other people's requests.
        unsubscribe_words: the parts of a request in any order: remove, lists, self, send, stop; write (of send, what is done with mails
            only) and anything (what may stand for them) make it sure.
        unsubscribe_beside: what stands beside a request to stop and decides how sure it is.
        goods_words, mail_words: beginnings of words; "stop sending …" samples is business, … messages is a request to stop.
        return_words: words beside the date of a return ("until"); inclusive_words: that day itself is still absent.
        months, weekdays: names of months (1 is January) and days (1 is Monday, 11 that of next week; 0 is "tomorrow").
        greeting, greeting_unknown: how our letters begin, with and without a name.
    """

    code: str
    name: str
    facts: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    not_facts: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    words: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    denies_what_follows: tuple[str, ...] = ()
    denies_what_precedes: tuple[str, ...] = ()
    closings: tuple[str, ...] = ()
    mobile_tails: tuple[str, ...] = ()
    automatic_subjects: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    return_words: tuple[str, ...] = ()
    inclusive_words: tuple[str, ...] = ()
    unsubscribe_strong: tuple[str, ...] = ()
    unsubscribe_whole_only: tuple[str, ...] = ()
    unsubscribe_not: tuple[str, ...] = ()
    unsubscribe_words: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    unsubscribe_beside: UnsubscribeBeside = Field(default_factory=UnsubscribeBeside)
    goods_words: tuple[str, ...] = ()
    mail_words: tuple[str, ...] = ()
    bounce_words: tuple[str, ...] = ()
    running: tuple[str, ...] = ()
    solicits: tuple[str, ...] = ()
    advertises: tuple[str, ...] = ()
    newsletter: tuple[str, ...] = ()
    wants: tuple[str, ...] = ()
    months: dict[str, int] = Field(default_factory=dict)
    weekdays: dict[str, int] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _with_lists(self) -> Language:
        """Each list of words stands in its phrases as the choice that it is; a phrase may name only lists of its own file."""
        for table in (self.facts, self.not_facts):
            for name, phrases in table.items():
                if any("{" in phrase for phrase in phrases):
                    table[name] = tuple(LIST.sub(lambda mark, name=name: self._choice(name, mark[1]), phrase) for phrase in phrases)
        return self

    def _choice(self, name: str, words: str) -> str:
        if words not in self.words:
            raise ValueError(f"{name}: {{{words}}} names a list that [words] does not have; add it there")
        return f"({'|'.join(self.words[words])})"


# ── the rest ────────────────────────────────────────────────────────────────────────────────────────────────────


class Product(Table):
    """``catalogue.toml [[product]]``: something we make, and the price we may name.

    Attributes:
        since: the day from which it is offered; for some months it is new.
        sells_in: countries, two letters each, where it sells best.
        per_20ft, per_40ft: how many fill a container.
    """

    code: str
    name: dict[str, str]
    family: str = ""
    aliases: tuple[str, ...] = ()
    price: float | None = None
    currency: str = "USD"
    term: str = "FOB"
    port: str = ""
    unit: dict[str, str] = Field(default_factory=dict)
    moq: int | None = None
    lead_time_days: int | None = None
    packing: dict[str, str] = Field(default_factory=dict)
    since: date | None = None
    sells_in: tuple[str, ...] = ()
    per_20ft: int | None = Field(None, ge=1)
    per_40ft: int | None = Field(None, ge=1)


class Catalogue(Table):
    """``catalogue.toml``: our goods. ``industry`` name the trade but no product, ``endings`` what ends a code → its words."""

    industry: tuple[str, ...] = ()
    families: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    endings: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    product: tuple[Product, ...] = ()
    validity_days: int = 15
    payment: dict[str, str] = Field(default_factory=dict)


class Relay(Table):
    """``relays.toml [[relay]]``: a platform or form that forwards a buyer's words.

    Attributes:
        from_domains: who sends the notices; a subdomain counts too.
        from_addresses: whole addresses, where only some of a domain's mails are notices.
        from_own_domain: the mail comes from an address of ours or of our web site.
        subject: a pattern that the subject must contain; what its named groups find is a field.
        fields: patterns for what the common labels do not find; the first group is the value. Fields: name, email, company, country,
            phone, title, address, website, city, product, quantity, message.
        country: where its buyers sit if the notice does not say it, two letters.
        masked: the notice shows no address of the buyer's: answer in the back office. An address that it shows all the same counts.
    """

    name: str
    kind: Literal["platform", "form"]
    from_domains: tuple[str, ...] = ()
    from_addresses: tuple[str, ...] = ()
    from_own_domain: bool = False
    subject: str = ""
    fields: dict[str, str] = Field(default_factory=dict)
    country: str = ""
    masked: bool = False


class RelayWords(Table):
    """``relays.toml [words]``: what the labels of forms and the sentences of platforms are called in the buyers' languages.

    Attributes:
        labels: field → its labels, as "company" → "company name", "Firma", "公司". "aside" is what a machine notes about itself, "heading"
            the title of a group of fields.
        around: words beside a label that mean nothing, as "your" in "your e-mail".
        openings, ends: how sentences of a platform before and behind the buyer's words begin.
        introduces: phrases of a line below which the buyer's words stand, as "sent you a message".
        subjects: patterns of subjects that announce a buyer; the group "name" is he.
    """

    labels: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    around: tuple[str, ...] = ()
    openings: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    introduces: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()


class Policy(Table):
    """Everything together; what the core is given."""

    company: CompanyProfile = Field(default_factory=CompanyProfile)
    people: tuple[Person, ...] = ()
    mailboxes: tuple[Mailbox, ...] = ()
    reading: Reading = Field(default_factory=Reading)
    sending: Sending = Field(default_factory=Sending)
    approval: Approval = Field(default_factory=Approval)
    digest: Digest = Field(default_factory=Digest)
    desk: Desk = Field(default_factory=Desk)
    public_page: PublicPage = Field(default_factory=PublicPage)
    freemail: frozenset[str] = frozenset()
    groups: dict[str, SignalGroup] = Field(default_factory=dict)
    signals: dict[str, SignalRule] = Field(default_factory=dict)
    signs: dict[str, Sign] = Field(default_factory=dict)
    lists: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    tiers: tuple[TierRule, ...] = ()
    fraud_levels: dict[str, float] = Field(default_factory=lambda: {"suspicious": 30.0, "likely": 60.0})
    lifetime: Lifetime = Field(default_factory=Lifetime)
    rfm: Rfm = Field(default_factory=Rfm)
    cadences: dict[str, Cadence] = Field(default_factory=dict)
    pretexts: Pretexts = Field(default_factory=Pretexts)
    news: tuple[News, ...] = ()
    languages: dict[str, Language] = Field(default_factory=dict)
    wishes: dict[str, bytes] = Field(default_factory=dict, repr=False)
    catalogue: Catalogue = Field(default_factory=Catalogue)
    providers: dict[str, Provider] = Field(default_factory=dict)
    calendar: Calendar = Field(default_factory=Calendar)
    deadlines: Deadlines = Field(default_factory=Deadlines)
    assignment: Assignment = Field(default_factory=Assignment)
    relays: tuple[Relay, ...] = ()
    relay_words: RelayWords = Field(default_factory=RelayWords)
    law: dict[str, LawRow] = Field(default_factory=dict)
    page_words: dict[str, PageWords] = Field(default_factory=dict)
    trade: Trade = Field(default_factory=Trade)
    bounces: Bounces = Field(default_factory=Bounces)

    @property
    def trusted_servers(self) -> frozenset[str]:
        """Names of the servers whose Authentication-Results we believe: ours and our providers'; "*" stands for anything."""
        rows = (self.providers.get(mailbox.provider) for mailbox in self.mailboxes)
        named = (name for each in (*self.mailboxes, *(row for row in rows if row)) for name in each.authserv_ids)
        return _trusted(tuple(m.imap_host for m in self.mailboxes), (*named, *sorted(self.company.registrable_domains)))

    @property
    def own_addresses(self) -> frozenset[str]:
        """Every address of ours, casefolded: accounts and people."""
        return _casefolded((*(m.address for m in self.mailboxes), *(p.email for p in self.people)))

    def person(self, name_or_email: str) -> Person | None:
        """Somebody of ours by name or address, whatever the case."""
        wanted = name_or_email.strip().casefold()
        return next((p for p in self.people if wanted in (p.name.casefold(), p.email.casefold())), None)

    @property
    def managers(self) -> tuple[Person, ...]:
        """Who gets the digest: the managers; without one, the deputies."""
        chosen = tuple(p for p in self.people if p.role == "manager")
        return chosen or tuple(p for p in self.people if p.role == "deputy")

    def cadence_for(self, tier: int | None) -> tuple[str, Cadence] | None:
        """The cadence of a tier; None for leads that must be verified first."""
        return next(((name, c) for name, c in self.cadences.items() if tier in c.tiers), None)

    def mailbox(self, name: str) -> Mailbox | None:
        return next((m for m in self.mailboxes if m.name == name), None)


@lru_cache(maxsize=16)
def _trusted(hosts: tuple[str, ...], names: tuple[str, ...]) -> frozenset[str]:
    return frozenset((*(name.lower() for name in names), *(registrable_domain(host) for host in hosts if "." in host)))


@lru_cache(maxsize=16)
def _casefolded(addresses: tuple[str, ...]) -> frozenset[str]:
    return frozenset(address.casefold() for address in addresses)
