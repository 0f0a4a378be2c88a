"""How well predictions agree with labels: the figures that ``mailagent evaluate`` prints where a ``labels.jsonl`` lies.

*Strict* compares with the first label. *Lenient* also accepts the ``…_alt`` labels, which stand where two experienced salespeople
could differ. A mail whose label says that either answer is right is left out of that figure. Precision says how many of the
answers "yes" were right, recall how many of the cases were found, F1 is their harmonic mean; a macro F1 is the plain mean over the
classes that occur, a micro F1 counts all answers together. A label that is not given measures nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mailagent.errors import BadFile
from mailagent.i18n import _

Line = Mapping[str, object]
Pair = tuple[Line, Line]

TIERS = (1, 2, 3, 4)
#: The sixteen intents that the trade asks about first; only these enter the main figure.
CORE_INTENTS = (
    "asks_price", "asks_sample", "asks_catalog", "price_objection", "existing_supplier", "market_research", "places_order",
    "confirms_sample_order", "payment_or_LC", "delivery_question", "not_now_contact_later", "not_interested", "unsubscribe",
    "visit_factory", "complaint", "tech_question",
)  # fmt: skip
#: Nobody follows these up, so they say nothing about stopping.
NO_CADENCE = ("spam_solicitation", "newsletter", "internal")
FLAGGED = ("suspicious", "likely")
#: Fields with one answer each, and those that may be written in several ways.
SINGLES = ("automatic", "return_date", "unsubscribe_mode", "urgency", "buyer_type", "show_class", "cadence_action")
SPELT = ("incoterm", "port", "country", "forwarded_from")


@dataclass
class Figure:
    """One figure: how often the answer was right.

    Attributes:
        of: how many mails (or answers) it rests on.
        wrong: file, what is right, and what was said; for a look at each mistake.
    """

    name: str
    value: float
    of: int
    detail: str = ""
    wrong: list[tuple[str, object, object]] = field(default_factory=list)


def load_labels(path: Path) -> list[dict]:
    """The labels of a folder of mails, one JSON object with ``file`` a line.

    Raises:
        BadFile: a line that is none, with its number.
    """
    labels = []
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(_("{path} cannot be read: {error}").format(path=path, error=error)) from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            label = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BadFile(_("{path}, line {number} is no JSON: {error}").format(path=path, number=number, error=error)) from None
        if not isinstance(label, dict) or not isinstance(label.get("file"), str):
            message = _('{path}, line {number}: a label is an object with at least "file" and what is right for it.')
            raise BadFile(message.format(path=path, number=number))
        labels.append(label)
    return labels


def figures(labels: Sequence[Line], predictions: Iterable[Line]) -> list[Figure]:
    """All figures that these labels allow; a mail without a prediction counts as wrong everywhere."""
    said = {name: line for line in predictions for name in (str(line["file"]), str(line["file"]).rpartition("/")[2])}
    rows = [(gold, said.get(str(gold["file"]), {})) for gold in labels]
    return [one for one in _all(rows) if one.of]


def _all(rows: list[Pair]) -> Iterator[Figure]:
    kinds = _with(rows, "kind")
    yield _accuracy("kind", kinds, "kind", "kind_alt")
    graded = [(gold, said) for gold, said in rows if gold.get("tier") in TIERS]
    yield _accuracy("tier", graded, "tier", "tier_alt")
    yield _macro("tier, macro F1", graded)
    yield _binary("unsubscribe", _with(rows, "unsubscribe"), "unsubscribe", lambda gold: bool(gold.get("unsubscribe_either_ok")))
    yield _doubt("fraud or phishing", rows, ("fraud", "phishing"))
    yield _doubt("fraud", rows, ("fraud",))
    yield _doubt("phishing", rows, ("phishing",))
    yield _intents("intents, micro F1", _with(rows, "intents"))
    yield _accuracy("language", _with(rows, "language"), "language", "language_alt")
    followed = [(gold, said) for gold, said in _with(rows, "should_stop_cadence") if gold.get("kind") not in NO_CADENCE]
    yield _binary("stop", followed, "stop", lambda gold: bool(gold.get("stop_either_ok")), "should_stop_cadence")
    yield _sets("contact", _with(rows, "contact"), "contact")
    # What somebody offers us is no product that he wants.
    yield _sets("products", [(gold, said) for gold, said in _with(rows, "products") if gold.get("kind") not in NO_CADENCE], "products")
    yield _quantities(_with(rows, "quantity"))
    yield from (_spelt(name, [(gold, said) for gold, said in rows if gold.get(name)], name) for name in SPELT)
    for name in SINGLES:
        yield _accuracy(name, [(gold, said) for gold, said in rows if gold.get(name)], name, "")
    yield _reply_text(_with(rows, "reply_text"))


def _with(rows: list[Pair], name: str) -> list[Pair]:
    return [(gold, said) for gold, said in rows if name in gold]


def _file(gold: Line) -> str:
    return str(gold["file"])


def _accuracy(title: str, rows: list[Pair], name: str, alternatives: str) -> Figure:
    wrong = [(_file(gold), gold.get(name), said.get(name)) for gold, said in rows if said.get(name) != gold.get(name)]
    near = [gold for gold, said in rows if said.get(name) in (gold.get(name), *_listed(gold, alternatives))]
    detail = _("lenient {share}").format(share=share(_ratio(len(near), len(rows)))) if alternatives else ""
    return Figure(title, 1 - _ratio(len(wrong), len(rows)), len(rows), detail, wrong)


def _macro(title: str, rows: list[Pair]) -> Figure:
    scores = {}
    for tier in TIERS:
        hits = sum(gold["tier"] == tier == said.get("tier") for gold, said in rows)
        given, real = sum(said.get("tier") == tier for _, said in rows), sum(gold["tier"] == tier for gold, _ in rows)
        if real:
            scores[tier] = f1(hits, given - hits, real - hits)[2]
    detail = "  ".join(f"{tier}: {share(value)}" for tier, value in scores.items())
    return Figure(title, _ratio(sum(scores.values()), len(scores)), len(rows), detail)


def _binary(title: str, rows: list[Pair], name: str, is_open: Callable[[Line], bool], label: str = "") -> Figure:
    return _yes_or_no(title, [(bool(gold.get(label or name)), bool(said.get(name)), gold) for gold, said in rows if not is_open(gold)])


def _doubt(title: str, rows: list[Pair], names: tuple[str, ...]) -> Figure:
    """Flagged (suspicious or likely) in any of the fields; where both answers are defensible, the mail is left out."""
    answers = []
    for gold, said in rows:
        known = [name for name in names if name in gold]
        real = [name for name in known if gold[name] in FLAGGED and "none" not in _listed(gold, f"{name}_alt")]
        # A mail is surely clean only if nobody would have flagged it.
        alternatives = {name: _listed(gold, f"{name}_alt") for name in known}
        is_open = any(alternatives[name] and (gold[name] not in FLAGGED or "none" in alternatives[name]) for name in known)
        if known and (real or not is_open):
            answers.append((bool(real), any(said.get(name) in FLAGGED for name in names), gold))
    return _yes_or_no(title, answers)


def _yes_or_no(title: str, answers: list[tuple[bool, bool, Line]]) -> Figure:
    hits = sum(real and said for real, said, _ in answers)
    false, missed = sum(said and not real for real, said, _ in answers), sum(real and not said for real, said, _ in answers)
    precision, recall, value = f1(hits, false, missed)
    detail = _("precision {precision}, recall {recall} ({hits} right, {false} false, {missed} missed)").format(
        precision=share(precision), recall=share(recall), hits=hits, false=false, missed=missed
    )
    wrong = [(_file(gold), real, said) for real, said, gold in answers if real != said]
    # Where there is nothing to find and nothing was said, nothing is wrong.
    return Figure(title, value if hits + false + missed else 1.0, len(answers), detail, wrong)


def _intents(title: str, rows: list[Pair]) -> Figure:
    hits = false = missed = 0
    wrong = []
    for gold, said in rows:
        open_ones = set(_listed(gold, "intents_optional"))
        real, given = ({name for name in _listed(line, "intents") if name in CORE_INTENTS} - open_ones for line in (gold, said))
        hits, false, missed = hits + len(real & given), false + len(given - real), missed + len(real - given)
        if real != given:
            wrong.append((_file(gold), sorted(real - given), sorted(given - real)))
    return _micro(title, hits, false, missed, wrong)


def _sets(title: str, rows: list[Pair], name: str) -> Figure:
    hits = false = missed = 0
    wrong = []
    for gold, said in rows:
        real, given = ({_bare(one) for one in _listed(line, name)} for line in (gold, said))
        hits, false, missed = hits + len(real & given), false + len(given - real), missed + len(real - given)
        if real != given:
            wrong.append((_file(gold), sorted(real - given), sorted(given - real)))
    return _micro(title, hits, false, missed, wrong)


def _quantities(rows: list[Pair]) -> Figure:
    hits = false = missed = 0
    wrong = []
    for gold, said in rows:
        real, given = ({_amount(one) for one in _listed(line, "quantity")} for line in (gold, said))
        hits, false, missed = hits + len(real & given), false + len(given - real), missed + len(real - given)
        if real != given:
            wrong.append((_file(gold), sorted(real - given), sorted(given - real)))
    return _micro("quantity", hits, false, missed, wrong)


def _micro(title: str, hits: int, false: int, missed: int, wrong: list) -> Figure:
    precision, recall, value = f1(hits, false, missed)
    detail = _("precision {precision}, recall {recall}").format(precision=share(precision), recall=share(recall))
    return Figure(title, value, hits + missed, detail, wrong)


def _spelt(title: str, rows: list[Pair], name: str) -> Figure:
    """One of several ways of writing it is enough ("Ningbo; Constanta")."""
    wrong = []
    for gold, said in rows:
        real, given = ({_bare(part) for part in re.split(r"[;,/]", str(line.get(name) or "")) if part.strip()} for line in (gold, said))
        if not real & given:
            wrong.append((_file(gold), gold[name], said.get(name)))
    return Figure(title, 1 - _ratio(len(wrong), len(rows)), len(rows), "", wrong)


def _reply_text(rows: list[Pair]) -> Figure:
    """The writer's own words, blanks and line breaks aside."""
    wrong = []
    for gold, said in rows:
        real, given = (" ".join(str(line.get("reply_text") or "").split()) for line in (gold, said))
        if real != given:
            wrong.append((_file(gold), real[:200], given[:200]))
    return Figure("reply_text", 1 - _ratio(len(wrong), len(rows)), len(rows), "", wrong)


def f1(hits: int, false: int, missed: int) -> tuple[float, float, float]:
    """Precision, recall and F1."""
    precision, recall = _ratio(hits, hits + false), _ratio(hits, hits + missed)
    return precision, recall, _ratio(2 * precision * recall, precision + recall)


def share(value: float) -> str:
    """0.875 as people read it."""
    return f"{100 * value:.1f} %"


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _listed(line: Line, name: str) -> Sequence:
    values = line.get(name) if name else None
    return values if isinstance(values, list) else []


def _bare(value: object) -> str:
    """Letters and digits only, in capitals: how a code is written is no difference."""
    return re.sub(r"[\W_]", "", str(value)).upper()


def _amount(value: object) -> float:
    """The number of a quantity, written as a number or as an object with ``value``."""
    number = value.get("value") if isinstance(value, dict) else value
    try:
        return float(number)
    except (TypeError, ValueError):
        return -1.0
