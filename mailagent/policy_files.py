"""The files of ``config/`` as models: which tables each of them holds. ``docs/configuration.md`` is made of them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, RootModel

from mailagent.core.model.lifetime import Lifetime, Rfm
from mailagent.core.model.policy import (
    Approval,
    Cadence,
    Calendar,
    Catalogue,
    CompanyProfile,
    Desk,
    Digest,
    LawRow,
    Mailbox,
    News,
    Person,
    Pretexts,
    Provider,
    Reading,
    Relay,
    RelayWords,
    Sending,
    Sign,
    SignalGroup,
    SignalRule,
    Table,
    TierRule,
)
from mailagent.core.model.public import PageWords, PublicPage
from mailagent.core.model.refusal import Bounces
from mailagent.core.model.trade import Trade
from mailagent.core.model.workday import Assignment, Deadlines

MAIN = "mailagent.toml"
FREEMAIL = "freemail.txt"
RELAYS = "relays.toml"
SIGNALS = "signals.toml"


class MainFile(Table):
    """``mailagent.toml``."""

    company: CompanyProfile = Field(default_factory=CompanyProfile)
    person: tuple[Person, ...] = ()
    mailbox: tuple[Mailbox, ...] = ()
    reading: Reading = Field(default_factory=Reading)
    sending: Sending = Field(default_factory=Sending)
    approval: Approval = Field(default_factory=Approval)
    digest: Digest = Field(default_factory=Digest)
    desk: Desk = Field(default_factory=Desk)
    unsubscribe: PublicPage = Field(default_factory=PublicPage)


class SignalsFile(Table):
    """``signals.toml``."""

    groups: dict[str, SignalGroup] = Field(default_factory=dict)
    signals: dict[str, SignalRule] = Field(default_factory=dict)
    signs: dict[str, Sign] = Field(default_factory=dict)
    lists: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class TiersFile(Table):
    """``tiers.toml``."""

    tier: tuple[TierRule, ...] = ()
    signs: dict[str, Sign] = Field(default_factory=dict)
    fraud: dict[str, float] = Field(default_factory=dict)
    lifetime: Lifetime = Field(default_factory=Lifetime)
    rfm: Rfm = Field(default_factory=Rfm)


class RelaysFile(Table):
    """``relays.toml``."""

    relay: tuple[Relay, ...] = ()
    words: RelayWords = Field(default_factory=RelayWords)


class CadencesFile(RootModel[dict[str, Cadence]]):
    """``cadences.toml``: one table for each cadence."""

    model_config = ConfigDict(defer_build=True)


class NewsFile(Table):
    """``news.toml``."""

    news: tuple[News, ...] = ()


class ProvidersFile(RootModel[dict[str, Provider]]):
    """``providers.toml``: one table for each provider."""

    model_config = ConfigDict(defer_build=True)


class UnsubscribeFile(RootModel[dict[str, PageWords]]):
    """``unsubscribe.toml``: one table for each language of the public page."""

    model_config = ConfigDict(defer_build=True)


class LawFile(RootModel[dict[str, LawRow]]):
    """``law.toml``: one table for each country."""

    model_config = ConfigDict(defer_build=True)


FILES: dict[str, type[BaseModel]] = {
    MAIN: MainFile,
    "signals.toml": SignalsFile,
    "tiers.toml": TiersFile,
    "cadences.toml": CadencesFile,
    "catalogue.toml": Catalogue,
    "pretexts.toml": Pretexts,
    "news.toml": NewsFile,
    "providers.toml": ProvidersFile,
    "calendar.toml": Calendar,
    "deadlines.toml": Deadlines,
    "assignment.toml": Assignment,
    RELAYS: RelaysFile,
    "law.toml": LawFile,
    "unsubscribe.toml": UnsubscribeFile,
    "trade.toml": Trade,
    "bounces.toml": Bounces,
}
