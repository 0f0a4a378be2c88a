"""Is anything lost, doubled or touched? The server beside the ledger, mail by mail and byte by byte."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from contextlib import closing
from pathlib import Path

from company import Company
from dovecot import Dovecot

from mailagent.ledger import sources
from mailagent.ledger.db import Ledger

#: A decision about a buyer's mail is one of these events, once.
ANSWERS = ("InquiryReceived", "ReplyReceived")
FOLDERS = ("INBOX", "Sent Items")


def on_server(dovecot: Dovecot, user: str, folders=FOLDERS) -> dict[tuple[str, int], tuple[str, str]]:
    """Every mail that there is: (folder, UID) → its SHA-256, and its flags in alphabetical order."""
    found = {}
    for folder in folders:
        client = dovecot.client(user)
        try:
            client.select(f'"{folder}"', readonly=True)
            uids = client.uid("SEARCH", "ALL")[1][0].split()
            if not uids:
                continue
            for part in client.uid("FETCH", b",".join(uids), "(UID FLAGS BODY.PEEK[])")[1]:
                if not isinstance(part, tuple):
                    continue
                uid = int(re.search(rb"UID (\d+)", part[0])[1])
                flags = set(re.search(rb"FLAGS \(([^)]*)\)", part[0])[1].decode().split()) - {"\\Recent"}
                found[folder, uid] = hashlib.sha256(part[1]).hexdigest(), " ".join(sorted(flags))
        finally:
            client.logout()
    return found


def rows(path: Path, sql: str, *arguments) -> list[tuple]:
    ledger = Ledger(path)
    with closing(ledger), ledger.reading() as db:
        return [tuple(row) for row in db.execute(sql, arguments)]


def waiting(company: Company) -> int:
    [(number,)] = company.ask("SELECT COUNT(*) FROM inbound WHERE state = 'new'") or [(0,)]
    return number


def inspect(home: Path, there: dict[tuple[str, int], tuple[str, str]], poison: frozenset[str] = frozenset()) -> dict[str, int]:
    """Everything that must be true of a ledger that has read a whole mailbox; what it holds, in numbers.

    Args:
        there: what is on the server, as ``on_server`` says.
        poison: SHA-256 of mails that may be in quarantine.
    """
    path = home / "ledger.sqlite"
    ask = lambda sql, *arguments: rows(path, sql, *arguments)  # noqa: E731 (said twenty times below)

    # Every mail of the server is in the ledger, under its own number, and nothing else is.
    located = ask("SELECT l.folder, l.uid, s.sha256, l.uidvalidity FROM locations l JOIN sources s ON s.id = l.source_id")
    assert {(folder, uid): sha for folder, uid, sha, _ in located} == {place: sha for place, (sha, _) in there.items()}
    assert len(located) == len(there) and len({(folder, validity) for folder, _, _, validity in located}) <= len(FOLDERS)
    kept = ask("SELECT id, sha256, size FROM sources")
    assert sorted(sha for _, sha, _ in kept) == sorted({sha for sha, _ in there.values()})
    assert ask("SELECT COUNT(*) FROM not_fetched") == [(0,)]

    # The bytes are those of the server.
    ledger = Ledger(path)
    with closing(ledger), ledger.reading() as db:
        for number, sha, size in kept:
            raw = sources.raw(db, number, home / "sources")
            assert (hashlib.sha256(raw).hexdigest(), len(raw)) == (sha, size)

    # Each was thought about once, to its end.
    states = {sha: state for sha, state in ask("SELECT s.sha256, i.state FROM inbound i JOIN sources s ON s.id = i.source_id")}
    assert ask("SELECT COUNT(*) FROM inbound") == [(len(kept),)]
    bad = {sha: state for sha, state in states.items() if state != "handled"}
    assert set(bad.values()) <= {"quarantined"} and set(bad) <= poison, ask("SELECT * FROM inbound WHERE state <> 'handled'")
    assert ask("SELECT COUNT(*) FROM search_docsize") == [(len(kept) - len(bad),)]

    # And what was decided was decided once: one event, one lead, one letter a step.
    decided = Counter(ask(f"SELECT json_extract(body, '$.inbound_id') FROM events WHERE type IN {ANSWERS}"))
    buyers = ask("SELECT id FROM inbound WHERE outcome IN ('opened_lead', 'continued_lead', 'answered')")
    assert all(decided[number] == 1 for number in buyers) and max(decided.values(), default=1) == 1
    opened = Counter(ask("SELECT json_extract(body, '$.inbound_id') FROM events WHERE type = 'LeadOpened'"))
    assert max(opened.values(), default=1) == 1
    assert ask("SELECT COUNT(*) FROM leads") == [(len(opened),)]
    assert ask("SELECT lead_id, round, step FROM outbox WHERE lead_id IS NOT NULL GROUP BY 1, 2, 3 HAVING COUNT(*) > 1") == []
    drafted = ask("SELECT COUNT(*) FROM events WHERE type = 'LetterDrafted'")
    assert drafted == ask("SELECT COUNT(*) FROM outbox")
    assert ask("SELECT owner, leads FROM owners_load WHERE leads > 0 ORDER BY 1") == ask(
        "SELECT owner, COUNT(*) FROM leads WHERE stage <> 'closed' GROUP BY owner ORDER BY 1"
    )

    # The file is sound, and nobody left anything lying about.
    assert ask("PRAGMA integrity_check") == [("ok",)]
    assert ask("PRAGMA foreign_key_check") == []
    assert not (left := left_over(home)), left
    on_disk = {one.name for one in (home / "sources").glob("*")} if (home / "sources").exists() else set()
    assert on_disk == {name for (name,) in ask("SELECT path FROM sources WHERE path IS NOT NULL")}
    return {"mails": len(there), "sources": len(kept), "leads": len(opened), "quarantined": len(bad)}


def left_over(home: Path) -> list[str]:
    """What only a process that was killed leaves behind."""
    return sorted(str(path.relative_to(home)) for sort in ("large-mail-*", "*.part", "*-journal") for path in home.rglob(sort))


def understanding(home: Path) -> dict[str, list[tuple]]:
    """What was made of the mails, without numbers and times: the same for whoever reads the same mailbox in the same order."""
    path = home / "ledger.sqlite"
    return {
        "mails": rows(
            path,
            "SELECT s.sha256, i.kind, i.kind_reason, i.outcome, i.sender_email, i.language, c.email, i.match_method FROM inbound i"
            " JOIN sources s ON s.id = i.source_id LEFT JOIN contacts c ON c.id = i.contact_id ORDER BY 1",
        ),
        "leads": rows(
            path,
            "SELECT c.email, l.subject, l.tier, l.stage, l.round, l.step, l.inbound_count, l.owner FROM leads l"
            " JOIN contacts c ON c.id = l.contact_id ORDER BY 1, 2",
        ),
        "letters": rows(path, "SELECT recipient, basis, round, step, state, body FROM outbox ORDER BY 1, 2, 3, 4"),
        "events": sorted(Counter(rows(path, "SELECT type FROM events")).items()),
        "tasks": rows(path, "SELECT kind, title, done_at IS NULL FROM tasks ORDER BY 1, 2"),
    }
