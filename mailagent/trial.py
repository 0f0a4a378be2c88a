"""The trial of the templates: every one is filled with sample values before a buyer sees it, and a verdict is remembered.

Theory. To compile two hundred templates takes a second or two. What comes of it depends on their texts, on the samples and on our own code
alone, so a home whose templates were in order under the same three need not be asked again. Only that all is in order is remembered, as a
hash of the three in a file of the home; mistakes are always found anew.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from mailagent.core.model.policy import Policy
from mailagent.core.writing import sample
from mailagent.core.writing.templates import TemplateSet
from mailagent.errors import Problem

#: In the home folder; whoever takes it away only has the next check take longer.
SEAL = ".templates-in-order"


def problems(texts: Mapping[str, str], policy: Policy, home: Path | None) -> list[Problem]:
    """What the templates themselves have wrong, with file and line.

    Args:
        texts: the text of each template by ``<language>/<name>``.
        home: where the verdict is remembered; None remembers nothing.
    """
    templates = TemplateSet(texts)
    seal = seal_of(texts, templates, policy)
    if home and _read(home) == seal:
        return []
    found = sample.problems(templates, policy)
    if home and not found:
        # A home that cannot be written to is tried each time.
        with suppress(OSError):
            (home / SEAL).write_text(seal, encoding="ascii")
    return found


def seal_of(texts: Mapping[str, str], templates: TemplateSet, policy: Policy) -> str:
    """A hash of all that decides whether the templates can be filled."""
    samples = {language: sample.samples(language, policy) for language in templates.languages()}
    code = [path.read_bytes() for path in sorted(Path(sample.__file__).parent.glob("*.py"))]
    known = sha256(f"{version('jinja2')} {sys.version}".encode())
    for part in (*code, repr(sorted(texts.items())).encode(), repr(samples).encode()):
        known.update(sha256(part).digest())
    return known.hexdigest()


def _read(home: Path) -> str:
    try:
        return (home / SEAL).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""
