"""Our side of the pairs of ``send.py``, as one process that ends. Prints one JSON object.

    python run_sending.py send HOME PORT N         N approved letters: our own delivery, then the same bytes over bare smtplib, in turn
    python run_sending.py claim FEW MANY N         claims under FEW and under MANY suppressions, N blocks of each in turn

HOME is as ``home.write_home`` makes it. With MAILAGENT_BENCH_PROFILE set to a folder, ``send.txt`` there says where the time of our
delivery went.
"""

from __future__ import annotations

import cProfile
import importlib
import json
import os
import pstats
import smtplib
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from mailagent import jobs, office
from mailagent.core.model import events as e
from mailagent.core.model.outbox import Letter, content_hash
from mailagent.ledger import journal, outbox
from mailagent.ledger.db import next_id
from mailagent.office import Office

# Under its name the room of all jobs has the function.
delivery = importlib.import_module("mailagent.jobs.deliver")

#: A Wednesday at half past nine in Germany (in summer at half past ten): follow-ups may go.
MORNING = datetime(2026, 3, 11, 8, 30, tzinfo=UTC)
#: Letters that are sent by one side before the other has its turn.
BLOCK = 100
CLAIMS = 25
#: Limits that hold nobody back.
MANY = 100_000
PARAGRAPH = "A paragraph of a follow-up about shears, rakes and hoses that is a few lines long. " * 5
TEXT = "\n\n".join(["Dear Mr Klein,", *[PARAGRAPH] * 5, "Li Wei"])


class Clock:
    """Real seconds on a morning of our own; ``weeks`` have passed since the first, so that each block has its windows to itself."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.weeks = 0

    def __call__(self) -> datetime:
        return MORNING + timedelta(weeks=self.weeks, seconds=time.monotonic() - self._began)


def open_house(home: Path, port: int = 9) -> Office:
    """The office of a home folder whose letters leave at once, through a port of this machine."""
    ours = office.open_office(home, now=Clock())
    (mailbox,) = ours.policy.mailboxes
    free = {"letters": "on", "pace_seconds": 0, "warm_up_per_day": 0, "letters_per_connection": MANY, "connection_seconds": 3600}
    free |= {"follow_ups_per_hour_per_person": 0, "catch_up_per_hour": MANY, "sent_unseen_days": 0}
    free |= dict.fromkeys(("per_hour", "per_day", "per_hour_to_domain", "per_hour_to_freemail"), MANY)
    row = ours.policy.providers[mailbox.provider].model_copy(update=dict.fromkeys(("per_minute", "per_hour", "per_day"), MANY))
    policy = ours.policy.model_copy(
        update={
            "mailboxes": (mailbox.model_copy(update={"smtp_port": port}),),
            "sending": ours.policy.sending.model_copy(update=free),
            "providers": {**ours.policy.providers, mailbox.provider: row},
        }
    )
    ours.policy = policy
    # Nobody logs in at the sink.
    ours.settings = replace(ours.settings, passwords=dict.fromkeys(ours.settings.passwords, ""))
    ours.login_secret = lambda mailbox: ""
    return ours


def write_letters(ours: Office, number: int) -> list[int]:
    """So many approved follow-ups, each to a buyer of a company of his own with its inquiry in the journal."""
    (mailbox,) = ours.policy.mailboxes
    made = []
    for first in range(0, number, 500):
        with ours.ledger.transaction() as db:
            for _ in range(first, min(first + 500, number)):
                made.append(write_letter(ours, db, mailbox))
    return made


def write_letter(ours: Office, db, mailbox) -> int:
    now = ours.now()
    lead_id, contact_id, company_id = next_id(db, "leads"), next_id(db, "contacts"), next_id(db, "companies")
    letter_id = next_id(db, "outbox")
    ulid, message_id = ours.new_letter_ids(mailbox.name)
    buyer, subject = f"buyer@company{company_id}.example", f"Your inquiry about garden shears ({lead_id})"
    letter = Letter(
        id=letter_id, ulid=ulid, lead_id=lead_id, contact_id=contact_id, account=mailbox.name, recipient=buyer,
        recipient_name="Peter Klein", cc=(), basis="follow_up", round=1, step="follow_up_1", template="follow_up_1", language="en",
        subject=subject, body=TEXT, footer="Acme Garden Tools Ltd., Hangzhou", warnings=(), why="", message_id=message_id,
        in_reply_to=f"inquiry{lead_id}@company.example", references=(f"inquiry{lead_id}@company.example",), state="drafted",
        content_hash=content_hash(buyer, (), subject, TEXT, "Acme Garden Tools Ltd., Hangzhou"), needs_manager=False, author="Li Wei",
        approved_by="", approved_at=None, planned_at=now, next_attempt_at=None, attempts=0, attempt_id=None, lease_until=None, raw=None,
        sent_at=None, filed="", provider_message_id="", state_reason="", dedupe_key="", created_at=now,
    )  # fmt: skip
    cadence = next(iter(ours.policy.cadences))
    step = ours.policy.cadences[cadence].step[0].id
    letter = replace(letter, step=step, round=1)
    happened: list[e.Event] = [
        e.CompanyMet(company_id, False, "DE", f"Company {company_id}", f"company{company_id}.example", ""),
        e.ContactMet(contact_id, company_id, "en", "DE", buyer, "Peter Klein"),
        e.LeadOpened(lead_id, contact_id, company_id, 0, "mail", "en", "DE", "Li Wei", "in_turn", now, subject),
        e.RoundBegun(lead_id, cadence, 1, step, now, "at once"),
        e.LetterDrafted(letter_id, lead_id, letter.basis, letter.step, letter.template, letter),
        e.LetterMoved(letter_id, "approve", content_hash=letter.content_hash, retry_at=now),
    ]
    journal.record(db, happened, now=now, actor="Li Wei")
    return letter_id


def send(home: Path, port: int, number: int) -> dict:
    """Blocks of letters, by us and by bare smtplib in turn; the same bytes, each over one connection."""
    ours = open_house(home, port)
    ours_seconds, bare_seconds = [], []
    transport = ours.open_transport(ours.policy.mailboxes[0])
    lasting = Lasting(transport)
    ours.open_transport = lambda mailbox: lasting
    bare = smtplib.SMTP("127.0.0.1", port, local_hostname="[127.0.0.1]")
    bare.ehlo()
    for _ in range(number // BLOCK + 1):
        ours.now.weeks += 1
        block = write_letters(ours, BLOCK)
        ours_seconds.append(timed(lambda block=block: send_all(ours, block)))
        with ours.ledger.reading() as db:
            numbers = ", ".join(map(str, block))
            rows = db.execute(f"SELECT recipient, raw FROM outbox JOIN letter_bytes ON letter_id = id WHERE id IN ({numbers})").fetchall()
        letters = tuple((row[0], row[1]) for row in rows)
        bare_seconds.append(timed(lambda letters=letters: send_bare(bare, letters)))
    bare.quit()
    transport.close()
    # The first block of each warms up.
    return {"block": BLOCK, "ours": ours_seconds[1:], "bare": bare_seconds[1:]}


class Lasting:
    """One connection for the whole measuring: a run of ours would say goodbye at its end."""

    def __init__(self, transport):
        self.submit = transport.submit

    def close(self) -> None:
        pass


def send_all(ours: Office, block: list[int]) -> None:
    """Until every letter of the block is sent."""
    for _ in range(len(block)):
        jobs.deliver(ours)
        with ours.ledger.reading() as db:
            sent = db.execute(f"SELECT COUNT(*) FROM outbox WHERE state = 'sent' AND id IN ({', '.join(map(str, block))})").fetchone()[0]
        if sent == len(block):
            return
    raise RuntimeError(f"{len(block) - sent} of {len(block)} letters were not sent")


def send_bare(smtp: smtplib.SMTP, letters: tuple[tuple[str, bytes], ...]) -> None:
    for recipient, raw in letters:
        smtp.sendmail("sales@acme.example", [recipient], raw)


def claim(few_home: Path, many_home: Path, blocks: int) -> dict:
    """The same number of claims in both ledgers in turn, seconds of each block."""
    houses = [open_house(few_home), open_house(many_home)]
    letters = [write_letters(house, CLAIMS * (blocks + 1)) for house in houses]
    seconds: list[list[float]] = [[], []]
    for turn in range(blocks + 1):
        for house, mine, taken in zip(houses, letters, seconds, strict=True):
            block = mine[turn * CLAIMS : (turn + 1) * CLAIMS]
            taken.append(timed(lambda house=house, block=block: claim_all(house, block)))
    return {"few": seconds[0][1:], "many": seconds[1][1:]}


def claim_all(house: Office, block: list[int]) -> None:
    (mailbox,) = house.policy.mailboxes
    for number in block:
        with house.ledger.reading() as db:
            letter = outbox.get(db, number)
        if delivery.make_claim(delivery.Turn(house), letter, mailbox) is None:
            raise RuntimeError(f"letter {number} could not be claimed")


def suppress(home: Path, number: int) -> None:
    """So many suppressed addresses, as years of business leave them."""
    house = open_house(home)
    with house.ledger.transaction() as db:
        rows = ((sha256(b"%d" % at).hexdigest(), f"gone{at}@elsewhere.example") for at in range(number))
        columns = "key_hash, email, scope, reason, created_at"
        db.conn.executemany(f"INSERT INTO suppressions ({columns}) VALUES (?, ?, 'global', 'unsubscribe', '2026-01-01')", rows)
    house.ledger.close()


def timed(work: Callable[[], None]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def profiled(work: Callable[[], dict], folder: str) -> dict:
    profile = cProfile.Profile()
    said = profile.runcall(work)
    with open(Path(folder) / "send.txt", "w", encoding="utf-8") as out:
        stats = pstats.Stats(profile, stream=out)
        stats.sort_stats("tottime").print_stats(60)
        stats.sort_stats("cumulative").print_stats(80, "mailagent")
    return said


def main(how: str, *rest: str) -> None:
    folder = os.environ.get("MAILAGENT_BENCH_PROFILE", "")
    if how == "suppress":
        suppress(Path(rest[0]), int(rest[1]))
        return
    if how == "claim":
        print(json.dumps(claim(Path(rest[0]), Path(rest[1]), int(rest[2]))))
        return
    work = lambda: send(Path(rest[0]), int(rest[1]), int(rest[2]))  # noqa: E731
    print(json.dumps(profiled(work, folder) if folder else work()))


if __name__ == "__main__":
    main(*sys.argv[1:])
