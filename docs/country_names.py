"""Writes ``mailagent/core/reading/country_names.py`` out of the Unicode CLDR, as babel brings it: ``python docs/country_names.py``.

A table of our own, because babel reads the whole of twelve languages to name their countries: a sixth of a second and twelve
megabytes in every process that reads mail. ``tests/core/test_country.py`` compares the two.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import babel

#: The buyers' languages; where two have one name for different countries, the later one counts.
NAMED_IN = ("en", "zh", "es", "de", "fr", "pt", "ru", "it", "tr", "ja", "ko", "ar")
TABLE = Path(__file__).resolve().parent.parent / "mailagent/core/reading/country_names.py"
WIDTH = 128
HEAD = '''"""The names of countries in the buyers' languages, in small letters. Written by ``python docs/country_names.py``.

The names are those of the Unicode CLDR:

{licence}
"""

_TABLE = (
'''
TAIL = ''')

#: Name → two letters (ISO 3166).
NAMES = {name: code for code, _, names in (row.partition(" ") for row in _TABLE.split(";")) for name in names.split("|")}
'''


def names() -> dict[str, str]:
    """Name in small letters → two letters."""
    found: dict[str, str] = {}
    for language in NAMED_IN:
        territories = babel.Locale(language).territories
        found |= {name.casefold(): code for code, name in territories.items() if re.fullmatch("[A-Z]{2}", code)}
    return found


def table() -> str:
    """The module as text."""
    rows: dict[str, list[str]] = {}
    for name, code in names().items():
        rows.setdefault(code, []).append(name)
    if strange := [name for name in names() if set(name) & set('|;"\\\n')]:
        raise ValueError(f"these names hold signs that part the table: {strange}")
    text = ";".join(f"{code} {'|'.join(each)}" for code, each in sorted(rows.items()))
    licence = (Path(babel.__file__).parent / "locale-data/LICENSE.unicode").read_text(encoding="utf-8").strip()
    return HEAD.format(licence=licence) + "".join(f'    "{line}"\n' for line in _lines(text)) + TAIL


def _lines(text: str) -> list[str]:
    """Cut to lines of one width, whatever room a letter takes on the screen."""
    lines, width = [""], 0
    for letter in text:
        room = 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if width + room > WIDTH:
            lines.append("")
            width = 0
        lines[-1] += letter
        width += room
    return lines


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
