"""kill -9, again and again, while mail keeps coming: afterwards every mail of the server is in the ledger once, and was answered once."""

from __future__ import annotations

import hashlib
import os
import random
import re
import signal
import time
from collections import Counter
from contextlib import suppress

import pytest
from company import wait_until
from inspection import inspect, on_server, waiting
from patience import PATIENCE
from post import arrive, handful, inquiry

from mailagent.ledger.inbox import ENDED_THE_PROCESS, MAX_TRIES

pytestmark = pytest.mark.wire

#: Kills of the short form.
FEW = 24
#: Every so many lives one begins from nothing, as ``python -m mailagent run``; the others are born loaded.
REAL_EVERY = 12
SORTS = ("", "", "sql", "commit", "commit", "hear", "say", "file", "reader")
WHOM = ("group", "group", "self", "reader")
#: Longest life, seconds.
LONGEST = 1.3


def test_killed_again_and_again_while_mail_keeps_coming(dovecot, user, make_company, nursery, crashes, figure):
    company = make_company(user, poll_seconds=5)
    births = nursery(company.home)
    chance = random.Random(20261122)
    kills, begun, sent = Counter(), 0, []
    minutes = 0.0
    while sum(kills.values()) < (crashes or FEW):
        mails = handful(begun, user)
        sent += mails
        cut = chance.randint(0, len(mails))
        arrive(dovecot, user, *mails[:cut])
        if begun % 9 == 4:
            # A colleague writes to a buyer: a copy in Sent.
            copy = inquiry(user, f"buyer{begun}@elsewhere.example", f"ours{begun}@acme.example")
            arrive(dovecot, user, copy, folder="Sent Items")
        # Now and then some time goes by, so that what waits for another try is tried.
        minutes += 3 * (begun % 4 == 3)
        kills += live_and_die(company, births, chance, begun, minutes, lambda rest=mails[cut:]: arrive(dovecot, user, *rest))
        begun += 1

    there = on_server(dovecot, user)
    minutes += 10
    catch_up(company, births, minutes, there)
    # A mail over which the process or the second reader was killed three times is no worse than the others, but who should know?
    # It is set aside with its reason, and a person has it read once more.
    suspects = company.ask("SELECT error FROM inbound WHERE state = 'quarantined'")
    assert all(error == ENDED_THE_PROCESS or "the reading process ended" in error for (error,) in suspects), suspects
    if suspects:
        assert run(births, company.home, minutes, "quarantine", "retry") == 0
        catch_up(company, births, minutes + 10, there)

    counted = inspect(company.home, there)
    buyers = {sender(raw) for raw in sent if re.search(rb"\r\nSubject: (Inquiry|=\?x\?|\xd1\xaf\xbc\xdb)", raw)}
    leads = Counter(email for (email,) in company.ask("SELECT c.email FROM leads l JOIN contacts c ON c.id = l.contact_id"))
    assert {email for email in leads if email} == buyers and set(leads.values()) == {1}
    drafts = Counter(email for (email,) in company.ask("SELECT recipient FROM outbox WHERE state = 'drafted'"))
    assert set(drafts.values()) == {1}
    # The programme itself says so, and nobody has touched the mailbox.
    assert run(births, company.home, minutes, "reconcile") == 0
    told = re.findall(r"([\d,]+) on the server, ([\d,]+) accounted for, (\d+) missing", (company.home / "terminal.txt").read_text())
    assert [int(number.replace(",", "")) for _, number, _ in told[-2:]] == [
        sum(folder == name for folder, _ in there) for name in ("INBOX", "Sent Items")
    ]
    assert {missing for _, _, missing in told} == {"0"}
    assert on_server(dovecot, user) == there and {flags for _, flags in there.values()} == {""}
    log = (company.home / "log" / "mailagent.log").read_text()
    assert "Traceback" not in (company.home / "terminal.txt").read_text()
    assert "broke us" not in log and "UNIQUE constraint" not in log

    for name, number in {"kills": sum(kills.values()), **kills, **counted, "set_aside_and_read_again": len(suspects)}.items():
        figure(name, number)


def test_a_mail_that_kills_whoever_decides_about_it_takes_nobody_with_it(dovecot, user, make_company, nursery):
    """Its neighbours were in hand when the process died, each time; they are not set aside with it."""
    company = make_company(user)
    births = nursery(company.home)
    deadly = inquiry("deadly@odd.example", user, subject="Inquiry that kills")
    arrive(dovecot, user, inquiry("first@good.example", user), deadly, *(inquiry(f"buyer{n}@good{n}.example", user) for n in range(6)))
    ends = []
    # The service begins again at once, and then after a while.
    while not ends or (waiting(company) and len(ends) < 12):
        ends.append(births.begin(company.home, minutes=5 * (len(ends) // 2), forked=True, poison="that kills").wait(PATIENCE))
    assert Counter(ends).keys() == {0, -signal.SIGKILL}, (company.home / "terminal.txt").read_text()
    assert ends.count(-signal.SIGKILL) == MAX_TRIES
    assert inspect(company.home, on_server(dovecot, user), poison=frozenset([hashlib.sha256(deadly).hexdigest()]))["quarantined"] == 1
    assert company.ask("SELECT sender_email, error FROM inbound WHERE state = 'quarantined'") == [("", ENDED_THE_PROCESS)]


def live_and_die(company, births, chance: random.Random, number: int, minutes: float, meanwhile) -> Counter:
    """One life and its end; how it was killed, by name."""
    if number % REAL_EVERY == REAL_EVERY - 1:
        with company.daemon(start_new_session=True) as running:
            meanwhile()
            time.sleep(chance.uniform(0.7, 3 * LONGEST))
            assert running.process.poll() is None, running.said
            os.killpg(running.process.pid, signal.SIGKILL)
            running.process.wait(PATIENCE)
        return Counter({"kills_of_a_process_begun_from_nothing": 1})
    by_step = chance.random() < 0.6
    sort, whom = chance.choice(SORTS), chance.choice(WHOM)
    trap = {"at": int(1 + chance.expovariate(1 / (15 if sort else 200))), "sort": sort, "whom": whom, "inside": chance.random() < 0.3}
    how = {"minutes": minutes, "many": chance.choice((1, 5, 300))} | ({"trap": trap} if by_step else {})
    life = births.begin(company.home, "run", "--no-desk", **how)
    time.sleep(chance.uniform(0, LONGEST / 4))
    meanwhile()
    ends = time.monotonic() + chance.uniform(0.05, LONGEST)
    killed = Counter()
    if by_step:
        code = life.wait(max(0.0, ends - time.monotonic()))
        if code is not None:
            assert code == -signal.SIGKILL, (company.home / "terminal.txt").read_text()[-3000:]
            return Counter({"kills_at_a_step": 1})
    else:
        time.sleep(max(0.0, ends - time.monotonic()))
        if whom == "reader" and (readers := life.readers()):
            with suppress(ProcessLookupError):
                os.kill(readers[0], signal.SIGKILL)
                killed["kills_of_the_second_reader_alone"] += 1
            time.sleep(chance.uniform(0, LONGEST / 2))
        assert life.wait() is None, (company.home / "terminal.txt").read_text()[-3000:]
    if whom == "self":
        life.kill_parent()
        killed["kills_of_the_parent_alone"] += 1
    else:
        life.kill()
        killed["kills_at_any_moment"] += 1
    return killed


def catch_up(company, births, minutes: float, there: dict) -> None:
    """One undisturbed life: whatever is on the server is read and thought about, and then the daemon ends as it is told to."""
    life = births.begin(company.home, "run", "--no-desk", minutes=minutes)

    def is_done() -> bool:
        assert life.wait() is None, (company.home / "terminal.txt").read_text()[-3000:]
        [(known,)] = company.ask("SELECT COUNT(*) FROM locations") or [(0,)]
        return known >= len(there) and not waiting(company)

    wait_until(is_done, "everything is read")
    assert life.end() == 0


def run(births, home, minutes: float, *command: str) -> int:
    code = births.begin(home, *command, minutes=minutes).wait(PATIENCE)
    assert code is not None
    return code


def sender(raw: bytes) -> str:
    return re.search(rb"From: .*?<(.+?)>", raw)[1].decode()
