"""What is ahead, worked out beside the desk: a thread of its own walks the leads, the pages show what it has found and when.

Theory. Looking ahead takes a moment for each lead, and a page must not wait for it. One thread at a time works for the whole house, of
a large house for the leads whose next step comes first; everybody sees his part of the one result, for the letters of all share the same
limits. A result is kept as small rows, and worked out anew when somebody looks at an old one or asks for it.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailagent.core.deciding.foresight import Simulation
from mailagent.errors import MailagentError
from mailagent.i18n import N_

log = logging.getLogger(__name__)

#: So many leads of a large house, and so far ahead.
MOST_LEADS, DAYS = 2_000, 90
#: Older results are worked out anew when somebody looks at them.
FRESH = timedelta(minutes=10)
#: A small house is done before the page is; seconds.
PATIENCE = 1.5

BROKE = N_("It could not be worked out; the log says why.")

Tell = Callable[[int, int], None]
Foresee = Callable[[int, int, Tell], Simulation]


@dataclass(frozen=True, slots=True)
class Coming:
    """One thing that would happen; of its lead only what a table shows.

    Attributes:
        zone: of the buyer; what: the step of ``cadence``, the kind of a task, or the reason of an end.
    """

    at: datetime
    zone: str
    kind: str
    what: str
    cadence: str
    lead_id: int
    tier: int | None
    buyer: str
    country: str
    owner: str
    reason: str
    is_late: bool


@dataclass(frozen=True)
class Result:
    """What is ahead of the house, as it looked at ``found_at``; ``leads`` were looked at ``of`` so many open ones."""

    found_at: datetime
    end: datetime
    rows: tuple[Coming, ...]
    silent: tuple[tuple[str, int], ...]
    leads: int
    of: int


class Outlook:
    """The one result, and the thread that makes it.

    Args:
        foresee: (days, most leads, tell) → what is ahead; called in a thread of its own.
        now: the clock, UTC and aware.
        done: called in that thread at its end, to close what it opened.
    """

    def __init__(self, foresee: Foresee, now: Callable[[], datetime], done: Callable[[], None]):
        self._foresee, self._now, self._done = foresee, now, done
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._works = False
        self.result: Result | None = None
        self.progress: tuple[int, int] = (0, 0)
        self.trouble = ""

    @property
    def is_working(self) -> bool:
        return self._works

    def look(self) -> Result | None:
        """The result, begun anew if there is none or it is old; None while the first one is still worked out."""
        if self.result is None or self._now() - self.result.found_at > FRESH:
            self.begin()
        if self.result is None:
            self._ended.wait(PATIENCE)
        return self.result

    def begin(self) -> None:
        """Work it out anew, unless somebody does so already; returns at once."""
        with self._lock:
            if self._works:
                return
            self._works, self.progress = True, (0, 0)
            self._ended.clear()
        threading.Thread(target=self._work, name="outlook", daemon=True).start()

    def _work(self) -> None:
        try:
            at = self._now()
            found = self._foresee(DAYS, MOST_LEADS, self._tell)
            self.result, self.trouble = small(found, at), ""
        except MailagentError as error:
            self.trouble = str(error)
        except Exception:
            log.exception("looking ahead for the desk failed")
            self.trouble = BROKE
        finally:
            self._done()
            self._works = False
            self._ended.set()

    def _tell(self, done: int, total: int) -> None:
        self.progress = done, total


def small(found: Simulation, at: datetime) -> Result:
    """What the pages show of it."""
    rows = tuple(
        Coming(
            one.at, one.buyer.zone, one.kind, one.what, one.lead.cadence, one.lead.id, one.lead.tier,
            ", ".join(part for part in (one.lead.contact_name or one.lead.email, one.lead.company_name) if part),
            one.lead.country, one.lead.owner, one.reason, one.is_late,
        )
        for one in found.happens
    )  # fmt: skip
    silent = tuple(Counter(found.silent).most_common())
    return Result(at, found.end, rows, silent, found.leads, found.of)
