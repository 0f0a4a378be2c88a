"""The interface in Chinese: every text is translated, and the compiled catalogue is the one that was translated.

When this fails: ``make messages``, translate the empty ``msgstr`` in ``mailagent/locale/zh_CN``, ``make messages``.
"""

from __future__ import annotations

import gettext
import re
import string
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from mailagent import i18n
from mailagent.resources import LOCALE

ROOT = Path(__file__).resolve().parent.parent
PO = LOCALE / "zh_CN" / "LC_MESSAGES" / "mailagent.po"
NAMED_GAP = re.compile(r"%\((\w+)\)")


def catalogue():
    with PO.open("rb") as file:
        return read_po(file, locale="zh_CN")


def texts_in_source() -> dict[str | tuple[str, ...], str]:
    """Every text in ``_(…)`` and ``ngettext(…)``, and the first place where it stands."""
    with (LOCALE / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found: dict[str | tuple[str, ...], str] = {}
    for name, line, message, _comments, _context in extract_from_dir(ROOT, methods, options):
        found.setdefault(message, f"{name}:{line}")
    return found


def gaps(text: str) -> set[str]:
    """The names that a text expects to be filled in: ``{path}`` and ``%(path)s``."""
    braces = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None} if "{" in text else set()
    return braces | set(NAMED_GAP.findall(text))


def test_every_text_is_translated():
    translated = {message.id: message.string for message in catalogue() if message.id and not message.fuzzy}
    missing = []
    for text, place in sorted(texts_in_source().items(), key=lambda item: item[1]):
        said = translated.get(text)
        if not said or not all(said if isinstance(said, tuple) else (said,)):
            missing.append(f"{place}: {text!r}")
    assert not missing, f"{len(missing)} texts without Chinese (run: make messages):\n" + "\n".join(missing)


def test_no_translation_without_a_text():
    known = set(texts_in_source())
    left_over = [message.id for message in catalogue() if message.id and message.id not in known]
    assert not left_over, "no longer in the source (run: make messages):\n" + "\n".join(map(str, left_over))


def test_translations_fill_the_same_gaps():
    wrong = []
    for message in catalogue():
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        expected = set().union(*map(gaps, ids))
        wrong.extend(f"{ids[0]!r}: {said!r}" for said in strings if message.id and said and not gaps(said) <= expected)
        if message.id and strings[-1] and not expected <= gaps(strings[-1]):
            wrong.append(f"{ids[0]!r}: a gap is lost in {strings[-1]!r}")
    assert not wrong, "\n".join(wrong)


def test_the_compiled_catalogue_is_up_to_date():
    compiled = BytesIO()
    write_mo(compiled, catalogue())
    compiled.seek(0)
    shipped = gettext.translation("mailagent", LOCALE, languages=["zh_CN"])
    assert _without_head(gettext.GNUTranslations(compiled)) == _without_head(shipped), "run: make messages"


def _without_head(translations: gettext.GNUTranslations) -> dict:
    return {key: value for key, value in translations._catalog.items() if key}


# ── speaking ────────────────────────────────────────────────────────────────────────────────────────────────────

TEXT = "there is no such file"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh"}, "zh"),
        ({"LC_ALL": "en_US.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LC_ALL": "", "LANG": "zh_TW.UTF-8"}, "zh"),
        ({"MAILAGENT_LANG": "zh", "LC_ALL": "en_US.UTF-8"}, "zh"),
        ({"MAILAGENT_LANG": "en", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
    ],
)
def test_the_language_of_the_environment(environment, expected):
    assert i18n.language_of(environment) == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--lang", "zh", "--help"], "zh"),
        (["--lang=zh", "leads"], "zh"),
        (["--home", "x", "--lang", "en"], "en"),
        (["leads", "--lang"], "zh"),
        (["--lang", "fr"], "zh"),
        (["leads", "--language=en"], "zh"),
        ([], "zh"),
    ],
)
def test_the_command_line_goes_before_the_environment(arguments, expected):
    assert i18n.language_of({"MAILAGENT_LANG": "zh"}, arguments) == expected


def test_a_context_has_its_own_language():
    i18n.set_language("en")
    assert i18n._(TEXT) == TEXT
    with i18n.speaking("zh"):
        assert i18n._(TEXT) != TEXT
        with i18n.speaking("en"):
            assert i18n._(TEXT) == TEXT
    assert i18n._(TEXT) == TEXT
    assert i18n._("") == ""


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="no interface in 'xx'"):
        i18n.set_language("xx")
