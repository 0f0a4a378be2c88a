"""A changed rhythm → planned times. When cadences or calendar change, every follow-up that is planned gets its time anew.

What waits for a person, rests, or is a task stays as it is. It is done in batches, each one commit together with how far it has come,
so that it goes on where it was ended, and a step that moved has moved once. Meanwhile nothing leaves at a wrong hour: a letter's
time is asked again when it is claimed.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from mailagent.core.deciding import cadence
from mailagent.core.model.policy import Policy
from mailagent.ledger import journal, replanning, timing
from mailagent.office import Office

log = logging.getLogger(__name__)

#: So many leads are planned anew in one commit; meanwhile nobody else can write.
BATCH = 200


@dataclass
class Replanned:
    """How far it came.

    Attributes:
        looked_at, moved: planned steps that were planned anew, and those of them whose time is another one now.
        is_done: nothing is left.
    """

    looked_at: int = 0
    moved: int = 0
    is_done: bool = False


def rhythm_of(policy: Policy) -> str:
    """What the times of follow-ups are made of, as a short text that is another one when something of it changes."""
    sending = policy.sending
    rules = {
        "cadences": {name: one.model_dump(mode="json") for name, one in policy.cadences.items()},
        "calendar": policy.calendar.model_dump(mode="json"),
        "limits": [sending.follow_ups_per_day, sending.follow_ups_per_7_days, sending.follow_ups_per_30_days],
    }
    return sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()[:24]


def keep_to_rhythm(office: Office, stop: Callable[[], bool] = lambda: False) -> Replanned:
    """Plan anew if the rhythm is another one than that under which all was planned; go on with what was begun.

    A ledger that has never heard of a rhythm is taken to stand under the present one.
    """
    rhythm = rhythm_of(office.policy)
    with office.ledger.reading() as db:
        before = replanning.planned_under(db)
    if before == rhythm:
        return Replanned(is_done=True)
    if not before:
        with office.ledger.transaction() as db:
            replanning.finish(db, rhythm, office.now())
        return Replanned(is_done=True)
    return replan(office, stop)


def replan(
    office: Office, stop: Callable[[], bool] = lambda: False, saw: Callable[[int, int], None] = lambda done, total: None
) -> Replanned:
    """Give every planned follow-up its time under the present rhythm.

    Args:
        stop: asked between batches; the next call goes on from there.
        saw: told up to which lead it came, and which is the last one.
    """
    rhythm, done = rhythm_of(office.policy), Replanned()
    with office.ledger.transaction() as db:
        begun, last = replanning.reached(db, rhythm), replanning.newest_lead(db)
        if begun is None:
            replanning.note(db, rhythm, 0, office.now())
    log.info("the rhythm was changed: follow-ups are planned anew%s", f" from lead {begun + 1} on" if begun else "")
    while not done.is_done and not stop():
        saw(_next_batch(office, rhythm, last, done), last)
    if done.is_done:
        log.info("follow-ups were planned anew: %d looked at, %d moved", done.looked_at, done.moved)
    return done


def _next_batch(office: Office, rhythm: str, last: int, done: Replanned) -> int:
    """The next few leads, in one commit; up to which lead it came."""
    now = office.now()
    with office.ledger.transaction() as db:
        # Asked inside: another process may be at it as well, and have ended it.
        reached = replanning.reached(db, rhythm)
        if reached is None:
            done.is_done = True
            return last
        found = replanning.planned_after(db, reached, BATCH)
        for lead in found:
            try:
                event = cadence.replan(lead, office.policy, timing.recent_follow_ups(db, lead.company_id, now, lead.id))
            except Exception:  # one that breaks us keeps its time, and the others go on
                log.exception("lead %d cannot be planned anew", lead.id)
                continue
            if event is not None:
                journal.record(db, [event], now=now)
                done.moved += 1
        done.looked_at += len(found)
        if len(found) < BATCH:
            replanning.finish(db, rhythm, now)
            done.is_done = True
            return last
        replanning.note(db, rhythm, found[-1].id, now)
        return found[-1].id
