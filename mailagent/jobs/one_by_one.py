"""One after another, where whoever breaks us takes nobody with him."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from mailagent.errors import LedgerError

log = logging.getLogger(__name__)


def one_by_one(numbers: Iterable[int], do: Callable[[int], int], gave_up: Callable[[int, Exception], None], what: str) -> int:
    """Do something for each number; how much was done.

    Args:
        do: for one number; what it began is undone if it breaks.
        gave_up: told about the one that broke us, so that a person hears of it and it is not tried at every tick.
        what: for the log: what the number is of, as "letter_wanted".

    Raises:
        LedgerError: the ledger cannot be used; then it is nobody's fault, and nothing was given up.
    """
    done = 0
    for number in numbers:
        try:
            done += do(number)
        except LedgerError:
            raise
        except Exception as error:
            log.exception("%s %d broke us; the others go on", what, number)
            gave_up(number, error)
    return done


def fault(error: Exception) -> str:
    """An error that nobody foresaw, for a task's title: its kind, and where to read more; its own words may be anything."""
    return f"an unforeseen fault ({type(error).__name__}); the log says more"
