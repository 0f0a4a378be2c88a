"""A lead's story: the lines of its journal as sentences, for the file that the desk shows."""

from __future__ import annotations

from mailagent.core.model.policy import Policy
from mailagent.i18n import _
from mailagent.ledger.db import from_text
from mailagent.speech import place, words

#: Mails and letters stand in the story themselves; these events would only say the same again.
TOLD_ELSEWHERE = frozenset(
    ("InquiryReceived", "ReplyReceived", "OwnAnswerSeen", "CompanyMet", "ContactMet", "ContactReturned", "TalkLogged", "LetterSetBack")
)


def tell(entry: dict, policy: Policy) -> str:
    """One event of the journal as a sentence; "" when there is nothing to tell."""
    body, zone = entry["body"], policy.company.time_zone
    due = words.clock_time(from_text(body.get("due_at") or body.get("until") or body.get("retry_at")), zone)
    why = words.reason(body.get("reason") or "")
    match entry["type"]:
        case "LeadOpened":
            return _("Lead opened {source}; {owner} takes it: {why}").format(
                source=words.source(body["source"]), owner=body["owner"] or "–", why=words.reason(body["owner_reason"]) or "–"
            )
        case "InquiryReceived":
            return _("The buyer asked")
        case "ReplyReceived":
            return _("The buyer answered")
        case "OwnAnswerSeen":
            return _("A colleague answered from his own mail program")
        case "QuotationSeen":
            return _("His letter quotes; it holds until {day}").format(day=body["ends"])
        case "PlaceLearnt":
            where = body["zone"] or body["country"]
            return _("he sits in {where} ({how})").format(where=where, how=place.source(body["source"]))
        case "AddressLearnt":
            return _("He writes from an address of his own: letters can go there")
        case "LeadsLinked":
            return _("Hangs together with lead {lead}: the same request came from several mailboxes").format(lead=body["other_id"])
        case "TierMoved":
            return _("From tier {old} to tier {new}").format(old=body["old"] or "–", new=body["new"] or "–")
        case "LeadScored":
            return _("Graded: tier {tier}, score {score}").format(
                tier=body["tier"] or _("none, verify first"), score=f"{body['fit'] + body['engagement']:g}"
            )
        case "TierPinned" if body["tier"]:
            return _("Tier {tier} set by hand").format(tier=body["tier"])
        case "TierPinned":
            return _("The tier follows the score again")
        case "StageChanged":
            return _("Stage: {stage}").format(stage=words.stage(body["stage"]))
        case "LeadReassigned" if not body["owner"]:
            return _("nobody: in the pool")
        case "LeadReassigned":
            return _("{owner} works on it now: {why}").format(owner=body["owner"], why=why)
        case "RoundBegun":
            return _("Cadence “{cadence}” begins: {why}").format(
                cadence=words.cadence(body["cadence"]), why=words.due_reason(body["reason"])
            )
        case "BirthdayTold":
            return _("His birthday was noted")
        case "MetAtShow":
            return _("Met at {show}").format(show=body["show"])
        case "StepPlanned":
            return _("Next step “{step}” on {due}: {why}").format(
                step=words.step_of("", body["step"], policy), due=due, why=words.due_reason(body["reason"])
            )
        case "WaitBegun":
            return _("Nothing is due: {why}").format(why=words.due_reason(body["reason"]))
        case "CadenceEnded":
            return _("No further steps: {why}").format(why=why)
        case "LeadHeld" if due:
            return _("Held until {due}: {why}").format(due=due, why=why)
        case "LeadHeld":
            return _("Held until somebody resumes it: {why}").format(why=why)
        case "DateNamed":
            return _("He wants to hear from us again from {day} on").format(day=str(body["until"])[:10])
        case "LeadResumed":
            return _("Goes on: {why}").format(why=words.due_reason(body["reason"])) if body["reason"] else _("Goes on")
        case "TaskOpened":
            return _("Task: {task}, for {owner}").format(task=words.task(body["kind"]), owner=body["owner"] or "–")
        case "TaskDone":
            return _("Task done")
        case "TaskMoved":
            return _("Task moved: {what}").format(what=" · ".join(filter(None, (due, body["owner"]))))
        case "AnswerOwed":
            return _("An answer is due on {due}: {why}").format(due=due, why=why)
        case "AnswerLate":
            return _("The answer is late; told: {who}").format(who=words.level(body["level"]))
        case "OrderDateSet":
            return _("{what}: {day}").format(what=words.order_date(body["what"]), day=body["day"])
        case "LetterWanted":
            return _("A letter is to be written: {what}").format(what=words.beside(body["step"]))
        case "AutoReplyReceived":
            return _("An automatic answer came: {what}").format(what=words.automatic(body["automatic"]))
        case "LetterOpened":
            return opened(body["became"])
        case "OneClickProven":
            return _("One-click links: a letter to ourselves was signed as they need it")
        case "OneClickDisproved":
            return _("One-click links: a letter to ourselves was not signed as they need it")
        case "ReceiptWanted":
            return _("He asks for a read receipt; none is sent by itself")
        case "BounceReceived":
            return _("Reported as not delivered: {why}").format(why=f"{body['status']} {why}".strip())
        case "AnswerPermitted":
            return _("What he asks may be answered, although he asked for silence")
        case "LetterDrafted":
            return _("Draft written: {basis}").format(basis=words.basis(body["basis"]))
        case "DraftEdited":
            return _("Draft edited")
        case "CopiesDropped":
            return _("Copies to people who must not be written to fell away")
        case "LetterMoved":
            return moved(body["verb"], why, due)
        case "LetterPostponed":
            return _("Letter waits until {due}: {why}").format(due=due, why=why)
        case "SentCopyFiled":
            return _("The copy lies in the Sent folder")
    return entry["type"]


def opened(became: str) -> str:
    """What a read receipt says, and that it is only said."""
    if became == "displayed":
        return _("His mail program says that the letter was opened")
    if became == "deleted":
        return _("His mail program says that the letter was deleted without being opened")
    return _("His mail program sent a receipt for the letter")


def moved(verb: str, why: str, due: str) -> str:
    """One move of a letter as a sentence."""
    sentence = {
        "approve": _("Letter approved; it may leave from {due}").format(due=due),
        "reject": _("Draft rejected"),
        "revise": _("Approved letter taken back to the drafts"),
        "cancel": _("Letter cancelled"),
        "claim": _("Letter taken for sending"),
        "defer": _("The server put the letter off until {due}").format(due=due),
        "withdraw": _("Letter withdrawn before it was handed over"),
        "transmit": _("The text is being handed over"),
        "accept": _("The server took the letter"),
        "refuse": _("The server refused the letter"),
        "lose": _("The connection broke after the text: the letter is in doubt"),
        "confirm": _("The letter in doubt has arrived"),
        "release": _("The letter in doubt goes out once more"),
        "abandon": _("The letter in doubt was given up"),
        "bounce": _("The letter came back"),
    }.get(verb, verb)
    return f"{sentence} ({why})" if why else sentence
