"""How good the rules are, as tables: figures against labels, each mistake, or only what came out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.table import Table

from mailagent.i18n import _
from mailagent.measure import Figure, share
from mailagent.terminal.screens import clip

#: The longest answer that is shown of a mistake, characters.
LONGEST = 100


def figures_table(figures: Sequence[Figure], labels: Path) -> Table:
    """Each figure with the number of mails that it rests on."""
    title = _("Against {labels}").format(labels=clip(str(labels), 200))
    table = Table(title=title, title_justify="left", header_style="bold")
    table.add_column(_("what"), no_wrap=True)
    table.add_column(_("right"), justify="right", no_wrap=True)
    table.add_column(_("of"), justify="right", no_wrap=True)
    table.add_column(_("in detail"))
    for figure in figures:
        table.add_row(figure.name, share(figure.value), str(figure.of), figure.detail)
    return table


def errors_table(figures: Sequence[Figure]) -> Table:
    """Every answer that is not what its label says."""
    table = Table(title=_("Mistakes"), title_justify="left", header_style="bold")
    table.add_column(_("what"), no_wrap=True)
    table.add_column(_("file"), overflow="fold")
    table.add_column(_("right is"), overflow="fold")
    table.add_column(_("said was"), overflow="fold")
    for figure in figures:
        for file, right, said in figure.wrong:
            table.add_row(figure.name, clip(file, LONGEST), clip(str(right), LONGEST), clip(str(said), LONGEST))
    return table


def kinds_table(kinds: Mapping[str, int]) -> Table:
    """How many mails of each kind there are; for a folder without labels."""
    table = Table(header_style="bold")
    table.add_column(_("kind"))
    table.add_column(_("mails"), justify="right")
    for kind, count in sorted(kinds.items(), key=lambda item: -item[1]):
        table.add_row(kind, str(count))
    return table
