"""What happened, in the past tense. ``ledger.journal.record(events)`` writes each as one row of the journal and
one change of the state tables, in one transaction (``ledger/project.py``).

The journal holds ids, enumerations, numbers and times only. Fields marked ``private`` (names, addresses, texts,
evidence) go to the state tables alone, which can be erased when a person asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailagent.core.model.event import Event, private
from mailagent.core.model.lead import Score
from mailagent.core.model.letter_events import (  # noqa: F401 (all events are found in one place)
    CopiesDropped,
    DraftEdited,
    LetterDrafted,
    LetterMoved,
    LetterOpened,
    LetterPostponed,
    LetterSetBack,
    ReceiptWanted,
    SendingPaused,
    SendingRested,
    SendingResumed,
    SentCopyFiled,
)
from mailagent.core.model.personal import PersonalData
from mailagent.core.model.proof import OneClickDisproved, OneClickProven  # noqa: F401
from mailagent.core.model.rhythm_events import (  # noqa: F401
    AbsenceSet,
    AnswerLate,
    AnswerOwed,
    CadenceEnded,
    CalendarKeySet,
    CompanyReassigned,
    DateNamed,
    LeadHeld,
    LeadReassigned,
    LeadResumed,
    LetterReSigned,
    LetterWanted,
    MetAtShow,
    OrderDateSet,
    PreApprovalEnded,
    RoundBegun,
    StepPlanned,
    TalkLogged,
    TaskDone,
    TaskEscalated,
    TaskMoved,
    TaskOpened,
    TaskTextWritten,
    TextPreApproved,
    WaitBegun,
)

# ── what came in ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class CompanyMet(Event):
    """A company wrote (or was imported) for the first time."""

    company_id: int
    is_customer: bool = False
    country: str = ""
    name: str = private()
    domain: str = private()
    owner: str = ""


@dataclass(frozen=True)
class ContactMet(Event):
    """A person with a new address."""

    contact_id: int
    company_id: int
    language: str = ""
    country: str = ""
    email: str = private()
    name: str = private()
    title: str = private()
    phone: str = private()
    zone: str = ""
    place_source: str = ""
    place_sureness: str = ""


@dataclass(frozen=True)
class BirthdayTold(Event):
    """A person told us his birthday (month and day, MM-DD), or wants it forgotten ("")."""

    contact_id: int
    day: str = private()


@dataclass(frozen=True)
class ContactLeft(Event):
    """A person left his company: no more letters to him; a successor named in the mail is only a suggestion."""

    contact_id: int
    suggested: str = private()


@dataclass(frozen=True)
class ContactReturned(Event):
    """A person who was said to have left writes himself: he may be written to again."""

    contact_id: int


@dataclass(frozen=True)
class PlaceLearnt(Event):
    """Where a person sits is known better than before: his country, zone and region, how we know, and how sure that is.

    ``source`` is "said" when one of us has said so; then it stays, whatever his mails say.
    """

    contact_id: int
    lead_id: int | None
    country: str
    zone: str
    region: str
    source: str
    sureness: str


@dataclass(frozen=True)
class AddressLearnt(Event):
    """A buyer whose address a platform hid has written from his own: from now on he is known by that."""

    contact_id: int
    email: str = private()


@dataclass(frozen=True)
class LeadOpened(Event):
    """A buyer opened a matter."""

    lead_id: int
    contact_id: int
    company_id: int
    inbound_id: int
    source: str
    language: str
    country: str
    owner: str
    owner_reason: str
    opened_at: datetime
    subject: str = private()


@dataclass(frozen=True)
class InquiryReceived(Event):
    """A mail that asks for something; the first of a lead, or another one in it."""

    lead_id: int
    inbound_id: int
    at: datetime


@dataclass(frozen=True)
class ReplyReceived(Event):
    """A person answered us or went on with a running matter. Stops what waits. ``answers``: the letter it is about."""

    lead_id: int
    inbound_id: int
    at: datetime
    match_method: str
    match_strength: str
    answers: int | None = None


@dataclass(frozen=True)
class OwnAnswerSeen(Event):
    """A colleague wrote to the buyer himself, from his own mail program (seen in Sent)."""

    lead_id: int
    inbound_id: int
    at: datetime


@dataclass(frozen=True)
class QuotationSeen(Event):
    """A colleague's own letter to a buyer quotes him something, and says until when it holds.

    Attributes:
        ends: the last day, by our calendar, as 2026-11-30.
    """

    lead_id: int
    inbound_id: int
    ends: str


@dataclass(frozen=True)
class AutoReplyReceived(Event):
    """A machine answered: absence, ticket number, left the company. Never counts as a reply."""

    lead_id: int
    inbound_id: int
    automatic: str


#: Reasons of a bounce that say nothing about the recipient: his side, or everybody's lists, do not want our letters (STANDARDS §3.3).
OF_POLICY = ("spamdetected", "authfailure", "blocked", "policyviolation")


@dataclass(frozen=True)
class BounceReceived(Event):
    """A letter was reported as not delivered. ``trusted``: our own server or provider says so (``reading/reporter.py``)."""

    letter_id: int
    inbound_id: int
    permanent: bool | None
    status: str
    reason: str
    trusted: bool
    will_retry: bool = False
    diagnostic: str = private()

    @property
    def kind(self) -> str:
        """As what it is counted; one of ``refusal.KINDS``."""
        if self.will_retry:
            return "delay"
        if self.reason == "hostunknown":
            return "host"
        if self.permanent:
            return "hard"
        if self.reason == "account_problem":
            return "account"
        return "policy" if self.reason in OF_POLICY else "soft"


@dataclass(frozen=True)
class AddressSuppressed(Event):
    """An address must not be written to any more."""

    suppression_id: int
    reason: str
    scope: str
    inbound_id: int | None
    contact_id: int | None
    email: str = private()
    key_hash: str = private()
    evidence: str = private()


@dataclass(frozen=True)
class SuppressionLifted(Event):
    """An address may be written to again: he wrote from one that had bounced, or a person recorded his new consent.

    A wish for silence is never lifted without one.
    """

    reason: str
    why: str
    key_hash: str = private()
    evidence: str = private()


@dataclass(frozen=True)
class AnswerPermitted(Event):
    """A person lets one question of a buyer who asked for silence be answered. No follow-up comes of it."""

    lead_id: int
    round: int
    reason: str = private()


@dataclass(frozen=True)
class PersonErased(Event):
    """A person asked to be forgotten: his words and addresses left every table; ids, times and the keyed hash of his address stay.

    Attributes:
        mails, letters: how many were emptied.
        mail_keys: keyed hashes of the Message-IDs of his mails.
    """

    contact_id: int | None
    mails: int
    letters: int
    what: PersonalData = private(None)
    key_hash: str = private()
    mail_keys: tuple[str, ...] = private(())


# ── what was judged ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class LeadScored(Event):
    """The lead was graded; ``score`` carries the reasons, which go to ``signals``."""

    lead_id: int
    inbound_id: int | None
    tier: int | None
    fit: float
    engagement: float
    fraud: str
    abcd: str
    score: Score = private(None)


@dataclass(frozen=True)
class LeadsLinked(Event):
    """Two matters hang together, and why: the same request came from several mailboxes. The other one shows the doubt as well."""

    lead_id: int
    other_id: int
    reason: str
    group: str
    points: float
    evidence: str = private()


@dataclass(frozen=True)
class TierMoved(Event):
    """The lead went from one tier to another; 0 stands for "verify first"."""

    lead_id: int
    old: int
    new: int


@dataclass(frozen=True)
class TierPinned(Event):
    """A person set the tier by hand (or took the pin off: ``tier`` None)."""

    lead_id: int
    tier: int | None


@dataclass(frozen=True)
class StageChanged(Event):
    """The lead moved on: new, talking, customer, closed."""

    lead_id: int
    stage: str


EVENTS: tuple[type[Event], ...] = tuple(
    cls for cls in list(globals().values()) if isinstance(cls, type) and issubclass(cls, Event) and cls is not Event
)
