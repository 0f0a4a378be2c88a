"""A small company on the test servers: its home folder, written by ``mailagent init``, and its commands as real processes."""

from __future__ import annotations

import os
import re
import smtplib
import sqlite3
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from functools import cache
from pathlib import Path

import tomli_w
from click.testing import CliRunner
from dovecot import PASSWORD, Dovecot
from loaded import Loaded
from patience import PATIENCE, wait_until
from postfix import Postfix

from mailagent.cli import main as mailagent

SHIPPED = Path(__file__).parents[2] / "config"
INQUIRY = (
    "Hello,\r\n\r\nwe are a distributor in Poland and would like to be your exclusive agent for garden shears.\r\n"
    "Please quote your best FOB price for 2,000 pcs, with lead time and payment terms.\r\n"
    "We plan to order in September.\r\n\r\n"
    "Best regards\r\nAnna Nowak\r\nPurchasing Manager\r\nKowalski Sp. z o.o.\r\nTel. +48 22 123 45 67\r\n"
)


def letter(sender: str, recipient: str, subject: str = "Inquiry garden shears", text: str = INQUIRY, name: str = "Anna Nowak", **headers):
    """The bytes of an ordinary mail; ``headers`` are written with underscores."""
    mail = EmailMessage()
    mail["From"] = f'"{name}" <{sender}>'
    mail["To"] = recipient
    mail["Subject"] = subject
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = headers.pop("Message_ID", None) or make_msgid(domain=sender.partition("@")[2])
    for key, value in headers.items():
        mail[key.replace("_", "-")] = value
    mail.set_content(text.replace("\r\n", "\n"))
    # The policy folds long ids; a buyer's mail program does not.
    return mail.as_bytes(policy=mail.policy.clone(linesep="\r\n", max_line_length=998))


@cache
def loaded() -> Loaded:
    """The one programme of this test process that has loaded everything; it ends when nobody can give it orders any more."""
    return Loaded()


class Company:
    """One home folder.

    Args:
        address: the sales mailbox, a user of the test servers. The manager is boss@, the salesperson li.wei@acme.example.
        mailbox: other settings of the mailbox; more: further mailboxes as whole tables.
    """

    def __init__(
        self, home: Path, address: str, dovecot: Dovecot, postfix: Postfix, mailbox: dict | None = None, more: tuple = (), **tables: dict
    ):
        self.home, self.address, self.dovecot, self.postfix = home, address, dovecot, postfix
        answers = {
            "company": {
                "legal_name": "Acme Garden Tools Ltd.",
                "postal_address": "1 West Lake Road, Hangzhou 310000, China",
                "domains": ["acme.example"],
                "time_zone": "Asia/Shanghai",
            },
            "person": [
                {"name": "Boss", "email": "boss@acme.example", "role": "manager", "takes_leads": False},
                {"name": "Li Wei", "email": "li.wei@acme.example", "role": "sales"},
            ],
            "mailbox": [self.account("sales", address) | (mailbox or {}), *more],
            "industry": ["garden tools"],
            "product": [{"code": "GS-1", "name": {"en": "garden shears", "zh": "园艺剪"}}],
        }
        home.mkdir(parents=True, exist_ok=True)
        self.answers = home / "answers.toml"
        self.answers.write_text(tomli_w.dumps(answers), "utf-8")
        # In this process, which has loaded everything already; that the command works as a process is seen elsewhere.
        said = CliRunner().invoke(mailagent, ["--home", str(home), "init", "--answers", str(self.answers)], env={"MAILAGENT_HOME": None})
        assert said.exit_code == 0, said.output
        # The server is our own, so nobody's limits are kept.
        rows = (SHIPPED / "providers.toml").read_text("utf-8")
        (home / "config" / "providers.toml").write_text(re.sub(r"(?m)^(per_(?:minute|hour|day)) = \d+", r"\1 = 10000", rows), "utf-8")
        # In the last half an hour before an answer is due an acknowledgement would stand beside it, and tests run at all times of the day.
        deadlines, number = re.subn(r'(?m)^acknowledge = "\w+"', 'acknowledge = "off"', (SHIPPED / "deadlines.toml").read_text("utf-8"))
        assert number == 1
        (home / "config" / "deadlines.toml").write_text(deadlines, "utf-8")
        unlimited = {"warm_up_per_day": 0, "per_hour": 10000, "per_hour_to_domain": 10000}
        self.change(sending={"letters": "on", "pace_seconds": 0} | unlimited, desk={"port": 0})
        self.change(**tables)

    def account(self, name: str, address: str) -> dict:
        """The table of a mailbox on the test servers."""
        return {
            "name": name,
            "address": address,
            "password": PASSWORD,
            "imap_host": "127.0.0.1",
            "imap_port": self.dovecot.imap,
            "imap_security": "none",
            "smtp_host": "127.0.0.1",
            "smtp_port": self.postfix.smtp,
            "smtp_security": "none",
            "timeout_seconds": 60,
        }

    # ── the home folder ─────────────────────────────────────────────────────────────────────────────────────────

    @property
    def toml(self) -> Path:
        return self.home / "config" / "mailagent.toml"

    def change(self, **tables: dict) -> None:
        """Say some keys of ``mailagent.toml`` otherwise; ``mailbox`` changes the first one."""
        document = tomllib.loads(self.toml.read_text("utf-8"))
        for name, values in tables.items():
            if name == "mailbox":
                document["mailbox"][0].update(values)
            else:
                document.setdefault(name, {}).update(values)
        self.toml.write_text(tomli_w.dumps(document), "utf-8")

    def hurry(self) -> None:
        """Follow-ups are due at once, on any day: what a company may write into its own config folder."""
        cadences = (SHIPPED / "cadences.toml").read_text("utf-8")
        (self.home / "config" / "cadences.toml").write_text(re.sub(r"(?m)^after_working_days.*$", "after_hours = 0", cadences), "utf-8")
        calendar = (SHIPPED / "calendar.toml").read_text("utf-8")
        calendar = re.sub(r"(?s)^windows = \[.*?\n\]", "windows = [{ start = 00:00:00, end = 23:59:59 }]", calendar, flags=re.M)
        calendar = calendar.replace("quiet_first_and_last_day = true", "quiet_first_and_last_day = false").replace("[5, 6]", "[]")
        calendar = re.sub(r'(zone = "[^"]+")[^}\n]*\}', r"\1, weekend = [] }", calendar)
        # The tests run on the day that it is: it may be a holiday somewhere.
        calendar = re.sub(r"(?sm)^\[\[blackout\]\]\n.*?(?=^\[\[|^# ──)", "", calendar)
        calendar = calendar.replace("public_holidays = true", "public_holidays = false")
        calendar = re.sub(r"(?m)^(after_inbound_days|min_gap_days) = \d+$", r"\1 = 0", calendar)
        (self.home / "config" / "calendar.toml").write_text(calendar, "utf-8")
        self.change(sending={"follow_ups_per_day": 100, "follow_ups_per_7_days": 100, "follow_ups_per_30_days": 100})

    @property
    def ledger(self) -> Path:
        return self.home / "ledger.sqlite"

    def ask(self, sql: str, *arguments: object) -> list[tuple]:
        """A question to the ledger from outside, as anybody may ask it; nothing while it is not there yet."""
        if not self.ledger.exists():
            return []
        db = sqlite3.connect(f"file:{self.ledger}?mode=ro", uri=True, timeout=PATIENCE)
        try:
            return db.execute(sql, arguments).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return []
            raise
        finally:
            db.close()

    def wait_for(self, sql: str, *arguments: object):
        """The first value of the first row, as soon as it is true."""
        return wait_until(lambda: (rows := self.ask(sql, *arguments)) and rows[0][0], f"{sql} {arguments}")

    # ── mail ────────────────────────────────────────────────────────────────────────────────────────────────────

    def arrives(self, raw: bytes, sender: str, recipient: str = "") -> None:
        """A mail from outside comes in by SMTP, through Postfix."""
        with smtplib.SMTP("127.0.0.1", self.postfix.smtp, timeout=PATIENCE) as line:
            line.sendmail(sender, [recipient or self.address], raw)

    # ── processes ───────────────────────────────────────────────────────────────────────────────────────────────

    def environment(self, **other: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MAILAGENT_")}
        return kept | {"MAILAGENT_HOME": str(self.home), "COLUMNS": "160", "PYTHONUTF8": "1"} | other

    def run(self, *arguments: str, said: str | None = None, env: dict | None = None, before: tuple = (), **options):
        """One command, to its end; ``before`` it may stand another that starts it.

        With ``env`` or other options it begins from nothing, as a language or a limit must be there before anything is loaded.
        """
        if not (env or before or options):
            return loaded().run(arguments, self.environment(), said, PATIENCE)
        return subprocess.run(
            [*before, sys.executable, "-m", "mailagent", *arguments],
            input=said,
            stdin=None if said is not None else subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE,
            env=self.environment(**(env or {})),
            **options,
        )

    def daemon(self, **options) -> Running:
        """``mailagent run`` as a process of its own; end it with ``stop`` or use it in a with block."""
        return Running(self, **options)


class Running:
    """A daemon process. Leaving the with block kills what is still alive."""

    def __init__(self, company: Company, **options):
        self.company = company
        self._out = open(company.home / "terminal.txt", "ab")  # noqa: SIM115 (closed with the process)
        self._from = self._out.tell()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mailagent", "run", "--no-desk"],
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=subprocess.STDOUT,
            env=company.environment(),
            **options,
        )

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)
        self._out.close()

    @property
    def said(self) -> str:
        """What this daemon has printed so far."""
        return (self.company.home / "terminal.txt").read_bytes()[self._from :].decode("utf-8", "replace")

    def wait_for_words(self, words: str) -> None:
        wait_until(lambda: words in self.said or self.process.poll() is not None, lambda: f"“{words}” in: {self.said}")
        assert words in self.said, self.said

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)
