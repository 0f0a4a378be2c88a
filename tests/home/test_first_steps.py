"""``mailagent init``: from answers to a home folder that can be used, all of it or nothing."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from mailagent import policy, settings
from mailagent.errors import BadFile, ConfigError
from mailagent.first_steps import init, read_answers
from mailagent.init_command import init_command

ANSWERS = """
customers = "customers.csv"
opt_outs = "stop.csv"
industry = ["garden tools"]

[company]
legal_name = "Acme \\"Garden\\" Tools 有限公司"
postal_address = "1 Lake Road, Hangzhou"
domains = ["acme.example"]
introduction = { en = "Since 1998." }

[[person]]
name = "Wang Hua"
email = "wang@acme.example"
role = "manager"

[[person]]
name = "Lin Mei"
email = "lin@acme.example"
buyer_languages = ["en", "es"]

[[mailbox]]
name = "sales"
address = "sales@acme.example"
imap_host = "imap.acme.example"
smtp_host = "smtp.acme.example"
folders = [{ role = "inbox", name = "INBOX" }, { role = "sent", name = "已发送" }]
password = "p'a\\\\s\\"s #$HOME \\\\"

[[product]]
code = "GS-1"
name = { en = "garden shears", zh = "园艺剪刀" }
price = 2.4
"""
PASSWORD = "p'a\\s\"s #$HOME \\"


@pytest.fixture
def answers(tmp_path) -> Path:
    folder = tmp_path / "answers"
    folder.mkdir()
    (folder / "customers.csv").write_text("company,email\nMueller,a@mueller.example\n")
    (folder / "stop.csv").write_text("email\nno@b.example\n")
    (folder / "answers.toml").write_text(ANSWERS)
    return folder / "answers.toml"


def tree(home: Path) -> dict[str, bytes]:
    return {str(path.relative_to(home)): path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file()}


def test_the_home_is_ready_for_use(tmp_path, answers):
    home = tmp_path / "home"
    written = init(home, read_answers(answers))
    assert {str(path.relative_to(home)) for path in written} == set(tree(home))
    rules, secrets = policy.load(home), settings.load(home)
    assert rules.company.legal_name == 'Acme "Garden" Tools 有限公司'
    assert rules.sending.letters == "off"
    assert [person.role for person in rules.people] == ["manager", "sales"]
    assert [folder.name for folder in rules.mailboxes[0].folders] == ["INBOX", "已发送"]
    assert (rules.catalogue.product[0].price, rules.catalogue.industry) == (2.4, ("garden tools",))
    assert secrets.password(rules.mailboxes[0]) == PASSWORD
    assert len({secrets.message_id_key, secrets.suppression_key, secrets.desk_secret, secrets.unsubscribe_keys[1]}) == 4
    assert (secrets.import_folder / "customers.csv").read_text().startswith("company")
    assert (secrets.import_folder / "opt_outs.csv").is_file()
    assert settings.check(home, rules) == []


def test_secrets_are_for_the_owner_and_in_env_only(tmp_path, answers):
    home = tmp_path / "home"
    before = os.umask(0o002)
    try:
        init(home, read_answers(answers))
    finally:
        os.umask(before)
    assert stat.S_IMODE((home / ".env").stat().st_mode) == 0o600
    holding = [name for name, raw in tree(home).items() if b"$HOME" in raw]
    assert holding == [".env"]


def test_what_exists_is_not_touched(tmp_path, answers):
    home = tmp_path / "home"
    (home / "config").mkdir(parents=True)
    (home / "config" / "catalogue.toml").write_text("# mine\n")
    with pytest.raises(ConfigError, match="config/catalogue.toml already; nothing was written"):
        init(home, read_answers(answers))
    assert tree(home) == {"config/catalogue.toml": b"# mine\n"}


def test_force_keeps_the_keys_and_the_old_files(tmp_path, answers):
    home = tmp_path / "home"
    init(home, read_answers(answers))
    before, first = tree(home), settings.load(home)
    answers.write_text(ANSWERS.replace("Lin Mei", "Lin Meimei").replace('password = "p', 'password = "new'))
    init(home, read_answers(answers), force=True)
    second = settings.load(home)
    assert policy.load(home).person("Lin Meimei")
    assert second.suppression_key == first.suppression_key and second.unsubscribe_keys == first.unsubscribe_keys
    assert second.password(policy.load(home).mailboxes[0]).startswith("new")
    assert tree(home)["config/mailagent.toml.old"] == before["config/mailagent.toml"]
    assert stat.S_IMODE((home / ".env.old").stat().st_mode) == 0o600
    assert [problem for problem in policy.check(home) if not problem.warning] == []


def test_own_files_that_stay_count_in_the_check(tmp_path, answers):
    """A provider of the company's own providers.toml is known to init as well."""
    home = tmp_path / "home"
    (home / "config").mkdir(parents=True)
    (home / "config" / "providers.toml").write_text('[ours]\ntitle = "x"\nimap_host = "i.example"\nsmtp_host = "s.example"\n')
    answers.write_text(ANSWERS.replace('imap_host = "imap.acme.example"', 'provider = "ours"').replace("smtp_host", "#"))
    init(home, read_answers(answers))
    assert policy.load(home).mailboxes[0].provider == "ours"


@pytest.mark.parametrize(
    ("old", "new", "error", "words"),
    [
        ('role = "manager"', 'role = "boss"', ConfigError, "answers.toml: person[1].role"),
        ("password = ", "pass_word = ", ConfigError, "mailbox[1].pass_word"),
        ("lin@acme.example", "wang@acme.example", ConfigError, "person[2].email"),
        ('imap_host = "imap.acme.example"', 'provider = "gmial"', ConfigError, "mailbox[1].provider"),
        ('imap_host = "imap.acme.example"', 'imap_host = "imap.acme.example:993"', ConfigError, "is not the name of a server"),
        ("customers.csv", "none.csv", BadFile, "none.csv: cannot be read"),
        ("#$HOME", "\\\\u0007", ConfigError, "MAILAGENT_SALES_PASSWORD"),
    ],
)
def test_wrong_answers_leave_nothing_behind(tmp_path, answers, old, new, error, words):
    home = tmp_path / "home"
    answers.write_text(ANSWERS.replace(old, new.replace("\\\\", "\\")))
    with pytest.raises(error) as caught:
        init(home, read_answers(answers))
    assert words in str(caught.value)
    assert not home.exists() or tree(home) == {}


def test_a_home_that_cannot_be_written(tmp_path, answers):
    """One line instead of a traceback, as a user who may not write there."""
    code = """
import os, sys
from pathlib import Path
from mailagent.errors import ConfigError
# Nobody may not read this Python's own modules: what is loaded late is loaded before.
import mailagent.core.reading.facts
from mailagent.first_steps import init, read_answers
answers = read_answers(Path(sys.argv[1])).model_copy(update={"customers": "", "opt_outs": ""})
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    init(Path("/proc/nowhere"), answers)
except ConfigError as error:
    print(error)
    sys.exit(3)
"""
    done = subprocess.run([sys.executable, "-c", code, str(answers)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 3, done.stderr
    assert "cannot be written" in done.stdout


def test_the_command_with_an_answers_file(tmp_path, answers):
    home = tmp_path / "home"
    result = CliRunner().invoke(init_command, ["--home", str(home), "--answers", str(answers)], catch_exceptions=False)
    assert result.exit_code == 0
    assert "mailagent check" in result.output
    assert policy.load(home).company.domains == ("acme.example",)


def test_the_command_asks(tmp_path, answers):
    home = tmp_path / "home"
    said = [
        *("sales at acme", "sales@acme.example", "generic", "https://imap.acme.example", "", "smtp acme", "", "geheim"),
        *("Acme Ltd.", "1 Lake Road, Hangzhou", "，，", "", "Peking", "Asia/Shanghai"),
        *("Wang Hua", "wang@acme.example", "Lin Mei", "wang@acme.example", "Lin Mei", "lin@acme.example", ""),
        *("garden shears, pruning saw", str(tmp_path / "none.csv"), str(answers.parent / "customers.csv"), ""),
    ]
    result = CliRunner().invoke(init_command, ["--home", str(home)], input="\n".join(said) + "\n", catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert "geheim" not in result.output
    rules = policy.load(home)
    assert [(person.name, person.role, person.takes_leads) for person in rules.people] == [
        ("Wang Hua", "manager", False),
        ("Lin Mei", "sales", True),
    ]
    assert rules.company.domains == ("acme.example",) and rules.company.time_zone == "Asia/Shanghai"
    assert [product.name["en"] for product in rules.catalogue.product] == ["garden shears", "pruning saw"]
    assert rules.mailboxes[0].imap_host == "imap.acme.example"
    assert settings.load(home).password(rules.mailboxes[0]) == "geheim"
    assert (home / "import" / "customers.csv").is_file()


def test_leaving_in_the_middle_leaves_no_trace(tmp_path):
    home = tmp_path / "home"
    result = CliRunner().invoke(init_command, ["--home", str(home)], input="sales@acme.example\n")
    assert result.exit_code != 0
    assert not home.exists()


def test_a_mailbox_that_logs_in_by_token_is_asked_for_its_app(tmp_path):
    home = tmp_path / "home"
    said = [
        *("sales@gmail.com", "", "y", "123.apps.example", "the app's secret"),
        *("Acme Ltd.", "1 Lake Road, Hangzhou", "acme.example", "Asia/Shanghai"),
        *("Wang Hua", "wang@acme.example", "Lin Mei", "lin@acme.example", ""),
        *("garden shears", "", ""),
    ]
    result = CliRunner().invoke(init_command, ["--home", str(home)], input="\n".join(said) + "\n", catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert "mailagent auth sales" in result.output and "the app's secret" not in result.output
    [mailbox] = policy.load(home).mailboxes
    assert (mailbox.auth, mailbox.provider, mailbox.oauth_client_id) == ("oauth2", "gmail", "123.apps.example")
    found = settings.load(home)
    assert found.app_secrets == {"MAILAGENT_SALES_OAUTH_SECRET": "the app's secret"} and "the app's secret" in found.secrets
    assert not found.passwords and b"secret" not in tree(home)["config/mailagent.toml"]
