"""kill -9, again and again, while letters leave over a line that breaks at every phase: none goes twice, none is lost, none after a stop.

The real Postfix takes the letters and Dovecot writes them to its disk. Between them and the process that sends stands a line that drops,
stalls, answers late or says no at a phase of its choice, and the process is killed at a step, at a moment, or by the line itself.
"""

from __future__ import annotations

import os
import random
import re
import signal
import time
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from email.message import Message
from types import SimpleNamespace

import pytest
from company import Company, wait_until
from patience import PATIENCE
from smtpline import PHASES, Act, Moment, SmtpLine

from mailagent.core.model import events as e
from mailagent.core.model.outbox import Letter, content_hash
from mailagent.ledger import journal, outbox
from mailagent.ledger.db import next_id
from mailagent.office import open_office, utc_now

pytestmark = pytest.mark.wire

#: Kills and faults of the short form, and of the long one.
FEW, MANY = 25, 500
#: Letters that wait for each life.
WAITING = 8
#: A letter makes about so many steps between claim and record.
STEPS = 45
#: The first letter is claimed by itself, and the next ones with the one before: after so many steps all has come once.
RUN = 5 * STEPS
EVERYTHING = "many@cust.example"


class Sending:
    """A company that sends over the line, the people who approve, and what they do meanwhile."""

    def __init__(self, company: Company, births, line: SmtpLine, chance: random.Random):
        self.company, self.births, self.line, self.chance = company, births, line, chance
        self.minutes = 0.0
        self.office = open_office(company.home, now=lambda: utc_now() + timedelta(minutes=self.minutes))
        self.kills, self.released = Counter(), set()
        self.life = None
        self.kill_at: tuple[int, str] | None = None

    # ── what goes wrong on the line ─────────────────────────────────────────────────────────────────────────────

    def script(self, moment: Moment) -> Act | None:
        """One in four letters meets something; and the line may kill the process at the very moment."""
        if self.kill_at and moment.letter >= self.kill_at[0] and moment.phase == self.kill_at[1]:
            self.kill_at = None
            with suppress(ProcessLookupError):
                os.killpg(self.life.pid, signal.SIGKILL)
            self.kills[f"at_{moment.phase}"] += 1
        rate = {"connect": 0.02, "ehlo": 0.02, "auth": 0.03}.get(moment.phase, 0.05)
        if self.is_good or self.chance.random() >= rate:
            return None
        do = self.chance.choices(("drop", "stall", "late", "4xx", "5xx"), (5, 0.7, 3, 3, 2))[0]
        if do in ("4xx", "5xx"):
            code = {"4xx": b"451 4.3.0", "5xx": b"554 5.3.0"}[do]
            if moment.phase == "auth":
                code = {"4xx": b"454 4.7.0", "5xx": b"535 5.7.8"}[do]
            return Act("say", code + b" the line says so") if moment.phase != "text" else Act("drop")
        return Act(do, seconds=self.chance.choice((0.05, 1.3)), taken=self.chance.random() < 0.6)

    is_good = False

    # ── people ──────────────────────────────────────────────────────────────────────────────────────────────────

    def people_work(self) -> None:
        """Let go on what a refused login has paused, and approve new letters."""
        person = self.office.reviewer(self.office.policy.person("Boss"))
        for scope in ("all", "sales"):
            person.resume_all(scope)
        with self.office.ledger.transaction() as db:
            ready = db.execute(
                "SELECT COUNT(*) FROM outbox WHERE state = 'approved' AND next_attempt_at <= ?", [_text(self.office.now())]
            ).fetchone()[0]
            for _ in range(WAITING - ready):
                self.approve_new(db)

    def approve_new(self, db) -> None:
        number, now = next_id(db, "outbox"), self.office.now()
        recipient, (ulid, message_id) = f"buyer{number}@many.example", self.office.new_letter_ids("sales")
        body = f"Dear Sirs,\n\nthe price of letter {number} is below.\n" + "".join(f"Line {line} of it.\n" for line in range(40))
        letter = Letter(
            id=number, ulid=ulid, lead_id=None, contact_id=None, account="sales", recipient=recipient, recipient_name="", cc=(),
            basis="answer", round=1, step="answer", template="", language="en", subject=f"Letter {number}", body=body, footer="Acme",
            warnings=(), why="", message_id=message_id, in_reply_to="", references=(), state="drafted", needs_manager=False,
            content_hash=content_hash(recipient, (), f"Letter {number}", body, "Acme"), author="Li Wei", approved_by="", approved_at=None,
            planned_at=now, next_attempt_at=None, attempts=0, attempt_id=None, lease_until=None, raw=None, sent_at=None, filed="",
            provider_message_id="", state_reason="", dedupe_key="", created_at=now,
        )  # fmt: skip
        drafted = e.LetterDrafted(number, None, "answer", "answer", "", letter)
        approved = e.LetterMoved(number, "approve", content_hash=letter.content_hash, retry_at=now)
        journal.record(db, [drafted, approved], now=now, actor="Boss")

    def somebody_asks_for_silence(self) -> None:
        """While letters are on their way, one of the recipients is never to be written to again."""
        with self.office.ledger.transaction() as db:
            rows = db.execute("SELECT recipient FROM outbox WHERE state IN ('approved', 'claimed') ORDER BY RANDOM() LIMIT 1").fetchall()
            for (recipient,) in rows:
                hashed = self.office.hash_address(recipient)
                stop = e.AddressSuppressed(next_id(db, "suppressions"), "unsubscribe", "global", None, None, recipient, hashed, "stop")
                journal.record(db, [stop], now=self.office.now())

    def somebody_looks_at_doubts(self, arrived: Counter) -> None:
        """A person settles what is in doubt: confirms what he has found at the buyer's, and sends again what is not there."""
        with self.office.ledger.reading() as db:
            doubtful = outbox.in_doubt(db)
        for letter in doubtful:
            verb = "confirm" if arrived[letter.message_id] else "release"
            if verb == "release":
                self.released.add(letter.id)
            with self.office.ledger.transaction() as db:
                journal.record(db, [e.LetterMoved(letter.id, verb, "a_person_looked", retry_at=self.office.now())], now=self.office.now())

    # ── lives ───────────────────────────────────────────────────────────────────────────────────────────────────

    def live(self, dies: bool) -> None:
        """One process that sends what is due; mostly it is killed on the way."""
        how, trap = self.chance.choice(("step", "step", "step", "line", "line", "time")) if dies else "", None
        if how == "step":
            trap = {"at": self.chance.randint(1, STEPS * WAITING // 2), "inside": self.chance.random() < 0.2}
            trap["sort"] = "commit" if trap["inside"] else self.chance.choice(("", "", "say", "hear"))
            trap["at"] = trap["at"] if not trap["sort"] else 1 + trap["at"] // 8
        elif how == "line":
            self.kill_at = self.line.letters + self.chance.randint(1, WAITING), self.chance.choice(PHASES[3:])
        self.life = self.births.begin(self.company.home, sends=True, trap=trap, minutes=self.minutes)
        if self.chance.random() < 0.3:
            time.sleep(self.chance.uniform(0, 0.1))
            self.somebody_asks_for_silence()
        code = self.life.wait(self.chance.uniform(0.02, 0.25) if how == "time" else PATIENCE)
        if how == "time" and code is None:
            code = self.life.kill()
            self.kills["at_a_moment"] += 1
        assert code in (0, -9), (self.company.home / "terminal.txt").read_text()[-3000:]
        if code == -9 and how == "step":
            self.kills["in_a_commit" if trap["inside"] else "at_a_step"] += 1
        self.kill_at = None

    def work_off(self) -> None:
        """Undisturbed lives, each half a day later, until nothing waits any more."""
        for _ in range(20):
            self.minutes += 13 * 60
            for scope in ("all", "sales"):
                self.office.reviewer(self.office.policy.person("Boss")).resume_all(scope)
            self.live(dies=False)
            if not self.ask("SELECT 1 FROM outbox WHERE state IN ('approved', 'claimed', 'transmitting')"):
                break

    def ask(self, query: str) -> list[tuple]:
        return self.company.ask(query)


def _text(moment) -> str:
    from mailagent.ledger.db import to_text

    return to_text(moment)


@pytest.fixture
def sending(tmp_path, dovecot, postfix, user, nursery):
    """A company whose letters leave over a line with faults."""
    chance = random.Random(20261122)
    with SmtpLine(postfix.smtp) as line:
        hurried = {"timeout_seconds": 1, "append_sent": "never"}
        quick = {"notices": "off", "reply_timeout_seconds": 1, "per_day": 100_000, "per_hour_to_freemail": 100_000}
        company = Company(tmp_path / "home", user, dovecot, SimpleNamespace(smtp=line.port), hurried, sending=quick)
        made = Sending(company, nursery(company.home), line, chance)
        line.script = made.script
        yield made
        made.office.ledger.close()


def on_disk(dovecot) -> Counter:
    """How often each Message-ID lies in the mailbox of all the buyers."""
    return Counter(re.search(rb"(?mi)^message-id:\s*<([^>]+)>", raw)[1].decode() for raw in dovecot.mails(EVERYTHING))


def test_killed_again_and_again_while_letters_leave(sending, dovecot, crashes, figure):
    before = on_disk(dovecot)
    wanted = MANY if crashes else FEW
    phases = {"rcpt", "data", "dot", "text"} if not crashes else set(PHASES)
    # How far a life comes before it dies is the machine's affair: it goes on until each phase had its fault.
    acts = sending.line.acts
    while sum(sending.kills.values()) < wanted or len(acts) < wanted or not phases <= {phase for phase, _ in acts}:
        assert sum(sending.kills.values()) < 5 * wanted
        sending.minutes += 6
        sending.people_work()
        sending.live(dies=True)
    faults = Counter(f"{phase}_{what}" for phase, what in sending.line.acts)

    # The line is good again, and nobody dies: what was approved leaves, whatever wait stands beside it.
    sending.is_good = True
    sending.company.change(mailbox={"timeout_seconds": 60}, sending={"reply_timeout_seconds": 60})
    sending.work_off()
    check(sending, dovecot, before)
    first = dict(sending.ask("SELECT state, COUNT(*) FROM outbox GROUP BY state"))

    # A person looks at the doubts: those are the only letters of which the server may have two, and then only by his word.
    sending.somebody_looks_at_doubts(on_disk(dovecot))
    sending.work_off()
    check(sending, dovecot, before)
    assert sending.ask("SELECT COUNT(*) FROM outbox WHERE state = 'in_doubt'") == [(0,)]
    assert sending.ask("PRAGMA integrity_check") == [("ok",)]

    figure("sending_kills", sum(sending.kills.values()))
    figure("sending_kills_by_place", ", ".join(f"{name} {count}" for name, count in sending.kills.most_common()))
    figure("sending_faults", sum(faults.values()))
    figure("sending_faults_by_phase", ", ".join(f"{name} {count}" for name, count in faults.most_common()))
    figure("sending_letters", ", ".join(f"{state} {count}" for state, count in sorted(first.items())))
    figure("sending_stops_on_the_way", sending.ask("SELECT COUNT(*) FROM suppressions")[0][0])


def test_killed_at_each_step_of_a_run_of_letters(sending, dovecot, crashes, figure):
    """Each commit is about three letters; whichever statement, commit or word was the last, each of them is where its own step left it."""
    before = on_disk(dovecot)
    sending.is_good = True
    steps = [{"at": at, "sort": "", "inside": False} for at in range(1, RUN, 1 if crashes else 29)]
    steps += [{"at": at, "sort": "commit", "inside": inside} for at in range(1, 6) for inside in ((True, False) if crashes else (at < 3,))]
    for trap in steps:
        sending.minutes += 6
        sending.people_work()
        life = sending.births.begin(sending.company.home, sends=True, trap=trap, minutes=sending.minutes)
        assert life.wait(PATIENCE) == -9, (trap, (sending.company.home / "terminal.txt").read_text()[-3000:])
    assert sending.ask("SELECT COUNT(*) FROM events WHERE json_extract(body, '$.reason') = 'lease_over'")[0][0] > len(steps) // 4
    sending.work_off()
    check(sending, dovecot, before)
    # Where a word was lost, it was the word of the letter that was on the wire, and of no other.
    assert sending.ask("SELECT COUNT(*) FROM outbox WHERE state = 'in_doubt'")[0][0] <= len(steps)
    figure("sending_steps_killed", len(steps))
    figure("sending_steps_doubts", sending.ask("SELECT COUNT(*) FROM outbox WHERE state = 'in_doubt'")[0][0])


def check(sending: Sending, dovecot, before: Counter) -> None:
    """What must be true of every letter, whoever died and whatever broke."""
    rows = sending.ask("SELECT id, message_id, state, state_reason, recipient FROM outbox")
    sent = {message_id for _, message_id, state, *_ in rows if state == "sent"}
    # What Postfix took it delivers a moment later.
    arrived = wait_until(lambda: (found := on_disk(dovecot) - before) and sent <= set(found) and found, "what was taken is delivered")
    ours = {message_id: number for number, message_id, *_ in rows}
    for message_id, count in arrived.items():
        if message_id in ours:
            assert count == 1 or count == 2 and ours[message_id] in sending.released, f"letter {ours[message_id]} arrived {count} times"
    for number, message_id, state, reason, _ in rows:
        # None is lost: each is where a person or the next round finds it, and what counts as unsent was not sent.
        assert state in ("sent", "failed", "in_doubt", "drafted", "cancelled"), (number, state, reason)
        if state in ("failed", "drafted", "cancelled") and number not in sending.released:
            assert not arrived[message_id], f"letter {number} is {state} ({reason}) and arrived"
    # Nothing began to leave after its recipient's wish was written down: the journal has the order of the commits.
    late = sending.ask(
        "SELECT o.id FROM suppressions s JOIN events stop ON stop.type = 'AddressSuppressed'"
        " AND json_extract(stop.body, '$.suppression_id') = s.id JOIN outbox o ON o.recipient = s.email"
        " JOIN events move ON move.letter_id = o.id AND move.type = 'LetterMoved' AND json_extract(move.body, '$.verb') = 'transmit'"
        " WHERE move.id > stop.id"
    )
    assert late == []
    # Each attempt that handed over a text was written down before: no letter was transmitted twice without a clear answer between.
    for number, *_ in rows:
        moves = [verb for (verb,) in sending.ask(
            f"SELECT json_extract(body, '$.verb') FROM events WHERE letter_id = {number} AND type = 'LetterMoved' ORDER BY id"
        )]  # fmt: skip
        handed = [place for place, verb in enumerate(moves) if verb == "transmit"]
        for first, second in zip(handed, handed[1:], strict=False):
            assert {"defer", "release"} & set(moves[first:second]), (number, moves)


def test_the_line_tells_what_it_was(postfix, dovecot, user):
    """The means of the test itself: what the script says comes, and a good line changes nothing."""
    import smtplib

    from dovecot import PASSWORD

    script = {"rcpt": Act("say", b"451 4.3.0 later")}
    with SmtpLine(postfix.smtp, lambda moment: script.pop(moment.phase, None)) as line:
        client = smtplib.SMTP("127.0.0.1", line.port, timeout=PATIENCE)
        client.login(user, PASSWORD)
        message = Message()
        message["From"], message["To"], message["Message-ID"] = user, "x@many.example", f"<line-{time.time_ns()}@acme.example>"
        message.set_payload("text")
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail(user, ["x@many.example"], message.as_bytes())
        client.sendmail(user, ["x@many.example"], message.as_bytes())
        script["dot"] = Act("say", b"554 5.3.0 no")
        with pytest.raises(smtplib.SMTPDataError):
            client.sendmail(user, ["x@many.example"], message.as_bytes())
        # The line went on behind the client's back: the next letter goes by.
        client.sendmail(user, ["x@many.example"], message.as_bytes())
        script["dot"] = Act("drop")
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.sendmail(user, ["x@many.example"], message.as_bytes())
        assert line.acts == [("rcpt", "451"), ("dot", "554"), ("dot", "drop")] and line.letters == 5
    # Of five, the server has the second, the fourth and the last one, whose answer was dropped.
    wait_until(lambda: on_disk(dovecot)[message["Message-ID"][1:-1]] == 3, "the three are delivered")
