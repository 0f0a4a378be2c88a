"""The agent's own clients against the demo's world: its mails are read, its buyers get a letter and answer."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest

pytest.importorskip("pymap", reason="pip install mailagent[demo]")

from mailagent.core.model.policy import Mailbox  # noqa: E402
from mailagent.delivery.base import Accepted, Refused  # noqa: E402
from mailagent.delivery.smtp import smtp_transport  # noqa: E402
from mailagent.demo import buyers, samples  # noqa: E402
from mailagent.demo.server import EmbeddedMail  # noqa: E402
from mailagent.errors import LoginRefused  # noqa: E402
from mailagent.mailbox import imap  # noqa: E402

START = datetime(2026, 3, 10, 8, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
SALES = samples.SALES


class World:
    def __init__(self):
        self.now = START
        self.buyers = buyers.Buyers(lambda: self.now)
        self.mail = EmbeddedMail({SALES: "geheim"}, bounces=buyers.bounces(), on_letter=self.buyers.hear, clock=lambda: self.now)

    @property
    def mailbox(self) -> Mailbox:
        table = tomllib.loads((files("mailagent.demo") / "company/config/mailagent.toml").read_text("utf-8"))
        return Mailbox(**table["mailbox"][0] | {"imap_port": self.mail.imap_port, "smtp_port": self.mail.smtp_port})


@pytest.fixture
def world():
    made = World()
    with made.mail:
        yield made


def test_the_agents_imap_client_reads_every_sample_byte_for_byte_with_its_date(world):
    for one in samples.load(START):
        world.mail.deliver(SALES, one.raw, one.folder, one.flags, one.received_at)
    box = imap.connect(world.mailbox, "geheim", {})
    read = {}
    for role, folder in box.folders(world.mailbox.folders):
        box.open(folder)
        for got in box.fetch(box.new_uids(0)):
            read[got.raw] = (role, got.internal_date)
    box.close()
    wanted = {one.raw: ("sent" if one.folder == "Sent" else "inbox", one.received_at.astimezone(UTC)) for one in samples.load(START)}
    assert read == wanted


def test_a_wrong_password_is_refused_as_a_login(world):
    with pytest.raises(LoginRefused):
        imap.connect(world.mailbox, "wrong", {})


def test_the_agents_smtp_client_reaches_a_buyer_who_answers_and_an_address_that_is_gone(world):
    german, gone = "j.brockmann@brockmann-elektro.example", "compras@luzdelsur.example"
    letter = f"From: Chen Wei <{SALES}>\r\nTo: {{}}\r\nSubject: Re: PL-6060\r\nMessage-ID: <fu.{{}}@lumena.example>\r\n\r\nGuten Tag,\r\n"
    way_out = smtp_transport(world.mailbox, "geheim", {})
    for number, recipient in enumerate((german, gone)):
        outcome = way_out.submit(letter.format(recipient, number).encode(), SALES, (recipient,), lambda: True, f"01J{number}")
        assert isinstance(outcome, Accepted)
    refused = smtp_transport(world.mailbox, "wrong", {}).submit(letter.encode(), SALES, (german,), lambda: True, "01J9")
    assert not isinstance(refused, Accepted)
    unknown = way_out.submit(letter.encode(), SALES, ("nobody@lumena.example",), lambda: True, "01J8")
    assert isinstance(unknown, Refused)
    way_out.close()
    (report,) = world.mail.messages(SALES)
    assert b"<fu.1@lumena.example>" in report and gone.encode() in report
    assert [one.reaction.name for one in world.buyers.due(START + timedelta(hours=1))] == ["Jens Brockmann"]
    assert len(world.mail.outside) == 2 and message_from_bytes(world.mail.outside[0].raw)["To"] == german
