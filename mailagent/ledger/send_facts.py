"""What ``guards`` asks about a letter that is to leave, in as few questions as it takes: they are asked for every letter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlite_utils import Database

from mailagent.core.deciding import limits
from mailagent.core.deciding.guards import SendFacts
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Policy
from mailagent.ledger import law, outbox, quotas, suppressions
from mailagent.ledger.db import from_text, to_text
from mailagent.ledger.timing import timing_of

#: Letter, lead, person and pause in one.
BASICS = (
    "SELECT o.content_hash = o.approved_hash AS as_approved, l.id AS lead_id, l.hold_reason, l.rest_reason, l.fraud, l.company_id,"
    " l.country, l.owner, l.cadence, l.round, l.opened_at, l.last_inbound_at, c.zone, c.region, c.place_source, c.status AS contact_status,"
    " c.country AS contact_country,"
    " (SELECT reason FROM switches WHERE name IN ('paused:all', 'paused:' || ?) AND value = 'on') AS pause"
    " FROM outbox o LEFT JOIN leads l ON l.id = o.lead_id LEFT JOIN contacts c ON c.id = l.contact_id WHERE o.id = ?"
)


def send_facts(
    db: Database,
    letter: Letter,
    now: datetime,
    suppressed: Callable[[str], str],
    policy: Policy | None = None,
    coming: Sequence[Letter] = (),
) -> SendFacts:
    """Everything that ``guards`` asks about a letter, read in the transaction that will move it.

    Args:
        suppressed: address → the reason why it must not be written to, or "".
        policy: whose limits are counted; None where only a stop is asked for, in front of the first byte: what limits there are was
            asked a moment ago.
        coming: letters to other companies that are under way; they count as if they had been sent now.
    """
    row = db.execute(BASICS, [letter.account, letter.id]).fetchone()
    lead = row if row and letter.lead_id is not None else None
    happened = _happened_since_draft(db, letter)
    more: dict = {}
    if policy:
        more = _at_rest(db, letter, now)
        if letter.basis != "notice":
            more |= _counted(db, letter, now, policy, coming)
        if lead and letter.basis == "follow_up":
            more |= law.objections(db, letter, lead, now, policy)
            more["follow_ups_to_company"] = _follow_ups_to_company(db, lead["company_id"], now)
            more["timing"] = timing_of(db, letter, lead, now, policy, coming)
    return SendFacts(
        text_is_as_approved=bool(row and row["as_approved"]),
        suppressed=_why_not(db, letter, suppressed),
        has_silenced_copy=any(map(suppressed, letter.cc)),
        paused="" if row is None or row["pause"] is None else row["pause"] or "paused",
        hold_reason=lead["hold_reason"] if lead else "",
        rest_reason=lead["rest_reason"] if lead else "",
        fraud=lead["fraud"] if lead else "none",
        contact_status=lead["contact_status"] if lead else "active",
        heard_from_buyer=not happened.isdisjoint(("ReplyReceived", "InquiryReceived")),
        colleague_answered="OwnAnswerSeen" in happened,
        talked="TalkLogged" in happened,
        other_owner=outbox.other_owner(db, letter.lead_id) if letter.lead_id is not None else "",
        mail_waiting=_unread_from(db, letter),
        local_zone_country=lead["country"] if lead else "",
        **more,
    )


def _at_rest(db: Database, letter: Letter, now: datetime) -> dict:
    """Brakes that are on, and since when the letter's bytes are what they are: they bear the date of that day."""
    of_account, of_domain = quotas.rests_of(db, letter.account, letter.recipient, letter.basis, now)
    return {"account_rests_until": of_account, "domain_rests_until": of_domain, "first_tried_at": _first_tried(db, letter)}


def _first_tried(db: Database, letter: Letter) -> datetime | None:
    if not letter.attempts or letter.approved_at is None:
        return None
    row = db.execute(
        "SELECT MIN(began_at) FROM attempts WHERE letter_id = ? AND began_at >= ?", [letter.id, to_text(letter.approved_at)]
    ).fetchone()
    return from_text(row[0])


def _why_not(db: Database, letter: Letter, suppressed: Callable[[str], str]) -> str:
    """Why the one whom it is for must not be written to; an answer that a person permitted may go to the one who asked."""
    reason = suppressed(letter.recipient) or suppressions.reason_in_matter(db, letter.lead_id)
    return "" if reason and suppressions.is_permitted(db, letter.lead_id, letter.round, letter.basis) else reason


def _counted(db: Database, letter: Letter, now: datetime, policy: Policy, coming: Sequence[Letter]) -> dict:
    """What was sent lately: by the account, and to the recipient's domain."""
    domain = quotas.domain_of(letter.recipient)
    of_account = sum(one.account == letter.account for one in coming)
    to_domain = sum(quotas.domain_of(one.recipient) == domain for one in coming)
    days = quotas.days_of_use(db, letter.account, now, limits.warm_up_days(policy))
    of = quotas.Window("account", letter.account, of_account)
    asked = [(limit, of) for limit in limits.of_account(letter.account, policy, days)]
    asked.append((limits.to_domain(letter.recipient, policy), quotas.Window("domain", domain, to_domain)))
    *windows, window_of_domain = quotas.counts(db, asked, now)
    # Without a pace nobody asks when the last one left.
    last_sent_at = quotas.last_sent(db, letter.account, now) if policy.sending.pace_seconds else None
    return {"windows": tuple(windows), "window_of_domain": window_of_domain, "last_sent_at": last_sent_at}


def _happened_since_draft(db: Database, letter: Letter) -> set[str]:
    """What happened to the lead after the letter was drafted that may make it needless."""
    if letter.lead_id is None:
        return set()
    rows = db.execute(
        "SELECT DISTINCT type FROM events WHERE lead_id = ? AND (type IN ('ReplyReceived', 'InquiryReceived', 'OwnAnswerSeen')"
        # A talk from before his last mail answers nothing of it.
        " OR type = 'TalkLogged' AND json_extract(body, '$.at')"
        "   >= COALESCE((SELECT last_inbound_at FROM leads WHERE id = events.lead_id), ''))"
        " AND id > COALESCE((SELECT MIN(id) FROM events WHERE letter_id = ? AND type = 'LetterDrafted'), 0)",
        [letter.lead_id, letter.id],
    )
    return {row[0] for row in rows}


def _unread_from(db: Database, letter: Letter) -> bool:
    """Lies a kept mail there that nobody has thought about yet? It might be this buyer's answer."""
    if letter.basis != "follow_up":
        return False
    row = db.execute("SELECT 1 FROM inbound WHERE state = 'new' AND tries = 0 AND account = ? LIMIT 1", [letter.account])
    return row.fetchone() is not None


def _follow_ups_to_company(db: Database, company_id: int, now: datetime) -> tuple[int, int, int]:
    """Unanswered follow-ups to a company in the last 1, 7 and 30 days."""
    row = db.execute(
        "SELECT COALESCE(SUM(COALESCE(o.sent_at, o.changed_at) > ?), 0), COALESCE(SUM(COALESCE(o.sent_at, o.changed_at) > ?), 0), COUNT(*)"
        " FROM leads l JOIN outbox o ON o.lead_id = l.id"
        " WHERE l.company_id = ? AND o.basis = 'follow_up' AND o.state IN ('sent', 'in_doubt', 'claimed', 'transmitting')"
        " AND COALESCE(o.sent_at, o.changed_at) > ? AND COALESCE(o.sent_at, o.changed_at) > COALESCE(l.last_inbound_at, '')",
        [to_text(now - timedelta(hours=20)), to_text(now - timedelta(days=7)), company_id, to_text(now - timedelta(days=30))],
    ).fetchone()
    return int(row[0]), int(row[1]), int(row[2])
