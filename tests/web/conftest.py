"""A small company with a filled ledger, and its desk. Everything came into the ledger as events, as in real life."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zlib import crc32

import pytest
from werkzeug.security import generate_password_hash

from mailagent.core.model import events as e
from mailagent.core.model.lead import Fact, Score, Signal
from mailagent.core.model.message import Verdict
from mailagent.core.model.outbox import Letter, content_hash
from mailagent.core.model.policy import Cadence, CompanyProfile, Mailbox, Person, Place, Policy, Sending, SignalGroup, SignalRule, Step
from mailagent.core.reading import parse
from mailagent.jobs.simulate import simulate
from mailagent.ledger import inbox, journal, outbox, suppressions
from mailagent.ledger.db import Ledger
from mailagent.ledger.review import Reviewer
from mailagent.web.desk import create_desk

#: A Tuesday morning in Shanghai.
NOW = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)
SECRET = b"the secret of a desk in a test.."
PASSWORD = "eight tall lamps"
PASSWORDS = {
    "Lin Mei": generate_password_hash(PASSWORD, "pbkdf2:sha256:1000"),
    "Chen Jing": generate_password_hash("boss " + PASSWORD, "pbkdf2:sha256:1000"),
}

POLICY = Policy(
    company=CompanyProfile(
        legal_name="Lumena Lighting Co., Ltd.",
        postal_address="88 Binjiang Road, Ningbo, China",
        short_name="Lumena",
        domains=("lumena.example",),
    ),
    people=(
        Person(name="Lin Mei", email="lin@lumena.example", language="en"),
        Person(name="Wang Tao", email="wang@lumena.example", language="zh"),
        Person(name="Chen Jing", email="chen@lumena.example", role="manager", language="zh"),
    ),
    mailboxes=(Mailbox(name="sales", address="sales@lumena.example"),),
    sending=Sending(letters="on"),
    groups={"matter": SignalGroup(axis="engagement", cap=60), "company": SignalGroup(axis="fit", cap=40)},
    signals={
        "names_product": SignalRule(group="matter", points=15, say={"en": "names one of our products", "zh": "点名了我们的产品"}),
        "asks_price": SignalRule(group="matter", points=10, say={"en": "asks for a price", "zh": "询问价格"}),
        "gives_phone": SignalRule(group="company", points=8, say={"en": "gives a phone number", "zh": "留下了电话"}),
        "places_order": SignalRule(group="matter", points=40, say={"en": "places an order", "zh": "下单"}),
    },
    cadences={
        name: Cadence(
            tiers=tiers,
            step=(
                Step(id="answer", do="letter", basis="answer", template="answer_standard"),
                Step(id="follow_up_1", do="letter", after_working_days=2, template="follow_up_1"),
                Step(id="rest", do="rest", after_working_days=10),
            ),
        )
        for name, tiers in (("key", (1,)), ("interested", (2,)), ("standard", (3, 4)))
    },
)
POLICY = POLICY.model_copy(
    update={
        "calendar": POLICY.calendar.model_copy(
            update={
                "places": {
                    "DE": Place(zone="Europe/Berlin"),
                    "AE": Place(zone="Asia/Dubai"),
                    "MX": Place(zone="America/Mexico_City"),
                    "CN": Place(zone="Asia/Shanghai"),
                }
            }
        )
    }
)

FOOTER = "--\nLumena Lighting Co., Ltd. · 88 Binjiang Road, Ningbo, China\nYou wrote to us on 9 March. To hear no more, answer with “stop”."


def mail(sender: str, subject: str, text: str, quoted: str = "", at: datetime = NOW) -> bytes:
    """The bytes of a plain mail as a buyer's program writes them."""
    tail = "\n\nOn Mon, 9 Mar 2026 at 08:12, Lumena <sales@lumena.example> wrote:\n" + "".join(f"> {q}\n" for q in quoted.split("\n"))
    body = (text + (tail if quoted else "")).replace("\n", "\r\n")
    head = (
        f"From: {sender}\r\nTo: Lumena <sales@lumena.example>\r\nSubject: {subject}\r\nDate: {at:%a, %d %b %Y %H:%M:%S} +0000\r\n"
        f"Message-ID: <{crc32(repr((sender, subject, text)).encode())}@buyer.example>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    )
    return (head + body + "\r\n").encode()


@dataclass
class House:
    """A company's ledger and rules, with the few acts that fill them."""

    ledger: Ledger
    policy: Policy = POLICY
    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def hash_address(self, email: str) -> str:
        return suppressions.key_hash(email, b"k" * 32)

    def reviewer_for(self, person: Person) -> Reviewer:
        return Reviewer(
            self.ledger, self.policy, person, self.now, self.hash_address, lambda db, email: suppressions.reason_for(db, email, b"k" * 32)
        )

    def receive(self, raw: bytes, uid: int, at: datetime) -> int:
        with self.ledger.transaction() as db:
            return inbox.keep(
                db,
                account="sales",
                folder="INBOX",
                role="inbox",
                uidvalidity=1,
                uid=uid,
                raw=raw,
                received_at=at,
                flags=(),
                now=at,
                large_sources=self.ledger.large_sources,
                inline_bytes=1_000_000,
            )

    def inquiry(
        self,
        number: int,
        sender: str,
        company: str,
        country: str,
        subject: str,
        text: str,
        tier: int | None,
        *,
        owner: str = "Lin Mei",
        facts: tuple[Fact, ...] = (),
        fraud: str = "none",
        quoted: str = "",
        hours_ago: float = 3,
    ) -> None:
        """A buyer's mail arrives, is read, graded, and opens lead ``number``."""
        at = self.at - timedelta(hours=hours_ago)
        raw = mail(sender, subject, text, quoted, at)
        inbound_id = self.receive(raw, number, at)
        message = replace(parse.parse(raw, received_at=at), words=text)
        signals = tuple(
            Signal(fact.name, self.policy.signals[fact.name].group, self.policy.signals[fact.name].points, fact.evidence) for fact in facts
        )
        score = Score(
            sum(s.points for s in signals if s.group == "company"),
            sum(s.points for s in signals if s.group == "matter"),
            tier,
            signals,
            signals[:1],
            fraud=fraud,
        )
        cadence = self.policy.cadence_for(tier)
        events = [
            e.CompanyMet(number, country=country, name=company, domain=message.sender.domain),
            e.ContactMet(
                number, number, language="en", country=country, email=message.sender.email, name=message.sender.name, phone="+49 30 1234567"
            ),
            e.LeadOpened(number, number, number, inbound_id, "mail", "en", country, owner, "in_turn", at, subject),
            e.InquiryReceived(number, inbound_id, at),
            e.LeadScored(number, inbound_id, tier, score.fit, score.engagement, fraud, "", score),
        ]
        if cadence:
            events.append(e.RoundBegun(number, cadence[0], 1, "answer", at, "the buyer asked"))
        else:
            events.append(e.CadenceEnded(number, "fraud" if fraud == "likely" else "not_graded"))
        handled = inbox.Handled(inbound_id, message, Verdict("inquiry", "question", subject), "opened_lead", number, number, facts)
        with self.ledger.transaction() as db:
            journal.record(db, events, now=at, handled=handled)

    def draft(self, number: int, lead_id: int, body: str, **changes) -> Letter:
        """The agent writes letter ``number`` to the buyer of a lead."""
        with self.ledger.reading() as db:
            from mailagent.ledger import leads

            lead = leads.get(db, lead_id)
        subject = changes.pop("subject", f"Re: {lead.subject}")
        values = {"recipient": lead.email, "cc": (), "footer": FOOTER} | {
            k: changes.pop(k) for k in ("recipient", "cc", "footer") if k in changes
        }
        letter = Letter(
            id=number, ulid=f"01J{number:023d}", lead_id=lead_id, contact_id=lead.contact_id, account="sales",
            recipient_name=lead.contact_name,
            basis="answer", round=1, step="answer", template="en/answer_standard", language="en", subject=subject, body=body, warnings=(),
            why="the buyer asked", message_id=f"fu.{number}@lumena.example", in_reply_to="", references=(), state="drafted",
            content_hash=content_hash(values["recipient"], values["cc"], subject, body, values["footer"]), needs_manager=lead.tier == 1,
            author=lead.owner, approved_by="", approved_at=None, planned_at=self.at, next_attempt_at=None, attempts=0, attempt_id=None,
            lease_until=None, raw=None, sent_at=None, filed="", provider_message_id="", state_reason="", dedupe_key="", created_at=self.at,
            **values,
        )  # fmt: skip
        letter = replace(letter, **changes)
        self.record(
            e.LetterDrafted(letter.id, lead_id, letter.basis, letter.step, letter.template, letter),
            e.WaitBegun(lead_id, "a draft waits for approval"),
        )
        return letter

    def record(self, *events: e.Event, actor: str = journal.AGENT) -> None:
        with self.ledger.transaction() as db:
            journal.record(db, events, now=self.at, actor=actor)

    def send(self, letter: Letter, *last: str) -> None:
        """Approve a letter and let it go through the moves of an attempt, ending with the verbs given (accept, lose …)."""
        self.record(e.LetterMoved(letter.id, "approve", content_hash=letter.content_hash, retry_at=self.at), actor="Chen Jing")
        lease = self.at + timedelta(minutes=15)
        attempt = letter.id
        self.record(e.LetterMoved(letter.id, "claim", attempt_id=attempt, lease_until=lease, raw=b"bytes"))
        self.record(*(e.LetterMoved(letter.id, verb, attempt_id=attempt, lease_until=lease) for verb in ("transmit", *last)))

    def letter(self, number: int) -> Letter:
        with self.ledger.reading() as db:
            return outbox.get(db, number)

    def dump(self) -> str:
        """Everything in the ledger as text."""
        with self.ledger.reading() as db:
            return "\n".join(db.conn.iterdump())


FISCHER = """Dear Sir or Madam,

we are a wholesaler of office lighting in Berlin with four branches.
Please quote your panel PL-6060, 40 W, 4000 K, for 800 pieces, CIF Hamburg.
Do you have the ENEC certificate, and how is it packed?

Our telephone is +49 30 1234567.

Best regards
Anna Fischer"""

ANSWER = """Dear Ms. Fischer,

thank you for your inquiry of 9 March.

The PL-6060, 40 W, 4000 K, is USD 11.80 a piece for 800 pieces, FOB Ningbo.
It comes four to a carton, 0.062 m³, 12.4 kg. Production takes 25 days after the deposit.
Payment: 30 % in advance, the rest against the copy of the bill of lading.

The ENEC certificate is with our data sheet, which I can send you today.
May I add the freight to Hamburg?

Best regards
Lin Mei
Lumena Lighting"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Five leads of every sort, with letters in several states."""
    house = House(Ledger(tmp_path / "ledger.sqlite"))
    house.inquiry(
        1, "Anna Fischer <a.fischer@nordlicht.example>", "Nordlicht Handels GmbH", "DE", "Inquiry: LED panel PL-6060, 800 pcs", FISCHER, 2,
        facts=(
            Fact("names_product", "PL-6060", "your panel PL-6060, 40 W, 4000 K"),
            Fact("asks_price", "CIF Hamburg", "Please quote your panel PL-6060"),
            Fact("gives_phone", "+49 30 1234567", "Our telephone is +49 30 1234567"),
        ),
        quoted="Our new catalogue is out.\nLumena",
    )  # fmt: skip
    house.draft(
        1, 1, ANSWER, warnings=("he asks for CIF Hamburg; the list prices are FOB: add the freight",), cc=("einkauf@nordlicht.example",)
    )
    house.inquiry(
        2, "Omar Haddad <omar@gulfbright.example>", "Gulf Bright Trading", "AE", "Order GB-1182: 2 x 40' high cube",
        "Dear Lin,\n\nplease send the PI for our second order, same as last time. We transfer the deposit on Thursday.\n\nOmar", 1,
        facts=(Fact("places_order", "", "please send the PI for our second order"),), hours_ago=20,
    )  # fmt: skip
    house.draft(
        2, 2, "Dear Mr. Haddad,\n\nthank you for your order GB-1182. The proforma invoice follows within the hour.\n\nBest regards\nLin Mei"
    )
    house.inquiry(
        3, "Luisa Romero <compras@casaluz.example>", "Casa Luz", "MX", "Lámparas de techo", "Buenos días, ¿tienen catálogo? Luisa", 3,
        owner="Wang Tao", facts=(Fact("asks_price", "", "¿tienen catálogo?"),), hours_ago=80,
    )  # fmt: skip
    house.send(house.draft(3, 3, "Estimada Luisa:\n\nadjunto nuestro catálogo.\n\nSaludos\nWang Tao"), "accept")
    house.record(e.StepPlanned(3, "follow_up_1", NOW + timedelta(hours=40), "2 working days after Tue 2026-03-10; in the buyer's hours"))
    house.inquiry(
        4,
        "Grant Fund <pay@refund.example>",
        "",
        "",
        "URGENT payment",
        "Kindly confirm your bank account today.",
        None,
        fraud="likely",
        hours_ago=5,
    )
    house.record(
        e.TaskOpened(1, 4, "fraud", "Lin Mei", NOW, "Verify before anything else: signs of fraud", "Kindly confirm your bank account")
    )
    house.inquiry(5, "Jo <jo@mailbox.example>", "", "DE", "hello", "price list please", 4, owner="Wang Tao", hours_ago=30)
    house.send(house.draft(4, 5, "Dear Jo,\n\nwhich products do you need?\n\nWang Tao"), "lose")
    house.record(e.TaskOpened(2, 5, "in_doubt", "Wang Tao", NOW, "The connection broke: did the letter arrive?"))
    house.record(e.TaskOpened(3, 1, "call", "Lin Mei", NOW + timedelta(days=1), "Call Ms. Fischer about the freight to Hamburg"))
    broken = house.receive(b"From: x\r\n\r\n\xff\xfe", 99, NOW)
    with house.ledger.transaction() as db:
        db.execute("UPDATE inbound SET tries = ? WHERE id = ?", [inbox.MAX_TRIES, broken])
        assert inbox.note_failure(db, broken, "RecursionError: too deep", NOW)
    return house


class Visitor:
    """Somebody with a browser: keeps cookies, and sends the token of the form that he saw."""

    def __init__(self, app):
        self.browser = app.test_client()

    def get(self, path: str, **more):
        return self.browser.get(path, **more)

    def post(self, path: str, page: str = "/tasks", **form):
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.browser.get(page).text)
        return self.browser.post(path, data=form | {"csrf_token": token[1] if token else ""})


@pytest.fixture
def desk(house: House) -> Callable[..., Visitor]:
    """``desk("Lin Mei")``: a visitor who is that person already; ``desk()``: one who has to sign in."""

    def open_desk(name: str = "", passwords=PASSWORDS, policy: Policy | None = None, foresee=None) -> Visitor:
        app = create_desk(
            house.ledger,
            policy or house.policy,
            secret=SECRET,
            now=house.now,
            reviewer_for=house.reviewer_for,
            passwords=passwords,
            open_as=name,
            foresee=foresee or (lambda days, most, tell: simulate(house, days, most=most, tell=tell)),
        )
        app.testing = True
        app.config["PROPAGATE_EXCEPTIONS"] = True
        return Visitor(app)

    return open_desk
