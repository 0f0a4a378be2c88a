"""The sentences that the core and the jobs write down (why now, what to do, what to look at), in the reader's language.

Theory. The core knows no interface language: a reason is written once, in English, and is kept so in the ledger, where
it must still be readable in ten years. Where a person reads it, ``told`` finds the pattern that the sentence was made
from and says it in his language, with the same names and numbers in it. A sentence without a pattern is shown as it is.
The sentences themselves stand beside this file: ``rhythm.py``, ``work.py``, ``refusals.py``, ``breakdowns.py``.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache

from mailagent.errors import Problem
from mailagent.i18n import N_, _, language
from mailagent.resources import shipped
from mailagent.speech import breakdowns, mistakes, refusals, rhythm, work

#: What stands in these gaps is a code or a sentence itself, and is said in the reader's language too.
SPOKEN = ("waited", "causes", "reason", "state", "error", "text", "since", "slot", "where", "why", "purpose", "hint", "channel", "country")
#: Gaps that are numbers, and gaps that are one clause: what stands behind a semicolon belongs to the sentence around them, not to them.
NUMBERS = ("days", "hours", "number", "count", "seconds")
CLAUSES = ("waited", "since")
#: Longer than any sentence of ours: a server's talk, which is shown as it is.
MAX_SENTENCE = 1500
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


#: Every sentence that ``core/``, ``jobs/``, the daemon and the ledger build for people. ``{x}`` stands for what differs.
SAYINGS = (*rhythm.SAYINGS, *work.SAYINGS, *refusals.SAYINGS, *breakdowns.SAYINGS)
#: Whatever else a mailbox could not do: who it was, and a sentence that is told by itself.
ABOUT_A_MAILBOX = N_("{where}: {error}")
_ABOUT_A_MAILBOX = re.compile(r"(?P<where>mailbox [^\s:]{1,100}(?: \([^\s()]{1,300}\))?): (?P<error>.+)", re.DOTALL)
#: The same of a server: "smtp.acme.example:465: nothing listens there".
_ABOUT_A_SERVER = re.compile(r"(?P<where>[\w.\-\[\]:]{1,255}:\d{1,5}): (?P<error>.+)", re.DOTALL)

#: A mistake in a file of the company's: "mailagent.toml: mailbox.sales.oauth_client_id: is missing; …".
_ABOUT_A_FILE = re.compile(r"(?P<file>\w{1,40}\.toml|\.env): (?:(?P<key>[\w.\[\]-]{1,120}): )?(?P<message>.+)", re.DOTALL)


def told(sentence: str) -> str:
    """A sentence of the ledger in the reader's language."""
    exact = _(sentence)
    if exact != sentence or len(sentence) > MAX_SENTENCE:
        return exact
    for saying, pattern in _patterns():
        found = pattern.fullmatch(sentence)
        if found:
            return _(saying).format(**{gap: spoken(gap, said) if gap in SPOKEN else said for gap, said in found.groupdict().items()})
    if found := _ABOUT_A_MAILBOX.fullmatch(sentence):
        return _(ABOUT_A_MAILBOX).format(where=spoken("where", found["where"]), error=told(found["error"]))
    if (found := _ABOUT_A_SERVER.fullmatch(sentence)) and (error := told(found["error"])) != found["error"]:
        return _(ABOUT_A_MAILBOX).format(where=found["where"], error=error)
    if found := _ABOUT_A_FILE.fullmatch(sentence):
        return mistakes.say(Problem(found["file"], found["key"] or "", found["message"]))
    return sentence


def spoken(gap: str, said: str) -> str:
    """What fills a gap: a time with the day's name, a code, or another sentence of ours."""
    # Reasons and states are tables of codes that need ``told`` themselves.
    from mailagent.speech import place, words

    if gap == "country":
        return place.country(said)
    if gap == "where":
        return " ".join((_("mailbox"), said.removeprefix("mailbox "))) if said.startswith("mailbox ") else said
    if gap == "hint":
        return _hints().get(said, {}).get(language(), said)
    if gap in ("why", "purpose"):
        return told(said)
    if gap == "channel":
        return words.channel(said)
    if gap == "state":
        return told(said.replace("_", " "))
    if gap == "causes":
        return " · ".join(_cause(one) for one in said.split(" · "))
    if gap == "slot" and "; " in said:
        return told(said)
    if said[:3] in WEEKDAYS and said[3:5] == " 2":
        return f"{words.weekday(WEEKDAYS.index(said[:3]))}{said[3:]}"
    return words.reason(said) if re.fullmatch(r"[a-z_]{1,40}(?::[a-z_]{1,40})?", said) else told(said)


def _cause(said: str) -> str:
    """What moved a letter: a code, a sentence of ours, a blackout of the shipped calendar, or the name of a holiday as it is."""
    return _blackouts().get(said, {}).get(language()) or spoken("reason", said)


@lru_cache(maxsize=1)
def _blackouts() -> dict[str, dict[str, str]]:
    """What ``calendar.toml`` says of its blackouts, by the English words, which the ledger keeps."""
    rows = tomllib.loads((shipped("config") / "calendar.toml").read_text(encoding="utf-8")).get("blackout", ())
    return {row["why"]["en"]: row["why"] for row in rows if isinstance(row.get("why"), dict) and "en" in row["why"]}


@lru_cache(maxsize=1)
def _hints() -> dict[str, dict[str, str]]:
    """What ``providers.toml`` advises when a login is refused, by its English words: these are what the ledger keeps."""
    rows = tomllib.loads((shipped("config") / "providers.toml").read_text(encoding="utf-8")).values()
    return {row["hint"]["en"]: row["hint"] for row in rows if isinstance(row, dict) and "en" in row.get("hint", {})}


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern], ...]:
    """Each saying with gaps, as a pattern: those that begin with a word of ours first, and of them those with more."""
    gapped = sorted(
        (saying for saying in SAYINGS if "{" in saying),
        key=lambda saying: (saying.startswith("{"), -len(re.sub(r"\{\w+\}", "", saying))),
    )
    made = []
    for saying in gapped:
        pieces = re.split(r"\{(\w+)\}", saying)
        # What stands at the end may be a whole sentence of a server with ours around it.
        most = ["1,400"] * (len(pieces) - 2) + [f"1,{MAX_SENTENCE}" if not pieces[-1] else "1,400", ""]
        filled = (_gap(piece, most[number]) if number % 2 else re.escape(piece) for number, piece in enumerate(pieces))
        made.append((saying, re.compile("".join(filled), re.DOTALL)))
    return tuple(made)


def _gap(name: str, most: str) -> str:
    """What may stand in a gap, as little as will do."""
    if name in NUMBERS:
        return rf"(?P<{name}>\d[\d.,]{{0,15}})"
    return rf"(?P<{name}>{'[^;]' if name in CLAUSES else '.'}{{{most}}}?)"
