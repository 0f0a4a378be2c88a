"""The whole story on real servers: a buyer's mail comes in by SMTP, our letter goes out by SMTP, everything between by IMAP.

Dovecot and Postfix from Debian stand for the provider; the buyer is somebody with a mailbox there. Follow-ups are due
at once (``Company.hurry``), so that nobody has to wait for a working day.
"""

from __future__ import annotations

import email
import re
from contextlib import suppress
from urllib.parse import unquote

import pytest
from company import INQUIRY, Company, letter, wait_until

from mailagent import jobs
from mailagent.errors import MailboxError
from mailagent.ledger import folders, leads, outbox, tasks
from mailagent.office import open_office

pytestmark = pytest.mark.wire

# Outlook writes ids so long that a careless program folds them, and the buyer's client then shows two threads.
OUTLOOK = "<DB9PR08MB7177A1B2C3D4E5F60718293A4B5C6D7E8F9@DB9PR08MB7177.eurprd08.prod.outlook.com.cust.example>"


class Story:
    """One company and one buyer, and what happens between them."""

    def __init__(self, company: Company, buyer: str):
        self.company, self.buyer, self.dovecot = company, buyer, company.dovecot
        self.office = open_office(company.home)
        [self.mailbox] = self.office.policy.mailboxes

    def look(self) -> None:
        """One look of the daemon at everything, with a new connection."""
        connection = self.office.open_mailbox(self.mailbox)
        try:
            jobs.receive(self.office, self.mailbox, connection)
            jobs.handle(self.office)
            jobs.plan(self.office)
            jobs.reconcile(self.office)
            jobs.announce(self.office)
            jobs.deliver(self.office)
            jobs.reconcile_server(self.office, self.mailbox, connection)
        finally:
            connection.close()

    def look_until(self, question, what: str):
        def looked():
            self.look()
            return question()

        return wait_until(looked, what)

    def writes(self, raw: bytes, sender: str = "") -> None:
        """The buyer sends a mail, and it has arrived."""
        before = len(self.dovecot.mails(self.company.address))
        self.company.arrives(raw, sender or self.buyer)
        self.dovecot.wait_for_mails(self.company.address, before + 1)

    def drafts(self):
        with self.office.ledger.reading() as db:
            return outbox.drafts(db)

    def lead(self, number: int = 1):
        with self.office.ledger.reading() as db:
            return leads.get(db, number)

    def state(self, letter_id: int) -> str:
        with self.office.ledger.reading() as db:
            return outbox.get(db, letter_id).state

    def approve(self, draft) -> None:
        self.office.reviewer(self.office.policy.person("Boss")).approve(draft.id, draft.content_hash)

    def inquiry_answered(self, sender: str = "", **headers):
        """A buyer asks, and what the agent drafted is approved and sent; the letter."""
        self.writes(letter(sender or self.buyer, self.company.address, **headers), sender)
        self.look()
        [draft] = self.drafts()
        self.approve(draft)
        # Once to send it, once more to plan what follows.
        self.look()
        self.look()
        assert self.state(draft.id) in ("sent", "bounced")
        return draft

    def sent_folder(self) -> list[bytes]:
        return self.dovecot.mails(self.company.address, "Sent Items")


@pytest.fixture
def story(tmp_path, dovecot, postfix, user, buyer):
    company = Company(tmp_path / "home", user, dovecot, postfix)
    company.hurry()
    story = Story(company, buyer)
    yield story
    story.office.ledger.close()


def test_from_the_inquiry_to_the_reply_that_stops_the_follow_up(story, dovecot, user, buyer):
    colleague = dovecot.client(user)
    dovecot.deliver(user, letter("news@fair.example", user, "Hall plan"))
    dovecot.deliver(user, letter("old@fair.example", user, "To be deleted"))
    colleague.noop()
    colleague.store("2", "+FLAGS", "(\\Deleted)")
    colleague.store("1", "+FLAGS", "(\\Flagged)")

    # He asks; we understand; a person approves; he has our letter.
    story.writes(letter(buyer, user, Message_ID=OUTLOOK))
    story.look()
    assert story.lead(1) is not None
    [draft] = [d for d in story.drafts() if d.recipient == buyer]
    lead = story.lead(draft.lead_id)
    assert (lead.tier, lead.company_name) == (3, "Kowalski Sp. z o.o.")
    assert dovecot.mails(buyer) == []
    story.approve(draft)
    story.look()
    [arrived] = dovecot.wait_for_mails(buyer, 1)
    message = email.message_from_bytes(arrived)
    assert len(OUTLOOK) >= 95
    assert f"In-Reply-To: {OUTLOOK}".encode() in arrived, "the id must stand on one line, unfolded"
    assert OUTLOOK in message["References"].split()
    assert message["Subject"] == "Re: Inquiry garden shears"
    assert message["Message-ID"] == f"<{draft.message_id}>"
    assert "1 West Lake Road" in message.get_payload(decode=True).decode()

    # Nobody but the server knows it a second time: one copy in Sent, known as our own, and nothing is sent again.
    for _ in range(3):
        story.look()
    assert len(dovecot.mails(buyer)) == 1
    [copy] = story.sent_folder()
    assert arrived.endswith(copy)
    [(kind, outcome)] = story.company.ask("SELECT kind, outcome FROM inbound WHERE role = 'sent'")
    assert kind == "own", outcome
    [(filed,)] = story.company.ask("SELECT filed FROM outbox WHERE id = ?", draft.id)
    assert filed == "mailagent"

    # The next follow-up waits for approval; his reply makes it needless and asks for an answer instead.
    [waiting] = [d for d in story.drafts() if d.lead_id == lead.id]
    assert waiting.basis == "follow_up"
    reply = "Thank you. We need 2,000 pcs to Gdansk, in colour boxes. Please send the proforma.\r\n"
    headers = {"In_Reply_To": message["Message-ID"], "References": f"{OUTLOOK} {message['Message-ID']}"}
    story.writes(letter(buyer, user, "Re: Inquiry garden shears", reply, **headers))
    story.look()
    assert story.state(waiting.id) == "cancelled"
    [answer] = [d for d in story.drafts() if d.lead_id == lead.id]
    assert (answer.basis, answer.recipient) == ("answer", buyer)
    assert answer.references[:2] == (OUTLOOK.strip("<>"), draft.message_id)
    assert len(dovecot.mails(buyer)) == 1

    # The mailbox belongs to people: all that they had marked is as it was, and what they have not read is unread.
    colleague.select("INBOX", readonly=True)
    flags = colleague.fetch("1:*", "(FLAGS)")[1]
    told = [set(re.search(rb"FLAGS \(([^)]*)\)", line)[1].split()) - {b"\\Recent"} for line in flags]
    assert told == [{b"\\Flagged"}, {b"\\Deleted"}, set(), set()]
    colleague.logout()


def test_a_colleague_who_answers_from_his_own_program_cancels_the_draft(story, dovecot, user, buyer):
    asked = letter(buyer, user, Message_ID=OUTLOOK)
    story.writes(asked)
    story.look()
    [draft] = story.drafts()
    text = "Dear Anna,\r\nattached our offer.\r\nLi Wei\r\n"
    answer = letter(user, buyer, "Re: Inquiry garden shears", text, "Li Wei", In_Reply_To=OUTLOOK)
    colleague = dovecot.client(user, "Sent Items")
    colleague.append('"Sent Items"', "(\\Seen)", None, answer)
    colleague.logout()
    story.look()
    assert story.state(draft.id) == "cancelled"
    assert all(d.basis == "follow_up" for d in story.drafts()), "the wait begins anew with the first follow-up"
    story.look()
    assert dovecot.mails(buyer) == []


def test_an_approved_letter_to_nobody_bounces_and_is_never_written_again(story, dovecot, user):
    nobody = f"nobody.{user.partition('@')[0]}@cust.example"
    draft = story.inquiry_answered(nobody)
    # Postfix took it; Dovecot knows no such user; Postfix writes a real DSN to us.
    story.look_until(lambda: story.state(draft.id) == "bounced", "the bounce")
    [(reason, hashed)] = story.company.ask("SELECT reason, key_hash FROM suppressions")
    assert reason == "hard_bounce"
    assert hashed == story.office.hash_address(nobody)
    assert story.lead(draft.lead_id).rest_reason == "bounced"
    assert story.drafts() == []


def test_an_unsubscribe_mail_silences(story, dovecot, user, buyer):
    story.inquiry_answered()
    [arrived] = dovecot.wait_for_mails(buyer, 1)
    [waiting] = story.drafts()
    link = email.message_from_bytes(arrived)["List-Unsubscribe"].strip("<>")
    address, subject = re.fullmatch(r"mailto:([^?]+)\?subject=(.+)", link).groups()
    assert unquote(address) == user
    # His mail program's button: from another address of his, with nothing but the subject of the link.
    story.writes(letter("assistant@cust.example", user, unquote(subject), "\r\n"), "assistant@cust.example")
    story.look()
    assert story.state(waiting.id) == "cancelled"
    assert ("unsubscribe", story.office.hash_address(buyer)) in story.company.ask("SELECT reason, key_hash FROM suppressions")
    story.look()
    assert [d for d in story.drafts() if d.recipient == buyer] == []
    # Even a letter that a person approved before is stopped at the door.
    assert len(dovecot.mails(buyer)) == 1


def test_a_mailbox_that_was_restored_from_backup_doubles_nothing(story, dovecot, user, buyer):
    story.inquiry_answered()
    [waiting] = story.drafts()
    before = story.company.ask("SELECT COUNT(*) FROM inbound"), story.company.ask("SELECT COUNT(*) FROM leads")
    [(old,)] = story.company.ask("SELECT uidvalidity FROM cursors WHERE folder = 'INBOX'")
    dovecot.forget_numbers(user)
    for _ in range(2):
        story.look()
    [(new,)] = story.company.ask("SELECT uidvalidity FROM cursors WHERE folder = 'INBOX'")
    assert new != old
    assert before == (story.company.ask("SELECT COUNT(*) FROM inbound"), story.company.ask("SELECT COUNT(*) FROM leads"))
    assert [d.id for d in story.drafts()] == [waiting.id]
    assert len(dovecot.mails(buyer)) == 1
    assert len(story.sent_folder()) == 1
    # And reading goes on after it.
    story.writes(letter(buyer, user, "Another matter", INQUIRY.replace("2,000", "300")))
    story.look()
    with story.office.ledger.reading() as db:
        assert folders.cursor(db, "sales", "INBOX").last_uid >= 2
    assert story.company.ask("SELECT COUNT(*) FROM inbound WHERE state = 'new'") == [(0,)]


def test_a_mail_that_the_server_cannot_hand_out_blocks_nobody(story):
    """Dovecot cuts the line over a file that it may not read; what lies behind it is read all the same."""
    for number in (1, 2, 3):
        story.dovecot.deliver(story.company.address, letter(f"b{number}@cust.example", story.company.address, f"Garden shears {number}"))
    maildir = story.dovecot.folder / "mail" / story.company.address / "Maildir"
    files = [path for path in maildir.glob("*/*") if path.parent.name in ("new", "cur")]
    # By what is in it: the names of files of one second do not sort in the order of their delivery.
    next(path for path in files if b"Garden shears 2" in path.read_bytes()).chmod(0)
    for _ in range(5):
        with suppress(MailboxError):
            story.look()
    with story.office.ledger.reading() as db:
        subjects = {row["subject"] for row in db.execute("SELECT subject FROM inbound WHERE state = 'handled'")}
        (alarm,) = [task["title"] for task in tasks.unowned(db) if task["kind"] == "folder"]
    assert subjects == {"Garden shears 1", "Garden shears 3"}
    assert re.search(r"cannot hand out mail \d+ of INBOX", alarm)
