"""The ledger's enumerations in people's words, in their language: kinds, tiers, reasons, events."""

from __future__ import annotations

from mailagent.i18n import _
from mailagent.sayings import told


def kind_name(kind: str) -> str:
    names = {
        "own": _("our own"),
        "bounce": _("bounce"),
        "complaint": _("complaint report"),
        "receipt": _("read receipt"),
        "auto_reply": _("automatic reply"),
        "newsletter": _("newsletter"),
        "unsubscribe": _("unsubscribe"),
        "spam_solicitation": _("somebody selling"),
        "internal": _("internal"),
        "reply": _("reply"),
        "inquiry": _("inquiry"),
    }
    return names.get(kind, kind)


def tier_name(tier: int | None) -> str:
    names = {
        1: _("tier 1: customer or near a deal"),
        2: _("tier 2: clear intent, marked interest"),
        3: _("tier 3: clear intent"),
        4: _("tier 4: no clear intent"),
    }
    return names.get(tier or 0, _("not graded: verify first"))


def reason_name(reason: str) -> str:
    """A reason code in words; an unknown one as it stands (it may be a sentence already)."""
    code, _colon, detail = reason.partition(":")
    names = {
        "buyer_wrote": _("the buyer wrote"),
        "colleague_answered": _("a colleague answered"),
        "colleague_wrote": _("another person of the company wrote"),
        "unsubscribed": _("he asked for no more letters"),
        "unsubscribe": _("asked for no more letters"),
        "unsubscribe_review": _("perhaps he asks for no more letters: a person must read it"),
        "unsubscribe_asked": _("perhaps he asks for no more letters"),
        "hard_bounce": _("the address does not exist"),
        "bounced": _("the address does not exist"),
        "bounce": _("bounce"),
        "complaint": _("his provider reported our letter as unwanted"),
        "bank_change": _("a new bank account is spoken of: call first"),
        "fraud": _("signs of fraud: verify first"),
        "out_of_office": _("out of office"),
        "paused": _("paused"),
        "by_hand": _("by hand"),
        "rested": _("all letters were sent; the lead rests"),
        "ordered": _("he ordered; no further follow-ups"),
        "not_interested": _("he said no"),
        "left_company": _("he left the company"),
        "stopped": _("stopped by a person"),
        "never_write": _("never write to this address"),
        "manual": _("a person said never"),
        "before_start": _("older than the first run's start"),
        "platform": _("to be answered on the platform"),
        "platform_answer": _("answer on the platform"),
        "not_graded": _("not graded"),
        "suppressed": _("must not be written to"),
        "approval_too_old": _("the approval is too old"),
        "text_changed": _("the text was changed after the approval"),
        "account_problem": _("the server refuses our account"),
        "sending_is_off": _("sending is off"),
        "in_doubt": _("may or may not have arrived"),
        "call": _("call"),
        "weekend": _("weekend there"),
        "first_or_last_working_day": _("first or last working day there"),
        "outside_hours": _("outside working hours there"),
        "answer_by_hand": _("answer by hand"),
        "successor": _("find the successor"),
    }
    name = names.get(code)
    if name is None:
        return reason
    return f"{name} ({names.get(detail, detail)})" if detail else name


def event_words(event: dict) -> str:
    """One journal entry as a line: what happened, with its reason."""
    body, letter = event["body"], event["letter_id"]
    match event["type"]:
        case "LeadOpened":
            return _("lead opened, from {source}, for {owner}").format(source=body["source"], owner=body["owner"] or "-")
        case "LeadScored":
            return _("graded: {tier}").format(tier=tier_name(body["tier"]))
        case "TierMoved":
            return _("moved from tier {old} to {new}").format(old=body["old"] or "?", new=body["new"] or "?")
        case "RoundBegun":
            return _("cadence “{cadence}” begins: {reason}").format(cadence=body["cadence"], reason=told(body["reason"]))
        case "StepPlanned":
            return _("next step {step}: {reason}").format(step=body["step"], reason=told(body["reason"]))
        case "LetterDrafted":
            return _("letter {id} drafted ({template})").format(id=letter, template=body["template"])
        case "LetterMoved":
            reason = f" ({reason_name(body['reason'])})" if body["reason"] else ""
            return _("letter {id}: {verb}").format(id=letter, verb=body["verb"]) + reason
        case "LetterPostponed":
            return _("letter {id} waits: {reason}").format(id=letter, reason=reason_name(body["reason"]))
        case "CadenceEnded":
            return _("no further letters: {reason}").format(reason=reason_name(body["reason"]))
        case "LeadHeld":
            return _("held: {reason}").format(reason=reason_name(body["reason"]))
        case "ReplyReceived":
            return _("the buyer answered")
        case "InquiryReceived":
            return _("the buyer asked")
        case "OwnAnswerSeen":
            return _("a colleague answered from his own mail program")
        case "TaskOpened":
            return _("task: {kind}").format(kind=reason_name(body["kind"]))
        case other:
            return other
