"""What the ledger says about the time of follow-ups: whose clock counts, what a company and an author had lately, which Sent is unseen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from mailagent.core.deciding import slots
from mailagent.core.deciding.timing import Timing, catch_up, hourly_of_author, is_late
from mailagent.core.model.company import Mailbox
from mailagent.core.model.lead import Lead
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Policy
from mailagent.ledger import leads, quotas
from mailagent.ledger.db import from_text, to_text

MONTH = timedelta(days=30)


def timing_of(db: Database, letter: Letter, lead, now: datetime, policy: Policy, coming: Sequence[Letter] = ()) -> Timing:
    """What ``timing.untimely`` asks about a follow-up.

    Args:
        lead: a row with owner, cadence, zone, region and place_source.
        coming: letters that are under way and count as if they had been sent.
    """
    of_author, late = hourly_of_author(policy), catch_up(policy) if is_late(letter, now) else None
    asked = []
    if of_author:
        of_his = sum(one.author == letter.author and one.basis == "follow_up" for one in coming)
        asked.append((of_author, quotas.Window("author", letter.author, of_his)))
    if late:
        asked.append((late, quotas.Window("account", letter.account, sum(one.account == letter.account for one in coming))))
    counted = quotas.counts(db, asked, now) if asked else []
    return Timing(
        zone=lead["zone"],
        region=lead["region"],
        source=lead["place_source"],
        quiet_days=not (letter.any_day or slots.sends_on_quiet_days(lead["cadence"], letter.step, policy)),
        of_author=counted[0] if of_author else None,
        catching_up=counted[-1] if late else None,
        unseen=next((one.mailbox for one in unseen(db, policy, now) if one.mailbox == letter.account or one.owner == lead["owner"]), ""),
    )


def recent_follow_ups(db: Database, company_id: int, now: datetime, but_lead: int = 0) -> tuple[datetime, ...]:
    """When a company got, or will get, follow-ups that it has not answered: those of the last 30 days and those that wait.

    Args:
        but_lead: of this lead only what went counts, for what waits is what is being planned.
    """
    rows = db.execute(
        "SELECT CASE WHEN o.state IN ('drafted', 'approved') THEN COALESCE(o.next_attempt_at, o.planned_at)"
        " ELSE COALESCE(o.sent_at, o.changed_at) END AS at FROM leads l JOIN outbox o ON o.lead_id = l.id"
        " WHERE l.company_id = ? AND o.basis = 'follow_up' AND o.created_at > ?"
        " AND (o.state IN ('sent', 'in_doubt', 'claimed', 'transmitting') OR o.state IN ('drafted', 'approved') AND l.id <> ?)"
        " AND COALESCE(o.sent_at, o.changed_at) > ? AND COALESCE(o.sent_at, o.changed_at) > COALESCE(l.last_inbound_at, '')",
        [company_id, to_text(now - 3 * MONTH), but_lead, to_text(now - MONTH)],
    )
    return tuple(sorted(from_text(row[0]) for row in rows))


@dataclass(frozen=True)
class Unseen:
    """A mailbox whose Sent folder has not been seen for days; ``seen_at`` is None where it never was."""

    mailbox: str
    owner: str
    seen_at: datetime | None


def unseen(db: Database, policy: Policy, now: datetime) -> Iterator[Unseen]:
    """Mailboxes in which somebody may have answered a buyer without our knowing (DOMAIN §4).

    One that nobody has begun to read is not among them, nor one without a Sent folder in the configuration.
    """
    days = policy.sending.sent_unseen_days
    for mailbox in policy.mailboxes if days else ():
        if not any(rule.role == "sent" for rule in mailbox.folders):
            continue
        seen, begun = db.execute(
            "SELECT MAX(CASE WHEN role = 'sent' THEN checked_at END), MIN(started_at) FROM cursors WHERE account = ?", [mailbox.name]
        ).fetchone()
        since = from_text(seen or begun)
        if since and now - since > timedelta(days=days):
            yield Unseen(mailbox.name, _owner(mailbox), from_text(seen))


def _owner(mailbox: Mailbox) -> str:
    return mailbox.owner or mailbox.name


# ── to look ahead ───────────────────────────────────────────────────────────────────────────────────────────────

#: So many leads are read at a time.
PAGE = 500


def open_leads(db: Database, owner: str = "", lead_id: int | None = None) -> Iterator[Lead]:
    """Leads that are not at rest, in the order of their numbers; read in pages, so that a million need no room."""
    after = -1
    while True:
        rows = db.execute(
            f"{leads.LEAD} WHERE l.id > ? AND l.rest_reason = '' AND l.stage <> 'closed' AND (? = '' OR l.owner = ?)"
            " AND (? IS NULL OR l.id = ?) ORDER BY l.id LIMIT ?",
            [after, owner, owner, lead_id, lead_id, PAGE],
        ).fetchall()
        for row in rows:
            yield leads.as_lead(row)
        if len(rows) < PAGE:
            return
        after = rows[-1]["id"]


def first_open(db: Database, most: int) -> Iterator[Lead]:
    """The open leads whose next step comes first: a letter that waits, a step that is planned, the end of a hold."""
    is_open = "l.rest_reason = '' AND l.stage <> 'closed'"
    first: dict[int, str] = {}
    for query in (
        "SELECT o.lead_id, MIN(COALESCE(o.next_attempt_at, o.planned_at)) AS at FROM outbox o JOIN leads l ON l.id = o.lead_id"
        f" WHERE o.state IN ('drafted', 'approved', 'claimed') AND o.basis <> 'notice' AND {is_open} GROUP BY o.lead_id",
        f"SELECT id, next_due_at AS at FROM leads WHERE {leads.PLANNED} AND stage <> 'closed'",
        f"SELECT l.id, l.held_until AS at FROM leads l WHERE l.held_until IS NOT NULL AND l.hold_reason <> '' AND {is_open}",
    ):
        for number, at in db.execute(f"{query} ORDER BY at LIMIT ?", [most]):
            first[number] = min(first.get(number, at), at)
    for number in sorted(first, key=lambda one: (first[one], one))[:most]:
        if lead := leads.get(db, number):
            yield lead


def count_open(db: Database, owner: str = "") -> int:
    """How many there are."""
    query = "SELECT COUNT(*) FROM leads WHERE rest_reason = '' AND stage <> 'closed' AND (? = '' OR owner = ?)"
    return db.execute(query, [owner, owner]).fetchone()[0]


def waiting_letter(db: Database, lead_id: int) -> tuple[str, datetime, str, str] | None:
    """The letter to a buyer that waits for approval or its time: its step, when it may go, its account and author."""
    row = db.execute(
        "SELECT step, COALESCE(next_attempt_at, planned_at) AS at, account, author FROM outbox"
        " WHERE lead_id = ? AND basis <> 'notice' AND state IN ('drafted', 'approved', 'claimed') ORDER BY id DESC LIMIT 1",
        [lead_id],
    ).fetchone()
    return (row["step"], from_text(row["at"]), row["account"], row["author"]) if row else None


def recent_of_all(db: Database, now: datetime) -> dict[int, list[datetime]]:
    """Company → when it got follow-ups in the last 30 days that it has not answered."""
    found: dict[int, list[datetime]] = {}
    rows = db.execute(
        "SELECT l.company_id, o.sent_at FROM outbox o JOIN leads l ON l.id = o.lead_id WHERE o.sent_at > ? AND o.basis = 'follow_up'"
        " AND o.state = 'sent' AND o.sent_at > COALESCE(l.last_inbound_at, '') ORDER BY o.sent_at",
        [to_text(now - MONTH)],
    )
    for company, at in rows:
        found.setdefault(company, []).append(from_text(at))
    return found


def countries_of_leads(db: Database) -> list[str]:
    """Where buyers of open leads sit."""
    return [row[0] for row in db.execute("SELECT DISTINCT country FROM leads WHERE stage <> 'closed' AND country <> '' ORDER BY country")]
