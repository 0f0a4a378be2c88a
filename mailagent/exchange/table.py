"""Tables that people keep: CSV as Excel, WPS and old Chinese systems save it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mailagent.errors import BadFile

# A customer list of a large exporter has some ten thousand rows.
LARGEST_FILE = 50_000_000

# UTF-8 proves itself; GB18030 accepts nearly every byte, so it comes last.
ENCODINGS = ("utf-8-sig", "gb18030")
DELIMITERS = ",;\t，"


@dataclass(frozen=True)
class Row:
    """One row of a table.

    Attributes:
        line: where it stands in the file, counted from one.
        cells: its values by our own column names, trimmed; a column that the file lacks is "".
    """

    path: Path
    line: int
    cells: Mapping[str, str]
    titles: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def wrong(self, column: str, message: str) -> BadFile:
        """The error that names this row and the column by its title in the file."""
        return BadFile(f'{self.path.name}, line {self.line}, column "{self.titles.get(column, column)}": {message}')


def read_rows(path: Path, columns: Mapping[str, tuple[str, ...]], required: tuple[str, ...]) -> Iterator[Row]:
    """The rows of a CSV file, by column names of our own.

    Args:
        columns: our name → the titles under which people write it, in lower case.
        required: names of which the file must have a column.

    Raises:
        BadFile: no such file, too large, no title row, a missing or doubled column, a row with too many cells.
    """
    text = _text(path)
    first = next((line for line in text.splitlines() if line.strip()), "")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(first), strict=True)
    names: list[str] | None = None
    titles: dict[str, str] = {}
    while True:
        line = reader.line_num + 1
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            break
        except csv.Error as error:
            raise BadFile(f"{path.name}, line {line}: {error}; a quotation mark may be missing") from None
        if not any(cells):
            continue
        if names is None:
            names = _names(path, line, cells, columns, required)
            titles = {name: cell for name, cell in zip(names, cells, strict=True) if name}
            continue
        if any(cells[len(names) :]):
            raise BadFile(f"{path.name}, line {line}, column {len(names) + 1}: the row has more cells than there are titles")
        yield Row(path, line, {name: cell for name, cell in zip(names, cells, strict=False) if name}, titles)
    if names is None:
        raise BadFile(f"{path.name}: is empty; the first row must hold the titles of the columns")


def _names(path: Path, line: int, cells: list[str], columns: Mapping[str, tuple[str, ...]], required: tuple[str, ...]) -> list[str]:
    """Our names for the titles of the file; "" for columns that nobody needs."""
    known = {title: name for name, titles in columns.items() for title in (name, *titles)}
    names = [known.get(re.sub(r"[\s_-]+", " ", cell.casefold()), "") for cell in cells]
    for number, name in enumerate(names, 1):
        if name and names.index(name) != number - 1:
            raise BadFile(f'{path.name}, line {line}, column {number}: "{cells[number - 1]}" says the same as an earlier column; keep one')
    for name in required:
        if name not in names:
            titles = ", ".join(f'"{title}"' for title in (name, *columns[name]))
            raise BadFile(f"{path.name}, line {line}: no column for {name}; its title may be one of {titles}")
    return names


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise BadFile(f"{path}: is larger than {LARGEST_FILE // 1_000_000} MB; divide it")
        raw = path.read_bytes()
    except OSError as error:
        raise BadFile(f"{path}: cannot be read ({error.strerror})") from None
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise BadFile(f"{path.name}: is an Excel file; save it as CSV (UTF-8)")
    # Excel's "Unicode text" is UTF-16 and says so.
    encodings = ("utf-16",) if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else ENCODINGS
    for encoding in encodings:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise BadFile(f"{path.name}: is neither UTF-8 nor GB18030 text; save it as CSV (UTF-8)")


def _delimiter(first: str) -> str:
    """The one that the title row uses most."""
    return max(DELIMITERS, key=first.count)
