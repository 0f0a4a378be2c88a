"""When the next follow-up goes: the rule order of STANDARDS §8.5, in one function.

    earliest   the latest of: the day it was meant for, his last mail + 2 days, our last letter + a gap, a working day after his
               return, the day that he named
    forward    day by day, window by window, until nothing stands in its way, there or here, and the company has not had too much
    marks      the times within a window at which this letter may go: drawn once from its seed, so that planning it again, from
               any time before a mark, finds the same mark; never the minutes 0 and 30, at which machines write
    late       later than it was meant by more than ``late_days``: a person looks at it before it goes

Every time comes with its reason, and with what moved it.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from mailagent.core.deciding import clock as clocks
from mailagent.core.deciding import obstacles
from mailagent.core.deciding.clock import ONE_DAY, BuyerClock, at_wall, say
from mailagent.core.deciding.obstacles import Asked, Scene
from mailagent.core.model.calendar import Window
from mailagent.core.model.company import Sending
from mailagent.core.model.lead import Lead
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Policy

#: A calendar that leaves no day in so many is refused by ``mailagent check``.
MOST_DAYS = 400
#: Minutes at which machines write.
STIFF_MINUTES = (0, 30)
#: Where no mark of a narrow day fits, every so many minutes are tried.
FINE = timedelta(minutes=5)
#: "One a day" of the limits: a little less than a day, or each letter would come later than the one before.
A_DAY = timedelta(hours=20)
#: So many causes are named in a reason.
MOST_CAUSES = 4


class NoTimeLeft(ValueError):
    """The calendar leaves no day on which a letter may go."""


@dataclass(frozen=True)
class Wish:
    """When a follow-up is meant to go, and what it must keep a distance from.

    Attributes:
        at: the step before was done, and the wait is over.
        heard_at, sent_at: his last mail, our last letter to him.
        not_before: the day that he named, or a working day after his return.
        recent: unanswered follow-ups to his company in the last 30 days, sent or planned.
    """

    at: datetime
    heard_at: datetime | None = None
    sent_at: datetime | None = None
    not_before: datetime | None = None
    recent: tuple[datetime, ...] = ()
    asked: Asked = obstacles.ANYBODY


@dataclass(frozen=True)
class Slot:
    """A time to send, and why it is then.

    Attributes:
        reason: as "Tue 2026-04-28 09:24 Europe/Madrid; moved from Fri 2026-05-01: Labor Day (Fiesta del Trabajo) · weekend".
        moved_by: what stood in the way of the day it was meant for, in order.
        is_late: so much later than it was meant that a person should look at it again.
    """

    at: datetime
    reason: str
    moved_by: tuple[str, ...] = ()
    is_late: bool = False


def find(wish: Wish, clock: BuyerClock, policy: Policy, seed: object) -> Slot:
    """The first time at which a follow-up may go.

    Args:
        seed: what the marks are drawn from (the lead, its round and step); the same seed gives the same time when replanned.

    Raises:
        NoTimeLeft: the calendar leaves no day.
    """
    rules, earliest, causes = policy.calendar, wish.at, []
    for other, cause in (
        (wish.heard_at and wish.heard_at + timedelta(days=rules.after_inbound_days), "he wrote lately"),
        (wish.sent_at and wish.sent_at + timedelta(days=rules.min_gap_days), "our last letter is too near"),
        (wish.not_before, "not before the day that he named"),
    ):
        if other and other > earliest:
            earliest = other
            causes.append(cause)
    meant = max(wish.at, wish.not_before) if wish.not_before else wish.at
    scene = obstacles.scene_of(clock, policy, wish.asked)
    day = first = clock.local(earliest).date()
    while (day - first).days < MOST_DAYS:
        if shut := obstacles.of_day(day, scene):
            causes.append(shut.said)
            day += ONE_DAY
            continue
        at, why, earliest = _on_day(day, earliest, scene, wish.recent, seed)
        if at:
            return _slot(at, wish, meant, causes, clock, policy)
        causes.extend(why)
        # A limit may have moved it by days; else the next one is tried.
        day = max(day + ONE_DAY, clock.local(earliest).date())
    raise NoTimeLeft("calendar.toml leaves no day on which a letter may go")


def _on_day(
    day: date, earliest: datetime, scene: Scene, recent: tuple[datetime, ...], seed: object
) -> tuple[datetime | None, list[str], datetime]:
    """The first mark of a day that is free: its time, else None; what stood in the way; and the earliest time from then on."""
    windows, _ = obstacles.windows_of(day, scene)
    why: list[str] = []
    is_narrow = False
    for marks in (_marks, _fine_marks):
        for at in marks(day, windows, scene.clock, scene.policy, seed):
            # An hour that a spring night skips may have come out elsewhere: everything is asked again of the time itself.
            if (found := obstacles.find(at, scene)) is not None:
                # How narrow a day is must not depend on the hour from which it is looked at, or planning again finds another time.
                is_narrow |= found.code != "we_are_closed"
                if at >= earliest:
                    why.append(found.said)
                continue
            if at < earliest:
                continue
            room = frees_at(at, recent, scene.policy.sending)
            if room is None:
                return at, why, earliest
            earliest = max(earliest, room)
            why.append("follow_up_limit")
        if not is_narrow:
            break
    return None, why, earliest


def _marks(day: date, windows: Iterable[Window], clock: BuyerClock, policy: Policy, seed: object) -> Iterator[datetime]:
    """One time in each stretch of a window, as long as the jitter: the first is what the jitter of STANDARDS §8.7 is."""
    length = policy.calendar.jitter_minutes * 60
    for window in windows:
        dice = random.Random(f"{seed}:{day}:{window.start}")
        begin, end = _seconds(window.start), _seconds(window.end)
        while begin < end:
            mark = begin + dice.uniform(60, max(61, min(length, end - begin)))
            yield at_wall(day, _wall(min(_loosened(mark, dice), end)), clock)
            begin += length


def _fine_marks(day: date, windows: Iterable[Window], clock: BuyerClock, policy: Policy, seed: object) -> Iterator[datetime]:
    """Every few minutes of the windows, for days of which little is left."""
    for window in windows:
        dice = random.Random(f"{seed}:{day}:{window.start}:fine")
        mark, end = _seconds(window.start) + dice.uniform(60, FINE.total_seconds()), _seconds(window.end)
        while mark <= end:
            yield at_wall(day, _wall(min(_loosened(mark, dice), end)), clock)
            mark += FINE.total_seconds()


def _loosened(mark: float, dice: random.Random) -> int:
    """Off the full and the half hour."""
    seconds = int(mark)
    return seconds + 60 * dice.randint(1, 4) if seconds // 60 % 60 in STIFF_MINUTES else seconds


def _seconds(wall: time) -> int:
    return wall.hour * 3600 + wall.minute * 60 + wall.second


def _wall(seconds: int) -> time:
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60)


def frees_at(at: datetime, recent: Iterable[datetime], sending: Sending) -> datetime | None:
    """When a company may get its next unanswered follow-up, if not at this time already (DOMAIN §4); None if it may."""
    earlier = sorted(one for one in recent if one <= at)
    later = None
    for span, most in (
        (A_DAY, sending.follow_ups_per_day),
        (timedelta(days=7), sending.follow_ups_per_7_days),
        (timedelta(days=30), sending.follow_ups_per_30_days),
    ):
        within = [one for one in earlier if one > at - span]
        if not most:
            later = max(later or at, at + span)
        elif len(within) >= most:
            later = max(later or at, within[-most] + span + timedelta(seconds=1))
    return later


def _slot(at: datetime, wish: Wish, meant: datetime, causes: list[str], clock: BuyerClock, policy: Policy) -> Slot:
    said = say(at, clock)
    moved_by = tuple(dict.fromkeys(cause for cause in causes if cause))
    is_late = at - meant > timedelta(days=policy.calendar.late_days)
    if moved_by and clock.local(wish.at).date() != clock.local(at).date():
        shown = " · ".join(moved_by[:MOST_CAUSES])
        said = f"{said}; moved from {clock.local(wish.at):%a %Y-%m-%d}: {shown}"
    return Slot(at, said, moved_by, is_late)


def next_slot(earliest: datetime, clock: BuyerClock, policy: Policy, seed: object, contact: str = "", quiet_days: bool = True) -> Slot:
    """The first allowed time for a follow-up at or after ``earliest``, whatever was sent before."""
    return find(Wish(earliest, asked=Asked(contact, quiet_days)), clock, policy, seed)


def quiet_day_before(slot: Slot, wish: Wish, clock: BuyerClock, policy: Policy, seed: object) -> datetime | None:
    """The time on a day for calls that a follow-up would have had, if only the first and last working day were free; else None."""
    if "first_or_last_working_day" not in slot.moved_by:
        return None
    freed = Wish(wish.at, wish.heard_at, wish.sent_at, wish.not_before, wish.recent, Asked(wish.asked.contact, quiet_days=False))
    earlier = find(freed, clock, policy, seed).at
    return earlier if earlier < slot.at and clock.is_first_or_last_day(clock.local(earlier).date()) else None


def leaving_time(letter: Letter, lead: Lead | None, policy: Policy, now: datetime) -> datetime:
    """When a letter leaves if it is approved now: an answer at once, a follow-up in the buyer's hours."""
    at = max(now, letter.planned_at)
    if letter.basis != "follow_up" or lead is None:
        return at
    buyer = clocks.clock_of(lead, policy)
    asked = Asked(letter.recipient, not goes_on_quiet_days(letter, lead, policy))
    if obstacles.find(at, obstacles.scene_of(buyer, policy, asked)):
        try:
            return find(Wish(at, asked=asked), buyer, policy, letter.ulid).at
        except NoTimeLeft:
            # What the calendar forbids is asked again when it is claimed; it goes back to a person then, who hears why.
            return at
    return at


def goes_on_quiet_days(letter: Letter, lead: Lead, policy: Policy) -> bool:
    """Whether a letter is exempt from the rule of the first and last working day (DOMAIN §4), by its step or by what it is about."""
    return letter.any_day or sends_on_quiet_days(lead.cadence, letter.step, policy)


def sends_on_quiet_days(cadence: str, step: str, policy: Policy) -> bool:
    """Whether a step of a cadence may go on the first and last working day as well."""
    steps = policy.cadences.get(cadence)
    position = steps.index(step) if steps else -1
    return position >= 0 and steps.step[position].on_quiet_day == "send"
