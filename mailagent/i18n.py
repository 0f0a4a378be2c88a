"""The language that people of ours read: English in the source, Chinese in ``locale/`` (gettext).

``_`` and ``ngettext`` look the language up at every call. The process has one, taken from the environment; a web
request or a notice to one person can have another for its own context, without touching anybody else's.
"""

from __future__ import annotations

import gettext
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

from mailagent.resources import LOCALE

LANGUAGES = ("en", "zh")
DOMAIN = "mailagent"

# Our codes are those of people's ``language`` in mailagent.toml; the folders follow gettext's names.
CATALOGUES = {"zh": "zh_CN"}


def language_of(environment: Mapping[str, str], arguments: Sequence[str] = ()) -> str:
    """The language that is asked for: ``--lang``, ``MAILAGENT_LANG``, then POSIX' ``LC_ALL``, ``LC_MESSAGES``, ``LANG``."""
    for position, argument in enumerate(arguments):
        option, _equals, value = argument.partition("=")
        asked = value or next(iter(arguments[position + 1 :]), "")
        if option == "--lang" and asked in LANGUAGES:
            return asked
    for name in ("MAILAGENT_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(name):
            return "zh" if environment[name].lower().startswith("zh") else "en"
    return "en"


# The command line is looked at this early because the help texts of the commands are said while they are imported.
_process_language = language_of(os.environ, sys.argv[1:])
_context_language: ContextVar[str | None] = ContextVar("language", default=None)


def language() -> str:
    """The language in force here."""
    return _context_language.get() or _process_language


def set_language(code: str) -> None:
    """Speak this language from here on in this context (a web request, a thread).

    Raises:
        ValueError: a language that we do not speak.
    """
    _context_language.set(_known(code))


def set_process_language(code: str) -> None:
    """Speak this language wherever no context has one of its own (a command line option)."""
    global _process_language
    _process_language = _known(code)


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speak another language for a while: ``with speaking(person.language): …``."""
    token = _context_language.set(_known(code))
    try:
        yield
    finally:
        _context_language.reset(token)


def _(message: str) -> str:
    """The message in the reader's language."""
    # gettext answers the catalogue's header for an empty text.
    return _catalogue(language()).gettext(message) if message else ""


def ngettext(singular: str, plural: str, number: int) -> str:
    """The message for so many things, in the reader's language."""
    return _catalogue(language()).ngettext(singular, plural, number)


def N_(sentence: str) -> str:  # noqa: N802 (gettext's own name for "translate later")
    """Marks a sentence for the catalogue."""
    return sentence


def _known(code: str) -> str:
    if code not in LANGUAGES:
        raise ValueError(f"no interface in {code!r}; there are {', '.join(LANGUAGES)}")
    return code


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(code: str) -> gettext.NullTranslations:
    if code not in CATALOGUES:
        return gettext.NullTranslations()
    # Without the compiled catalogue the programme speaks English rather than not at all.
    return gettext.translation(DOMAIN, LOCALE, languages=[CATALOGUES[code]], fallback=True)
