"""What people see on the terminal of what strangers wrote."""

from __future__ import annotations

import io

from rich.panel import Panel
from rich.text import Text

from mailagent.terminal import screens

HOSTILE = "\x1b[2J\x1b]0;owned\x07 \x9b31m 7 \u202egnp.exe \x08\x7f [red]x[/red] 报价 نص"


def test_no_text_steers_the_terminal():
    out = screens.PlainConsole(file=io.StringIO(), width=100)
    for shown in (Text(HOSTILE), Panel(Text(HOSTILE), title="letter"), screens.clip(HOSTILE, 200)):
        out.print(shown)
    said = out.file.getvalue()
    assert not set(said) & set("\x1b\x07\x08\x7f\x9b\u202e"), said
    assert said.count("报价 نص") == 3 and said.count("[red]x[/red]") == 3 and "␛[2J" in said
    assert len({len(line) for line in said.splitlines() if line.startswith(("│", "╭", "╰"))}) <= 2


def test_what_is_ours_is_painted():
    out = screens.PlainConsole(file=io.StringIO(), width=40, force_terminal=True, color_system="standard")
    out.print(Text(HOSTILE, style="red"))
    assert out.file.getvalue().startswith("\x1b[31m") and "\x1b[2J" not in out.file.getvalue()
