"""The shape of the house: who may import whom, where SQL may stand, how long a file may be (DESIGN, "Arrows")."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "mailagent"
LONGEST_FILE = 400

OUTSIDE = ("ledger", "mailbox", "delivery", "exchange", "oauth")

# Inside core: room → the other rooms it may use. Everything in core may use mailagent.errors.
CORE_ROOMS = {
    "model": (),
    "reading": ("model",),
    "writing": ("model",),
    "scoring": ("model", "reading"),
    "deciding": ("model", "reading", "scoring"),
}

# What reads the clock, the disk, the network or the environment; the core is given what it needs. A seeded
# random.Random is a plain function of its seed.
IMPURE_MODULES = frozenset(
    """asyncio ftplib glob http imaplib logging os poplib requests secrets shutil signal smtplib socket sqlite3 ssl subprocess
    sys tempfile threading time urllib""".split()  # noqa: SIM905 (a list of words reads better as words)
)
IMPURE_CALLS = frozenset(("open", "input", "print", "__import__"))
IMPURE_METHODS = frozenset(("read_text", "read_bytes", "write_text", "write_bytes"))
CLOCKS = frozenset(("now", "utcnow", "today"))
STORES = frozenset(("sqlite3", "sqlite_utils"))

SQL = re.compile(
    r"\b(?:SELECT\b.{1,200}?\bFROM|INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+(?:TABLE|INDEX|TRIGGER|UNIQUE))\b",
    re.S,
)

FILES = sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    """``mailagent/core/reading/kind.py`` → ``mailagent.core.reading.kind``."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of everything a file imports, late imports included."""
    package = name_of(path) if path.name == "__init__.py" else name_of(path).rpartition(".")[0]
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join((*above, base)).rstrip(".")
            # "from mailagent import policy" imports a module, "from x import Thing" a name: both are named in full.
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def room_of(name: str) -> str:
    """``mailagent.core.reading.kind`` → ``core``; a module at the top is its own room."""
    return (name.split(".") + [""])[1]


def allowed(importer: str, imported: str) -> bool:
    """Whether DESIGN's arrows lead from one module of ours to another."""
    here, there = room_of(importer), room_of(imported)
    if there in ("", "__version__", "errors") or here == there != "core":
        return True
    if here == "core":
        if there != "core":
            return False
        mine, other = (importer.split(".") + [""])[2], imported.split(".")[2]
        return other == mine or other in CORE_ROOMS.get(mine, ())
    if here == "errors":
        return False
    if here in OUTSIDE:
        # A folder of the outside knows the core and the shared settings of the process, never another outside folder.
        return there in ("core", "i18n", "settings", "policy", "resources")
    if here == "web":
        return there in ("core", "ledger", "speech", "i18n", "settings", "policy", "resources")
    if there in ("cli", "daemon", "demo"):
        return here in ("cli", "commands", "demo", "__main__")
    return True


def test_the_arrows():
    breaches = [
        f"{path.relative_to(ROOT)}:{line} imports {imported}"
        for path in FILES
        for line, imported in imports_of(path)
        if imported.split(".")[0] == "mailagent" and not allowed(name_of(path), imported)
    ]
    assert not breaches, "\n".join(breaches)


@pytest.mark.parametrize(
    ("importer", "imported", "answer"),
    [
        ("mailagent.core.reading.kind", "mailagent.core.model.message.InboundMessage", True),
        ("mailagent.core.reading.kind", "mailagent.core.scoring.score", False),
        ("mailagent.core.writing.compose", "mailagent.core.reading.parse", False),
        ("mailagent.core.scoring.score", "mailagent.core.reading.facts", True),
        ("mailagent.core.deciding.inbound", "mailagent.core.writing.draft", False),
        ("mailagent.core.model.lead", "mailagent.core.model.address", True),
        ("mailagent.core.model.lead", "mailagent.ledger.db", False),
        ("mailagent.core.model.lead", "mailagent.i18n._", False),
        ("mailagent.mailbox.imap", "mailagent.ledger.inbox", False),
        ("mailagent.delivery.smtp", "mailagent.mailbox.auth", False),
        ("mailagent.mailbox.auth", "mailagent.oauth.tokens", False),
        ("mailagent.delivery.smtp", "mailagent.errors.SendingError", True),
        ("mailagent.web.desk", "mailagent.ledger.outbox", True),
        ("mailagent.web.desk", "mailagent.mailbox.imap", False),
        ("mailagent.ledger.db", "mailagent.jobs", False),
        ("mailagent.jobs", "mailagent.ledger.inbox", True),
        ("mailagent.jobs", "mailagent.cli", False),
        ("mailagent.errors", "mailagent.core.model.lead", False),
    ],
)
def test_the_rule_itself(importer, imported, answer):
    assert allowed(importer, imported) is answer


def test_the_core_is_pure():
    breaches = []
    for path in sorted((PACKAGE / "core").rglob("*.py")):
        for line, imported in imports_of(path):
            if imported.split(".")[0] in IMPURE_MODULES and not imported.startswith("urllib.parse."):
                breaches.append(f"{path.relative_to(ROOT)}:{line} imports {imported}")
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and _is_impure(node):
                breaches.append(f"{path.relative_to(ROOT)}:{node.lineno} calls {ast.unparse(node.func)}")
    assert not breaches, "\n".join(breaches)


def _is_impure(call: ast.Call) -> bool:
    """``open(…)``, ``path.read_text()``, ``datetime.now()``, ``random.choice(…)``."""
    if isinstance(call.func, ast.Name):
        return call.func.id in IMPURE_CALLS
    if not isinstance(call.func, ast.Attribute):
        return False
    owner, method = ast.unparse(call.func.value), call.func.attr
    if owner == "random":
        return method != "Random"
    return method in IMPURE_METHODS or (method in CLOCKS and owner.rpartition(".")[2] in ("datetime", "date"))


def test_sql_stays_in_the_ledger():
    breaches = []
    for path in FILES:
        if path.is_relative_to(PACKAGE / "ledger"):
            continue
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value):
                breaches.append(f"{path.relative_to(ROOT)}:{node.lineno}")
        stores = ((line, name) for line, name in imports_of(path) if name.split(".")[0] in STORES)
        breaches.extend(f"{path.relative_to(ROOT)}:{line} imports {name}" for line, name in stores)
    assert not breaches, "\n".join(breaches)


def test_no_file_has_two_rooms_in_it():
    long = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in (*FILES, *sorted((ROOT / "tests").rglob("*.py")))}
    found = [f"{path.relative_to(ROOT)}: {lines} lines" for path, lines in long.items() if lines > LONGEST_FILE]
    assert not found, "\n".join(found)


def test_every_module_says_what_it_is():
    silent = [str(path.relative_to(ROOT)) for path in FILES if not ast.get_docstring(tree_of(path))]
    assert not silent, "\n".join(silent)


def test_the_files_know_nothing_of_the_machine_they_were_written_on():
    # Put together here, so that this line does not find itself.
    foreign = ("/" + "work/main", "/" + "work/shared", "." + "library")
    folders = ("mailagent", "tests", "config", "templates", "docs", ".ci")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    files += [path for path in ROOT.iterdir() if path.is_file()]
    found = [str(path.relative_to(ROOT)) for path in files if _mentions(path, foreign)]
    assert not found, "\n".join(found)


def _mentions(path: Path, words: tuple[str, ...]) -> bool:
    if path.suffix in (".pyc", ".png", ".mo", ".ico", ".woff2", ".xlsx"):
        return False
    return any(word.encode() in path.read_bytes() for word in words)
