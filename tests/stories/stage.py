"""The stage of the stories: a company, its mailbox on a real IMAP and SMTP server, and a clock that jumps.

The programme on it is the real one: the daemon's own round over real connections, a ledger of its own in a folder of
its own. Played are only the clock and the people: buyers, colleagues with their own mail program, and the two salespeople.
"""

from __future__ import annotations

import email
import email.policy
import itertools
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, make_msgid
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from mailagent import jobs, settings
from mailagent import policy as rules
from mailagent.core.model.lead import Lead, Signal
from mailagent.core.model.outbox import Letter
from mailagent.core.model.policy import Policy
from mailagent.core.writing.templates import TemplateSet
from mailagent.daemon import Daemon
from mailagent.demo.server import EmbeddedMail
from mailagent.demo.world import START, JumpingClock
from mailagent.jobs.plan import DRAFT_AHEAD
from mailagent.ledger import inbox, known, leads, outbox, tasks
from mailagent.ledger.db import Ledger
from mailagent.ledger.inbox import Handled
from mailagent.ledger.worker import Worker
from mailagent.office import Office

SALES = "sales@acme.example"
PASSWORD = "stories"
USERS = {address: PASSWORD for address in (SALES, "li.wei@acme.example", "ana.sun@acme.example", "boss@acme.example")}
LETTER_POLICY = email.policy.SMTP.clone(max_line_length=998)
SHANGHAI = ZoneInfo("Asia/Shanghai")

PETER = "p.klein@klein-antriebe.example"

DETAILED = """Dear Sirs,

we need ball bearings 6204-2RS, 20,000 pcs. Please quote FOB Ningbo.
What is the radial clearance, which grease do you use, and how are they packed on the pallet?
Do you have a CE certificate or a test report? We would ship by sea in a 20' container.

Best regards
Peter Klein
Purchasing Manager
Klein Antriebe GmbH
Hafenstrasse 12, 20457 Hamburg, Germany
Tel. +49 40 5550 1234
www.klein-antriebe.example
"""
SHORT = "Hello,\n\nwhat is your price for 6204-2RS, 5,000 pcs?\n\nBest regards\nMarie Blanc\n"


@cache
def company(home: Path) -> tuple[Policy, settings.Settings, TemplateSet]:
    """The company's rules, secrets and templates, read once for all stories as any home is read."""
    shutil.copytree(Path(__file__).parent / "company" / "config", home / "config")
    names = ("MAILAGENT_MESSAGE_ID_KEY", "MAILAGENT_SUPPRESSION_KEY", "MAILAGENT_DESK_SECRET")
    lines = [f"{name}={number:064x}" for number, name in enumerate(names, 1)]
    env = home / ".env"
    env.touch(mode=0o600)
    env.write_text("\n".join([*lines, f"MAILAGENT_UNSUBSCRIBE_KEYS=1:{9:064x}", f"MAILAGENT_SALES_PASSWORD={PASSWORD}"]))
    return rules.load(home), settings.load(home), TemplateSet(rules.load_templates(home))


def worker(stage: Stage, name: str = "Li Wei") -> Worker:
    """One of our own people and his verbs."""
    return Worker(stage.person(name))


def opened(stage: Stage, kind: str) -> list[dict]:
    """The open tasks of one kind."""
    return [task for task in stage.ask(tasks.open_tasks) if task["kind"] == kind]


class Stage:
    """One story's world. Buyers have any address that is not ours; addresses at gone.example are refused at RCPT."""

    def __init__(self, shared_home: Path, home: Path, **sections):
        self.clock = JumpingClock(START)
        # An acknowledgement beside every late answer would stand in the way of the other stories; those of deadlines switch it on.
        self.shared_home, self.home, self.sections = shared_home, home, {"deadlines": {"acknowledge": "off"}} | sections
        self.handled: list[Handled] = []
        self.mail = EmbeddedMail(USERS, own_domains=("acme.example", "gone.example"), clock=self.clock.now)
        self._numbers = itertools.count(1)
        self.smtp_port = 0

    def __enter__(self) -> Stage:
        self.mail.start()
        self._open()
        return self

    def __exit__(self, *exc_info) -> None:
        self._close()
        self.mail.stop()

    def _open(self) -> None:
        policy, secrets, templates = company(self.shared_home)
        (mailbox,) = policy.mailboxes
        mailbox = mailbox.model_copy(update={"imap_port": self.mail.imap_port, "smtp_port": self.smtp_port or self.mail.smtp_port})
        changed = {name: getattr(policy, name).model_copy(update=values) for name, values in self.sections.items()}
        policy = policy.model_copy(update={"mailboxes": (mailbox,), **changed})
        self.office = Office(replace(secrets, home=self.home), policy, templates, Ledger(self.home / "ledger.sqlite"), self.clock.now)
        self.daemon = Daemon(self.office, saw=self.handled.append)
        self.connection = None

    def _close(self) -> None:
        if self.connection:
            with suppress(Exception):
                self.connection.close()
        self.office.ledger.close()

    def restart(self) -> None:
        """The process dies and comes back: only the home folder and the server remember anything."""
        self._close()
        self._open()

    def set(self, **sections) -> None:
        """Change settings, as ``set(sending={"letters": "off"})``, and start anew with them."""
        self.sections |= sections
        self.restart()

    def send_through(self, port: int) -> None:
        """From now on letters leave through another port: a bad line."""
        self.smtp_port = port
        self.restart()

    # ── time ────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def look(self) -> list[Handled]:
        """One round of the daemon; what it made of the new mails."""
        before = len(self.handled)
        if self.connection is None:
            self.connection = self.office.open_mailbox(self.office.policy.mailboxes[0])
        self.daemon.look(self.office.policy.mailboxes[0], self.connection)
        return self.handled[before:]

    def wait(self, **span: float) -> None:
        """Time passes, as ``wait(hours=3)``, and the daemon looks."""
        self.clock.jump(self.now + timedelta(**span))
        self.look()

    def next_moment(self) -> datetime | None:
        """When the agent itself wants to do something."""
        with self.office.ledger.reading() as db:
            due, ready = leads.next_due(db), outbox.next_ready(db)
        times = [ready, *((due - DRAFT_AHEAD, due) if due else ())]
        return min((moment for moment in times if moment and moment > self.now), default=None)

    def clock_to_next(self) -> bool:
        """Jump to the next moment at which the agent wants to do something, and let it; False if there is none."""
        moment = self.next_moment()
        if moment is None:
            return False
        self.clock.jump(moment)
        self.look()
        return True

    def live(self, until: datetime | None = None, approving: bool = True, steps: int = 60) -> None:
        """Let time run from one moment of the agent to the next; our people approve whatever waits."""
        for _ in range(steps):
            if approving and self.drafts():
                self.approve_everything()
                self.look()
            moment = self.next_moment()
            if moment is None or (until and moment > until):
                break
            self.clock_to_next()
        if until:
            self.clock.jump(until)
            self.look()

    # ── buyers ──────────────────────────────────────────────────────────────────────────────────────────────────

    def buyer_writes(
        self,
        address: str,
        text: str = SHORT,
        *,
        subject: str = "Inquiry 6204-2RS",
        name: str = "",
        message_id: str = "",
        answers: str = "",
        headers: dict[str, str] | None = None,
        at: datetime | None = None,
        folder: str = "INBOX",
        to: str = SALES,
    ) -> str:
        """A mail of somebody outside arrives in our mailbox. Returns its Message-ID, without brackets."""
        at = at or self.now
        message = EmailMessage(policy=LETTER_POLICY)
        message_id = message_id or make_msgid(str(next(self._numbers)), address.rpartition("@")[2])[1:-1]
        message["From"] = formataddr((name, address))
        message["To"] = to
        message["Subject"] = subject
        message["Date"] = format_datetime(at)
        if answers:
            message["In-Reply-To"] = f"<{answers}>"
            message["References"] = f"<{answers}>"
        for key, value in (headers or {}).items():
            message[key] = value
        message.set_content(text)
        # The library would fold or encode a long Message-ID; mail programs of buyers do not.
        raw = f"Message-ID: <{message_id}>\r\n".encode() + message.as_bytes()
        self.mail.deliver(SALES, raw, folder, when=at)
        return message_id

    def buyer_replies(self, to: Letter, text: str, *, sender: str = "", **more) -> str:
        """The buyer answers a letter of ours, with our text quoted below."""
        quoted = "\n".join(f"> {line}" for line in self.text_of(to).splitlines())
        text = f"{text}\n\nOn Tue, 10 Mar 2026 at 09:00, Acme <{SALES}> wrote:\n{quoted}\n"
        return self.buyer_writes(sender or to.recipient, text, subject=f"Re: {to.subject}", answers=to.message_id, **more)

    def text_of(self, letter: Letter) -> str:
        return f"{letter.body}\n{letter.footer}"

    def report_comes(
        self, letter: Letter, *, recipient: str = "", action: str = "failed", status: str = "5.1.1", text: str = "", **about
    ) -> None:
        """A delivery report (RFC 3464) about a letter, as our own server writes it.

        ``about`` may give another ``message_id``, and ``written_outside``: somebody else says so.
        """
        recipient = recipient or letter.recipient
        text = text or f"550 {status} <{recipient}>: user unknown"
        returned = about.get("message_id", letter.message_id)
        host = "mx.elsewhere.example" if about.get("written_outside") else "mail.acme.example"
        # Whoever writes from outside says that he is our own server; only ours knows from where it got the mail.
        came_in = f"from mail.acme.example ({host} [192.0.2.7]) " if about.get("written_outside") else ""
        raw = f"""Return-Path: <>
Received: {came_in}by mail.acme.example (Postfix) id 4XyZ; {format_datetime(self.now)}
From: Mail Delivery System <MAILER-DAEMON@mail.acme.example>
To: {SALES}
Subject: Undelivered Mail Returned to Sender
Date: {format_datetime(self.now)}
Message-ID: <report{next(self._numbers)}@{host}>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=us-ascii

Your message to {recipient}: {text}

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; {host}

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {text}

--b
Content-Type: message/rfc822

From: Li Wei <{SALES}>
To: {recipient}
Subject: {letter.subject.encode("ascii", "replace").decode()}
Message-ID: <{returned}>

{self.text_of(letter).encode("ascii", "replace").decode()}

--b--
"""
        self.mail.deliver(SALES, raw.replace("\n", "\r\n").encode(), when=self.now)

    # ── our people ──────────────────────────────────────────────────────────────────────────────────────────────

    def person(self, name: str):
        """The verbs of one of us."""
        return self.office.reviewer(self.office.policy.person(name))

    def approve(self, letter: Letter, as_: str = "Boss Zhang") -> Letter:
        self.person(as_).approve(letter.id, letter.content_hash)
        return self.letter(letter.id)

    def approve_everything(self) -> None:
        for letter in self.drafts():
            self.approve(letter)

    def send(self, letter: Letter) -> Letter:
        """The manager approves and the agent sends."""
        self.approve(letter)
        self.look()
        return self.letter(letter.id)

    def colleague_answers_from_outlook(
        self, address: str, text: str, *, answers: str = "", cc: str = "", at: datetime | None = None
    ) -> None:
        """Somebody of ours answers the buyer from his own mail program: a mail of ours lies in Sent."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = f"Li Wei <{SALES}>", address, "Re: Inquiry 6204-2RS"
        message["Date"], message["Message-ID"] = format_datetime(at or self.now), make_msgid(str(next(self._numbers)), "acme.example")
        if answers:
            message["In-Reply-To"] = f"<{answers}>"
        if cc:
            message["Cc"] = cc
        message.set_content(text)
        raw = bytes(message).replace(b"\n", b"\r\n")
        if SALES in cc:
            # A copy to our own mailbox arrives with the trace of the server on top.
            trace = f"Received: from mail.acme.example by mx.acme.example; {format_datetime(at or self.now)}\r\n".encode()
            self.mail.deliver(SALES, trace + raw, when=at or self.now)
        self.mail.deliver(SALES, raw, "Sent", ("\\Seen",), at or self.now)

    # ── what is known and what arrived ──────────────────────────────────────────────────────────────────────────

    def ask(self, question: Callable, *arguments):
        """One question to the ledger, as ``ask(outbox.drafts)``."""
        with self.office.ledger.reading() as db:
            return question(db, *arguments)

    def rows(self, query: str, *arguments) -> list[dict]:
        return self.ask(lambda db: [dict(row) for row in db.execute(query, arguments)])

    def lead_of(self, address: str) -> Lead | None:
        """The newest matter with this person."""
        contact = self.ask(known.find_contact, address)
        found = self.ask(leads.of_contact, contact.id) if contact else []
        return found[-1] if found else None

    def leads_of(self, address: str) -> list[Lead]:
        contact = self.ask(known.find_contact, address)
        return self.ask(leads.of_contact, contact.id) if contact else []

    def reasons(self, lead: Lead) -> dict[str, Signal]:
        """What the tier rests on, with the buyer's words."""
        return {signal.name: signal for signal, decides in self.ask(leads.reasons, lead.id) if decides}

    def drafts(self) -> list[Letter]:
        return self.ask(outbox.drafts)

    def letter(self, number: int) -> Letter:
        return self.ask(outbox.get, number)

    def letters_to(self, address: str) -> list[Letter]:
        """Every letter of the outbox to this person, in whatever state."""
        return [letter for lead in self.leads_of(address) for letter in self.ask(outbox.of_lead, lead.id)]

    def draft_for(self, address: str) -> Letter:
        """The one draft that waits for this person."""
        (letter,) = [letter for letter in self.drafts() if letter.recipient == address]
        return letter

    def letters_at(self, address: str) -> list[EmailMessage]:
        """What really arrived at a buyer."""
        return [email.message_from_bytes(posted.raw, policy=email.policy.default) for posted in self.posted_to(address)]

    def posted_to(self, address: str):
        return [posted for posted in self.mail.posted if address in posted.recipients]

    def tasks(self, kind: str = "") -> list[dict]:
        return [task for task in self.ask(tasks.open_tasks) if kind in ("", task["kind"])]

    def suppressed(self, address: str) -> str:
        return self.ask(lambda db: self.office.reviewer(self.office.policy.people[0]).suppressed(db, address))

    def moves(self, letter: Letter) -> list[str]:
        """The verbs that a letter has gone through, as the journal tells it."""
        moves = "SELECT json_extract(body, '$.verb') AS verb FROM events WHERE letter_id = ? AND type = 'LetterMoved' ORDER BY id"
        rows = self.rows(moves, letter.id)
        return [row["verb"] for row in rows]

    def waiting_mails(self) -> int:
        return self.ask(inbox.count_waiting)

    def reconcile(self) -> None:
        jobs.reconcile(self.office)
