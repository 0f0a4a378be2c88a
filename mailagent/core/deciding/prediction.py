"""What one mail would be taken for, by itself: the same reading, grading and deciding as in the daemon, without a ledger.

``mailagent evaluate`` measures with it how good the rules are. The ledger's knowledge is left out on purpose (nobody is known,
nobody is a customer), with one exception: what a mail does to a running follow-up can only be seen where one runs. So the decision
is asked as if the sender were in the middle of a follow-up of ours, whose next letter waits as a draft.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from mailagent.core.deciding import outlook
from mailagent.core.deciding.case import Case, Decision
from mailagent.core.deciding.inbound import decide
from mailagent.core.model import events as e
from mailagent.core.model.known import Known, LetterRef
from mailagent.core.model.lead import Contact, Fact, Lead, Score
from mailagent.core.model.message import InboundMessage, Verdict
from mailagent.core.model.policy import Policy
from mailagent.core.reading import facts, kind, relay, senders
from mailagent.core.reading.read import FROM_BUYERS, look_for_facts, read
from mailagent.core.scoring import fraud
from mailagent.core.scoring.score import score

#: Our kinds in the words of the labels: a receipt is a machine's answer, and our own letter comes from our own people.
KIND_LABELS = {"receipt": "auto_reply", "own": "internal"}
#: Our intents in the words of the labels, where these differ.
INTENT_LABELS = {
    "payment_or_lc": "payment_or_LC", "not_now_later": "not_now_contact_later", "invitation_letter": "asks_invitation_letter",
    "wrong_person": "wrong_person_referral", "asks_call": "asks_call_or_meeting",
}  # fmt: skip
#: What else a mail says, each with its words.
PARTICULARS = frozenset({
    "target_price", "payment_terms", "certificate", "trade_role", "decision_power", "deadline", "delivery_wanted", "open_question",
    "promised", "country_source",
})  # fmt: skip
#: Says that nothing definite was wanted; the labels have no word for it.
NO_INTENT = "general_inquiry"
#: Why somebody wants no more letters.
REASONS_TO_STOP = frozenset({"not_interested", "complaint", "existing_supplier", "wrong_person_referral"})
CONTACT = ("company", "person", "title", "phone", "address", "website")
#: Why a follow-up ends for good. Other ends (a platform's own answer, nothing to grade) are no wish of the other side.
FINAL = frozenset({"not_interested", "fraud", "unsubscribed", "bounced", "left_company", "complaint", "wrong_person", "closed_down"})


@dataclass(frozen=True)
class Prediction:
    """One mail with everything that was made of it; ``fields`` is the line that ``evaluate`` writes."""

    message: InboundMessage
    verdict: Verdict
    facts: tuple[Fact, ...]
    score: Score
    decision: Decision

    @property
    def is_buyers(self) -> bool:
        return self.verdict.kind in FROM_BUYERS

    def fields(self, policy: Policy) -> dict[str, object]:
        """All fields of one line of predictions, ready for JSON."""
        message, verdict = self.message, self.verdict
        values = {fact.name: fact.value for fact in reversed(self.facts)}
        action = cadence_action(self)
        said = self.facts if self.is_buyers else ()
        return {
            "kind": KIND_LABELS.get(verdict.kind, verdict.kind),
            "tier": self.score.tier if self.is_buyers else None,
            "unsubscribe": verdict.unsubscribe == "auto",
            "unsubscribe_mode": verdict.unsubscribe,
            "fraud": self.score.fraud,
            "phishing": fraud.phishing(self.score.fraud_reasons, policy),
            "language": message.language,
            "stop": action == "stop",
            "cadence_action": action,
            "intents": intents(self),
            "products": products(said),
            "quantity": [quantity(fact.value) for fact in said if fact.name == "quantity" and fact.value],
            "incoterm": together(said, "incoterm"),
            "port": together(said, "port"),
            "country": values.get("country"),
            "resume_after": values.get("resume_after", "").partition(" ")[0] or None,
            "particulars": [[fact.name, fact.value, fact.evidence] for fact in said if fact.name in PARTICULARS],
            "contact": [what for what in CONTACT if f"gives_{what}" in values],
            "urgency": outlook.urgency(verdict, self.score, said, message.received_at.date()),
            "buyer_type": outlook.buyer_type(verdict, self.score, said),
            "show_class": outlook.show_class(verdict, said),
            "reply_text": message.words,
            "signature": message.signature,
            "automatic": verdict.automatic or None,
            "return_date": verdict.return_on.isoformat() if verdict.return_on else None,
            "bounces": bounces(message),
            "forwarded_from": forwarded_from(message, policy),
            "subject": message.subject,
            "reason": f"{verdict.reason}: {verdict.evidence}" if verdict.evidence else verdict.reason,
            "tier_reasons": [f"{signal.name}: {signal.evidence}" for signal in self.score.tier_reasons] if self.is_buyers else [],
            "fraud_reasons": [f"{signal.name}: {signal.evidence}" for signal in self.score.fraud_reasons],
            "defects": list(message.defects),
        }


def predict(raw: bytes, policy: Policy) -> Prediction:
    """Everything that the rules make of one mail, whatever its bytes are.

    Args:
        raw: the bytes; of a very large mail its first ``max_parse_bytes`` and one more.
    """
    # Doubts are told of every mail here; the daemon looks for them only where a buyer seems to speak.
    reading = look_for_facts(read(raw, policy), policy)
    message, known = reading.message, Known()
    verdict = kind.classify(message, known, policy, reading.signs)
    found = (*(reading.facts or ()), *([reading.place] if reading.place else ()))
    graded = score(found, message, known, policy)
    verdict = kind.in_view_of(verdict, message, graded, known, reading.signs)
    graded = fraud.of_kind(graded, verdict.kind, policy)
    decision = decide(
        Case(
            inbound_id=0,
            message=message,
            verdict=verdict,
            facts=found if verdict.kind in FROM_BUYERS else (),
            score=graded if verdict.kind in FROM_BUYERS else None,
            known=in_follow_up(message, policy) if verdict.kind != "inquiry" else known,
            policy=policy,
            ids=numbers(),
            hash_address=str,
            now=message.received_at,
            draft_after=message.received_at - timedelta(days=1),
        )
    )
    return Prediction(message, verdict, found, graded, decision)


def in_follow_up(message: InboundMessage, policy: Policy) -> Known:
    """As if the sender, or whom the delivery report names, were being followed up: a lead in its cadence and one draft."""
    failed = message.report.recipients if message.report else ()
    email = failed[0].address if failed else message.sender.email
    name, cadence = next(((name, one) for name, one in policy.cadences.items() if 3 in one.tiers), ("", None))
    step = cadence.step[cadence.first_follow_up].id if cadence else ""
    lead = lead_of(email, message.received_at, name, step)
    waiting = LetterRef(1, lead.id, 1, email, "draft@ours.invalid", "", "drafted", "follow_up", 1, step)
    sent = LetterRef(2, lead.id, 1, email, "sent@ours.invalid", "", "sent", "answer", 1)
    return Known(
        thread_lead=lead,
        contact=Contact(1, 1, email, "", "", "", "active"),
        bounced_letter=sent if message.report else None,
        is_participant=True,
        related_leads=(lead,),
        cancellable=(waiting,),
    )


def lead_of(email: str, at: datetime, cadence: str, step: str) -> Lead:
    """A lead as it stands in the middle of its first follow-up."""
    return Lead(
        id=1, contact_id=1, company_id=1, email=email, contact_name="", company_name="", source="mail", subject="", language="", country="",
        stage="talking", tier=None, score=0.0, fraud="none", owner="", cadence=cadence, round=1, step=step, next_due_at=at, due_reason="",
        hold_reason="", held_until=None, rest_reason="", pinned_tier=None, opened_at=at, last_inbound_at=at, last_outbound_at=at,
        inbound_count=1, outbound_count=1,
    )  # fmt: skip


def numbers() -> Callable[[str], int]:
    """New numbers for whatever a decision would write down."""
    following = count(100)
    return lambda table: next(following)


def cadence_action(prediction: Prediction) -> str:
    """What happens to the running follow-up: stop (for good), pause, hand_over (a person wrote), or none."""
    events = prediction.decision.events
    if any(isinstance(one, (e.AddressSuppressed, e.ContactLeft)) for one in events):
        return "stop"
    ended = {one.reason for one in events if isinstance(one, e.CadenceEnded)}
    if ended & FINAL or any(isinstance(one, e.StageChanged) and one.stage == "closed" for one in events):
        return "stop"
    if any(isinstance(one, e.LeadHeld) for one in events):
        return "pause"
    if any(isinstance(one, e.RoundBegun) and one.cadence == "later" for one in events):
        return "pause"
    if prediction.verdict.kind == "bounce":
        # Nothing more goes to a full mailbox before the next step is due, and nothing is given up.
        return "pause" if any(isinstance(one, e.BounceReceived) for one in events) else "none"
    return "hand_over" if prediction.verdict.kind == "reply" else "none"


def intents(prediction: Prediction) -> list[str]:
    """What is wanted, in the words of the labels."""
    verdict = prediction.verdict
    if verdict.kind == "spam_solicitation" and prediction.score.fraud == "none":
        return ["sells_to_us"]
    wanted = [INTENT_LABELS.get(name, name) for name in facts.intents(prediction.facts) if name != NO_INTENT]
    if verdict.kind == "unsubscribe":
        # Who wants no more letters wants nothing else; only why he does is of interest.
        return ["unsubscribe", *(name for name in wanted if name in REASONS_TO_STOP)]
    if not prediction.is_buyers:
        return []
    return [*wanted, "unsubscribe"] if verdict.unsubscribe == "auto" else wanted


def products(said: tuple[Fact, ...]) -> list[str]:
    """The goods he names, each once: by their designation where he gives one, else the product or family of ours."""
    by_code = {fact.evidence for fact in said if fact.name == "designation"}
    other = ("names_product", "names_model")
    named = (fact for fact in said if fact.name == "designation" or fact.name in other and fact.evidence not in by_code)
    return list(dict.fromkeys(fact.value for fact in named if fact.value))


def forwarded_from(message: InboundMessage, policy: Policy) -> str | None:
    """The sender of the mail inside this one, if it was not one of ours: the real buyer behind a forward."""
    if message.relayed_by and "forwarded_by" in message.relay_fields:
        return message.sender.email
    inner = relay.forwarded(message)
    return inner.sender.email if inner and not senders.is_ours(inner.sender.email, policy) else None


def together(said: tuple[Fact, ...], name: str) -> str | None:
    """All that he names of one kind: who asks for FOB and CIF wants both."""
    return "; ".join(dict.fromkeys(fact.value for fact in said if fact.name == name and fact.value)) or None


def quantity(value: str) -> dict[str, object]:
    """The value of a quantity, "8000 pcs", as a number and its unit."""
    number, _, unit = value.partition(" ")
    return {"value": float(number), "unit": unit}


def bounces(message: InboundMessage) -> list[dict[str, object]]:
    """Each address that a delivery report names, and how it fared."""
    report = message.report
    if report is None:
        return []
    return [
        {
            "address": one.address,
            # Nothing is given up as long as the server goes on trying.
            "permanent": bool(one.permanent) and not one.will_retry,
            "status": one.status,
            "reason": one.reason,
            "original_message_id": report.original_message_id,
        }
        for one in report.recipients
    ]
