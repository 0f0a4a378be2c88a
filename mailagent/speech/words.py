"""The codes of the ledger in the reader's words: kinds of mail, states of letters, reasons, events, and times.

Every function looks the language up when it is called. A code without words is shown as it is: a new reason of the
core is readable on the desk before anybody has translated it.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from zoneinfo import ZoneInfo

from mailagent.core.model.lead import Lead, Signal
from mailagent.core.model.policy import Policy
from mailagent.i18n import _, language
from mailagent.speech import particulars
from mailagent.speech.reasons import reasons
from mailagent.speech.sayings import told


def said(table: dict[str, str], code: str) -> str:
    """The words for a code; "ended:replied" is looked up as "ended" and "replied"."""
    if code in table:
        return table[code]
    head, colon, tail = code.partition(":")
    if colon and head in table:
        return _("{what}: {why}").format(what=table[head], why=said(reasons(), tail.strip()))
    return code.replace("_", " ")


def kind(code: str) -> str:
    """What sort of mail it is."""
    return said(
        {
            "own": _("our own mail"),
            "bounce": _("not delivered"),
            "complaint": _("complaint to the provider"),
            "receipt": _("receipt"),
            "auto_reply": _("automatic answer"),
            "newsletter": _("newsletter"),
            "unsubscribe": _("asks for no more letters"),
            "spam_solicitation": _("advertising"),
            "internal": _("colleagues"),
            "reply": _("reply"),
            "inquiry": _("inquiry"),
            "": _("not read yet"),
        },
        code,
    )


def automatic(code: str) -> str:
    """What sort of machine wrote a mail."""
    return said(
        {
            "ooo": _("out of office"),
            "left": _("left the company"),
            "ticket": _("ticket number"),
            "receipt": _("receipt"),
            "calendar": _("calendar"),
            "challenge": _("asks us to prove that we are people"),
            "notification": _("notification"),
            "auto": _("automatic"),
        },
        code,
    )


def state(code: str) -> str:
    """Where a letter stands."""
    return said(
        {
            "drafted": _("draft"),
            "approved": _("approved, waits for its time"),
            "claimed": _("being sent"),
            "transmitting": _("being handed over"),
            "sent": _("sent"),
            "in_doubt": _("in doubt"),
            "failed": _("refused by the server"),
            "rejected": _("rejected by us"),
            "cancelled": _("cancelled"),
            "bounced": _("not delivered"),
        },
        code,
    )


def mail_state(code: str) -> str:
    """How far a mail has come with us."""
    return said({"new": _("not read yet"), "handled": _("handled"), "quarantined": _("quarantined")}, code)


def attempt(code: str) -> str:
    """How one attempt to send a letter ended; "" for one that has not."""
    return said(
        {
            "": _("under way"),
            "accept": _("taken"),
            "defer": _("put off"),
            "refuse": _("refused"),
            "lose": _("no answer"),
            "withdraw": _("withdrawn"),
        },
        code,
    )


def basis(code: str) -> str:
    """Why a letter may go at all."""
    return said({"answer": _("answer"), "acknowledgement": _("acknowledgement"), "follow_up": _("follow-up")}, code)


def stage(code: str) -> str:
    """How far a lead has come."""
    return said({"new": _("new"), "talking": _("talking"), "customer": _("customer"), "closed": _("closed")}, code)


def source(code: str) -> str:
    """Which way a lead came."""
    return said({"mail": _("by mail"), "platform": _("by a platform"), "form": _("by the web form")}, code)


def task(code: str) -> str:
    """What sort of task it is."""
    return said(
        {
            "call": _("call"),
            "reminder": _("reminder"),
            "fraud": _("fraud"),
            "in_doubt": _("letter in doubt"),
            "bounce": _("not delivered"),
            "account": _("mailbox"),
            "folder": _("mailbox"),
            "mailbox": _("mailbox"),
            "house": _("the computer"),
            "letter": _("letter"),
            "template": _("template"),
            "successor": _("successor"),
            "answer_by_hand": _("answer by hand"),
            "unknown_buyer": _("who is it?"),
            "promise": _("keep a promise"),
            "platform_answer": _("answer on the platform"),
            "unsubscribe_review": _("stop or go on?"),
            "late_answer": _("answer is late"),
            "overdue": _("task is overdue"),
            "deposit": _("deposit"),
            "lc": _("letter of credit"),
            "lc_check": _("check the L/C"),
            "inspection": _("inspection"),
            "sample": _("sample"),
            "said": _("said on the phone or elsewhere"),
            "untouched": _("untouched for long"),
            "to_pool": _("back to the pool?"),
            "two_of_us": _("two of us, one company"),
            "greeting": _("greeting"),
        },
        code,
    )


def channel(code: str) -> str:
    """Where one of us talked with a buyer."""
    return said(
        {
            "phone": _("phone"),
            "whatsapp": "WhatsApp",
            "wechat": _("WeChat"),
            "telegram": "Telegram",
            "line": "LINE",
            "viber": "Viber",
            "zalo": "Zalo",
            "sms": _("text message"),
            "video": _("video call"),
            "visit": _("visit"),
            "meeting": _("meeting"),
            "fair": _("trade fair"),
            "platform": _("platform"),
            "mail": _("mail elsewhere"),
            "elsewhere": _("elsewhere"),
        },
        code,
    )


def folder(role: str) -> str:
    """What a folder of a mailbox is for."""
    names = {"inbox": _("inbox"), "sent": _("sent letters"), "junk": _("junk mail"), "draft": _("draft"), "other": _("another folder")}
    return said(names, role)


def level(code: str) -> str:
    """Who is told that something is late."""
    return said({"owner": _("the owner"), "manager": _("the manager"), "deputy": _("the deputy")}, code)


def beside(code: str) -> str:
    """A letter beside the cadence."""
    return said(
        {
            "acknowledgement": _("acknowledgement"),
            "recap": _("what was said, for him to correct"),
            "introduction": _("who works with him now"),
        },
        code,
    )


def order_date(code: str) -> str:
    """A date of an order."""
    return said({"production": _("production begins"), "delivery": _("delivery"), "sample_received": _("sample received")}, code)


def outcome(code: str) -> str:
    """What was done because of a mail."""
    return said(
        {
            "answered": _("answered"),
            "bounce_doubtful": _("a delivery report that a person must look at"),
            "bounce_hard": _("the address is silenced"),
            "bounce_not_ours": _("not about a letter of ours"),
            "bounce_soft": _("noted; the server may try again"),
            "colleague_answered": _("a colleague answered; the wait begins anew"),
            "continued_lead": _("goes on with a lead"),
            "copy": _("a copy of a mail that was read before"),
            "held": _("its lead is held"),
            "left_company": _("its lead ended"),
            "opened_lead": _("opened a lead"),
            "own_copy": _("the copy of a letter of ours"),
            "own_mail": _("our own mail"),
            "recorded": _("written down"),
            "shown": _("shown; nothing is sent because of it"),
            "stopped": _("all letters to this address stopped"),
        },
        code,
    )


def reason(code: str) -> str:
    """Why something was stopped, held, moved or assigned; plain sentences pass as they are."""
    return told(said(reasons(), code) if " " not in code else code) if code else ""


def fraud(code: str) -> str:
    """How much it looks like fraud."""
    return said({"none": "", "suspicious": _("suspicious"), "likely": _("probably fraud")}, code)


def signal(name: str, policy: Policy) -> str:
    """What a fact means, as ``signals.toml`` says it to people."""
    rule = policy.signals.get(name)
    words = (rule.say.get(language()) or rule.say.get("en", "")) if rule else ""
    return words or particulars.called(name) or said(history(), name)


def history() -> dict[str, str]:
    """Reasons for a tier that no mail says: what was before it."""
    return {
        "kept_tier": _("the tier stays: up at once, down slowly"),
        "pinned_tier": _("the tier was set by hand"),
        "lifted_above_pin": _("a real order lifts it above the tier set by hand"),
        "earlier_fraud": _("signs of fraud in an earlier mail"),
        "cooled": _("silent for long: one tier down"),
        "show_over": _("the show is long over: one tier down"),
    }


def signal_words(one: Signal) -> str:
    """The words that a reason rests on: the buyer's as he wrote them, ours in the reader's language."""
    return told(one.evidence) if one.name in history() else one.evidence


def cadence(name: str) -> str:
    """A cadence of ``cadences.toml``; one of the company's own is named as it is there."""
    return said(
        {
            "key": _("tier 1"),
            "interested": _("tier 2"),
            "standard": _("tier 3"),
            "unclear": _("tier 4"),
            "reply": _("reply"),
            "order": _("order"),
            "later": _("later"),
            "show_existing": _("show: customer"),
            "show_signed": _("show: signed"),
            "show_intends": _("show: intends to order"),
            "show_disputes": _("show: disputes terms"),
            "show_undecided": _("show: undecided"),
            "show_target": _("show: target"),
            "show_materials": _("show: wants material"),
            "show_browsed": _("show: browsed"),
        },
        name,
    )


def evidence(text: str, policy: Policy) -> str:
    """The words that a task rests on; "bank_change: …; fee_asked: …" with the signals as people know them."""
    # An alarm about another task only points to it.
    if re.fullmatch(r"task:\d+", text):
        return ""
    # The one sign that is ours and no signal of a configuration says all in its words.
    text = text.removeprefix("earlier_fraud: ").replace("; earlier_fraud: ", "; ")

    def named(found: re.Match) -> str:
        if found["name"] not in policy.signals:
            return found[0]
        return (_("; ") if found["next"] else "") + signal(found["name"], policy) + _(": ")

    return re.sub(r"(?:^|(?P<next>; ))(?P<name>[a-z_]{3,40}): ", named, text)


def step(lead: Lead, policy: Policy) -> str:
    """The lead's next step, as its cadence says it."""
    return step_of(lead.cadence, lead.step, policy)


def step_of(cadence_name: str, step_id: str, policy: Policy) -> str:
    """A step of a cadence; without a name the first cadence that has such a step."""
    named = [policy.cadences[cadence_name]] if cadence_name in policy.cadences else list(policy.cadences.values())
    found = next((one for one in named if one.index(step_id) >= 0), None)
    if found is None:
        return step_id.replace("_", " ")
    position = found.index(step_id)
    chosen = found.step[position]
    if chosen.do != "letter":
        return _("rest") if chosen.do == "rest" else task(chosen.task)
    if chosen.basis != "follow_up":
        return basis(chosen.basis)
    earlier = [one for one in found.step[:position] if one.do == "letter" and one.basis == "follow_up"]
    return _("follow-up {number}").format(number=len(earlier) + 1)


def why_nothing_is_due(lead: Lead) -> str:
    """Why a lead has no next time."""
    if lead.hold_reason:
        return reason(lead.hold_reason)
    return reason(lead.rest_reason) or due_reason(lead.due_reason)


def due_reason(text: str) -> str:
    """The reason for a time, as the planner wrote it, in the reader's language."""
    return told(text)


def tier(number: int | None) -> str:
    """What a tier means (DOMAIN §1)."""
    names = {
        1: _("tier 1: customer or near a deal"),
        2: _("tier 2: clear intent, marked interest"),
        3: _("tier 3: clear intent"),
        4: _("tier 4: no clear intent"),
    }
    return names.get(number or 0, _("not graded: verify first"))


# ── times and texts ─────────────────────────────────────────────────────────────────────────────────────────────


def weekday(number: int) -> str:
    """The short name of a weekday, Monday is 0."""
    return (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))[number]


def clock_time(moment: datetime | None, zone: str) -> str:
    """A time as the clock at a place shows it, unmistakable in any language: "Wed 2026-03-11 09:24"."""
    if moment is None:
        return ""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{weekday(local.weekday())} {local:%Y-%m-%d %H:%M}"


def place_of(zone: str) -> str:
    """The city of a time zone: "Europe/Berlin" → "Berlin"."""
    return zone.rpartition("/")[2].replace("_", " ")


def harmless(text: object) -> str:
    """A text with what could disguise it made visible: control characters, and marks that reverse the writing.

    Marks that merely set a run of Arabic or a phone number apart stay; the page keeps their effect inside the text.
    """
    out = []
    for character in str(text or ""):
        if character in "\u202d\u202e" or (unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t\r"):
            out.append(f"⟨U+{ord(character):04X}⟩")
        else:
            out.append(character)
    return "".join(out)
