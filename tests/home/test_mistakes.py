"""What is wrong with a company's own files, said in Chinese: every sentence of the checks has its Chinese."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

import mailagent
from mailagent.cli import main
from mailagent.errors import Problem
from mailagent.i18n import speaking
from mailagent.speech import mistakes

ROOT = Path(mailagent.__file__).parent
#: Where a mistake is written down.
ROOMS = (
    *("toml_files.py", "settings.py", "policy.py", "log.py", "first_steps.py"),
    *("consistency/*.py", "exchange/*.py", "core/model/*.py", "web/session.py"),
)
HAN = re.compile(r"[\u4e00-\u9fff]")
#: Their gaps are clauses that stand in the table as whole sentences.
IN_PIECES = ("; run: mailagent init", "; only the first one counts", "this is not TOML: ", "names a list that [words] does not have")


def pieces(node: ast.expr) -> list[ast.expr]:
    return [*pieces(node.body), *pieces(node.orelse)] if isinstance(node, ast.IfExp) else [node]


def sentences() -> list[str]:
    """Every message of a ``Problem``, ``BadFile`` or checker, with 7 in each of its gaps."""
    found = []
    for path in sorted(path for room in ROOMS for path in ROOT.glob(room)):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
            checks = name in ("Problem", "BadFile", "wrong") or (name == "ValueError" and "model" in path.parts)
            if not checks or not node.args:
                continue
            for said in pieces(node.args[2] if name == "Problem" and len(node.args) > 2 else node.args[-1]):
                if isinstance(said, ast.JoinedStr):
                    found.append("".join(part.value if isinstance(part, ast.Constant) else "7" for part in said.values))
                elif isinstance(said, ast.Constant) and isinstance(said.value, str):
                    found.append(said.value)
    return found


def test_every_mistake_is_said_in_chinese():
    said = [sentence for sentence in sentences() if not any(piece in sentence for piece in IN_PIECES)]
    assert len(said) > 120
    with speaking("zh"):
        english = [sentence for sentence in said if " " in sentence and not HAN.search(mistakes.told(sentence))]
    assert english == []


@pytest.mark.parametrize(
    ("problem", "chinese"),
    [
        (Problem("a.toml", "sending.letters", "\"ON\" is not possible here; write 'off'"), "这里不能写 \"ON\"；请写 'off'"),
        (Problem("a.toml", "line 2, column 14", "this is not TOML: invalid value"), "a.toml：第 2 行第 14 列：不是有效的 TOML"),
        (Problem("a.toml", "company.name", "3 does not fit; write a valid string"), "company.name：3 不合要求；请写：文字"),
        (Problem("singals.toml", "", 'is not a file that mailagent reads; did you mean "signals.toml"?'), "您要写的是“signals.toml”吗？"),
        (Problem(".env", "MAILAGENT_DESK_SECRET", "is missing; run: mailagent init"), "缺少；请运行：mailagent init"),
    ],
)
def test_a_mistake_with_its_place(problem, chinese):
    assert mistakes.say(problem) == str(problem), "English is the language it was written in"
    with speaking("zh"):
        assert chinese in mistakes.say(problem)


def test_check_and_a_list_speak_chinese(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "mailagent.toml").write_text("[sending]\nletters = true\n[compnay]\n", encoding="utf-8")
    said = CliRunner().invoke(main, ["--home", str(tmp_path), "--lang", "zh", "check"]).output
    assert "没有这一项；您要写的是“company”吗？" in said and "没有写邮箱" not in said.splitlines()[0]
    table = tmp_path / "people.csv"
    table.write_text("company,email\nAcme,nobody\n", encoding="utf-8")
    with speaking("zh"):
        told = mistakes.told(f'{table.name}, line 2, column "email": "nobody" is neither an address nor a domain')
    assert told == "people.csv 第 2 行“email”列：“nobody”既不是邮箱地址也不是域名"
