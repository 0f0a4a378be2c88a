"""One company, one buyer, one inquiry: what the tests of letters share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from mailagent.core.model.address import Address
from mailagent.core.model.known import LetterRef
from mailagent.core.model.lead import Fact, Lead
from mailagent.core.model.policy import Catalogue, CompanyProfile, LawRow, Mailbox, Person, Policy, Product, Step
from mailagent.core.writing import compose, draft, tokens
from mailagent.core.writing.draft import LastMail
from mailagent.core.writing.templates import TemplateSet

ROOT = Path(__file__).parents[2]
TEXTS = {f"{path.parent.name}/{path.stem}": path.read_text("utf-8") for path in (ROOT / "templates").glob("*/*.txt")}
TEMPLATES = TemplateSet(TEXTS)
NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
KEY = b"sixteen bytes or more"
OUTLOOK_ID = "AM0PR04MB" + "1234A1B2C3D4E5F60718293A4B5C6D7E8F901" + "@AM0PR04MB1234.eurprd04.prod.OUTLOOK.com12345678"
COMPANY = CompanyProfile(
    legal_name="Ningbo Example Bearing Co., Ltd.",
    postal_address="88 Example Road, Ningbo, China",
    domains=("ours.example",),
    introduction={"en": "We make ball bearings since 1998."},
)
CATALOGUE = Catalogue(
    families={"deep groove": ("deep groove ball bearing",)},
    payment={"en": "30 % deposit, balance against copy of B/L"},
    product=(
        Product(code="6204-2RS", name={"en": "ball bearing", "zh": "深沟球轴承"}, family="deep groove", price=0.85, port="Ningbo", moq=5000,
                lead_time_days=25, packing={"en": "200 per carton"}),
        Product(code="6205-2RS", name={"en": "ball bearing"}, family="deep groove", price=0.99),
        Product(code="6203-2RS", name={"en": "ball bearing"}, family="deep groove", price=0.71),
        Product(code="UCP205", name={"en": "pillow block"}),
    ),
)  # fmt: skip
LIN = Person(name="Lin Mei", email="lin@ours.example", title="Sales Manager", phone="+86 574 8700 0000")
POLICY = Policy(
    company=COMPANY,
    people=(LIN,),
    mailboxes=(Mailbox(name="sales", address="sales@ours.example"),),
    catalogue=CATALOGUE,
    law={"KR": LawRow(basis="inquiry", subject_prefix="(광고)")},
)
LEAD = Lead(
    id=7, contact_id=3, company_id=2, email="j.smith@acme.example", contact_name="John Smith", company_name="Acme", source="direct",
    subject="Price for 6204", language="en", country="US", stage="new", tier=3, score=40.0, fraud="none", owner="Lin Mei", round=1,
    cadence="standard", step="answer", next_due_at=None, due_reason="", hold_reason="", held_until=None, rest_reason="", pinned_tier=None,
    opened_at=NOW, last_inbound_at=NOW, last_outbound_at=None, inbound_count=1, outbound_count=0,
)  # fmt: skip
ANSWER = Step(id="answer", do="letter", basis="answer", template="answer_standard")
FOLLOW_UP = Step(id="follow_up_1", do="letter", template="follow_up_1")
PRICE = (Fact("asks_price"), Fact("names_product", "6204 2rs"))
LANGUAGES = TEMPLATES.languages()


def mail(*facts, subject="RE: Price for 6204", message_id=OUTLOOK_ID, references=(), cc=()):
    return LastMail(subject, message_id, tuple(references), "words", NOW - timedelta(days=1), tuple(facts), tuple(cc))


def write(last=None, step=ANSWER, lead=LEAD, contact=None, company=None, templates=TEMPLATES, rules=POLICY, **more):
    ulid = tokens.new_ulid(NOW, bytes(range(10)))
    ids = {"letter_id": 1, "ulid": ulid, "message_id": tokens.message_id(ulid, KEY, "ours.example")}
    return draft.write(lead, contact, company, step, last, LIN, rules, templates, now=NOW, planned_at=NOW, **ids, **more)


SENDER = Address("Lin Mei", "sales@ours.example")


def build(letter, sender=SENDER):
    return compose.build(letter, sender, NOW, "mailto:sales@ours.example?subject=unsubscribe%20abc", POLICY)


def letter_ref(message_id, subject="6204"):
    return LetterRef(1, 7, 3, "j.smith@acme.example", message_id, subject, "sent", "answer")
