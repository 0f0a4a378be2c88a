"""Killed at every step between the server and the record: the next life makes of it what an undisturbed one would have made."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from inspection import inspect, left_over, on_server, understanding
from patience import PATIENCE
from post import arrive, bounce, broken, inquiry, inquiry_in_gbk, inquiry_without_id, large_inquiry, newsletter

pytestmark = pytest.mark.wire

#: So many steps of the rare sorts the short form takes, and half as many of the others.
FEW = 12
RARE = ("file", "reader", "say")


@pytest.fixture
def mailbox(dovecot, user, make_company):
    """A company, and a mailbox in which every sort of mail lies."""
    company = make_company(user)
    mails = [inquiry("anna@kowalski.example", user), inquiry_in_gbk("wang@trade.example", user)]
    mails += [inquiry_without_id("noid@firm.example", user), mails[0]]
    mails += [large_inquiry("lara@big.example", user, 1_200_000), newsletter(1, user), bounce(1, user), broken(1, user)]
    arrive(dovecot, user, *mails, inquiry("anna@kowalski.example", user, "second@kowalski.example", "One more question"))
    return company


@pytest.mark.parametrize("second_reader", [False, True], ids=["one_process", "two_processes"])
def test_killed_at_a_step_and_begun_again(dovecot, user, mailbox, nursery, copy_of, crashes, figure, second_reader):
    there = on_server(dovecot, user)
    births = nursery(mailbox.home)
    how = {"many": 1 if second_reader else 300, "forked": not second_reader}

    undisturbed = copy_of(mailbox.home, "undisturbed")
    life = births.begin(undisturbed, trap={"notes": str(undisturbed / "steps.txt")}, **how)
    assert life.wait(PATIENCE) == 0, (undisturbed / "terminal.txt").read_text()
    counted = inspect(undisturbed, there)
    assert counted["leads"] == 5 and counted["sources"] == len(there) - 1
    wanted = understanding(undisturbed)
    steps = (undisturbed / "steps.txt").read_text().splitlines()

    if crashes:
        # With a second reader that is begun from nothing each time a kill costs seconds: every tenth step will do.
        chosen = range(1, len(steps) + 1, 10 if second_reader else 1)
    else:
        chosen = sample(steps, random.Random(len(steps)), FEW // 4 if second_reader else FEW)
    hit = Counter()
    for number in chosen:
        home = copy_of(mailbox.home, "killed")
        life = births.begin(home, trap={"at": number, "notes": str(home / "steps.txt")}, **how)
        code = life.wait(PATIENCE)
        taken = (home / "steps.txt").read_text().splitlines()
        if code == 0 and len(taken) < number:
            # The server's words come in more or fewer pieces each time: this life was over before the step.
            continue
        assert code == -9, f"step {number} of {len(steps)}: {(home / 'terminal.txt').read_text()}"
        last = taken[-1]
        hit[last] += 1
        # Ten minutes later, so that the waits after a try are over.
        life = births.begin(home, minutes=10, **how)
        assert life.wait(PATIENCE) == 0, f"after {last}: {(home / 'terminal.txt').read_text()}"
        assert inspect(home, there) == counted, f"after a kill at step {number}: {last}"
        assert understanding(home) == wanted, f"after a kill at step {number}: {last}"
        assert left_over(home) == []
    assert sum(hit.values()) > len(chosen) // 2
    # Nobody has touched the mailbox.
    assert on_server(dovecot, user) == there
    name = "two_processes" if second_reader else "one_process"
    figure(f"steps_killed_at_{name}", f"{sum(hit.values())} of {len(steps)}")


def sample(steps: list[str], chance: random.Random, few: int) -> list[int]:
    """Some steps of all: each rare one once by its name, and others by chance."""
    named = {}
    for number, step in enumerate(steps, 1):
        if step.startswith(RARE):
            named.setdefault(step, number)
    named = sorted(named.values())
    rest = chance.sample([n for n in range(1, len(steps) + 1) if n not in named], few // 2)
    return sorted({*chance.sample(named, min(len(named), few)), *rest})
