"""Answers about texts that come again, kept for a while.

Theory. The mails of one mailbox repeat themselves: the same people sign in the same way, a thread carries its earlier mails along, and
a form letter comes a hundred times. What is a function of a text alone need not be worked out again. Nothing that depends on
anything else may be kept here; what depends on the rules as well is kept by whoever was made of these rules.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """The answers that were asked for lately.

    There are two generations: what is asked for moves to the young one; when that is full, it becomes the old one, and what the old
    one held is forgotten. So there are never more than twice ``most`` answers, and no step is longer than a few look-ups. Two
    threads that use it at the same time may at worst forget an answer.

    Args:
        most: so many answers are in a generation.
    """

    __slots__ = ("_most", "_old", "_young")

    def __init__(self, most: int) -> None:
        self._most = most
        self._young: dict[Key, Value] = {}
        self._old: dict[Key, Value] = {}

    def get(self, key: Key) -> Value | None:
        """The answer that was kept for a key; None if there is none."""
        found = self._young.get(key)
        if found is None:
            found = self._old.get(key)
            if found is not None:
                self._young[key] = found
        return found

    def keep(self, key: Key, value: Value) -> Value:
        """Keep an answer, which must not be None; returns it."""
        young = self._young
        if len(young) >= self._most:
            self._old, self._young = young, {}
            young = self._young
        young[key] = value
        return value

    def __len__(self) -> int:
        return len(self._young) + len(self._old)


class Remembered(dict[Key, Value]):
    """The answers of one function, each question asked once; all are forgotten when there are too many.

    Quicker than ``Kept`` where the answer is needed for each word of a text, because a look-up is one step of a dictionary.

    Args:
        answer: the function.
        most: so many answers are remembered.
    """

    __slots__ = ("_answer", "_most")

    def __init__(self, answer: Callable[[Key], Value], most: int) -> None:
        super().__init__()
        self._answer, self._most = answer, most

    def __missing__(self, question: Key) -> Value:
        if len(self) >= self._most:
            self.clear()
        self[question] = answer = self._answer(question)
        return answer
