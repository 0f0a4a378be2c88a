"""What must be true after the demo: the promises of the product, asked of the mail server and the ledger.

Each check is (what is promised, whether it holds). They look at what reached the server, not at what we meant to do.
"""

from __future__ import annotations

import imaplib
from collections import Counter
from datetime import datetime
from email import message_from_bytes
from email.header import decode_header, make_header

from mailagent.core.deciding import clock, obstacles
from mailagent.core.model.address import match_key
from mailagent.demo.world import World
from mailagent.ledger import inbox, leads, outbox, reports, suppressions

Check = tuple[str, bool]


def subject_of(raw: bytes) -> str:
    return str(make_header(decode_header(message_from_bytes(raw)["Subject"] or "")))


def text_of(raw: bytes) -> str:
    return message_from_bytes(raw).get_payload(decode=True).decode("utf-8", "replace").replace("\r\n", "\n")


def first_morning(world: World) -> list[Check]:
    """Every sample mail was read as a person would: its kind, its tier, its language; nothing was sent yet."""
    seen = {one.message.message_id: one for one in world.handled}
    ledger_tiers = tiers(world)
    found: list[Check] = [
        (
            "every mail was read exactly once",
            len(world.handled) == len(world.samples) == len({one.message.source_hash for one in world.handled}),
        ),
        ("no buyer got a letter that nobody approved", not buyers_letters(world)),
    ]
    for sample in world.samples:
        wanted = sample.expect
        one = seen.get(message_id_of(sample.raw))
        if one is None:
            found.append((f"{sample.name} was read", False))
            continue
        verdict = one.verdict
        found.append((f"{sample.name}: is {wanted['kind']}, was read as {verdict.kind}", verdict.kind == wanted["kind"]))
        if "tier" in wanted and one.lead_id and verdict.kind in ("inquiry", "reply"):
            tier = ledger_tiers[one.lead_id]
            found.append((f"{sample.name}: tier {wanted['tier']}, was graded {tier}", tier == wanted["tier"]))
    return found


def message_id_of(raw: bytes) -> str:
    from mailagent.core.reading import parse

    return parse.parse(raw).message_id


def tiers(world: World) -> dict[int, int | None]:
    with world.office.ledger.reading() as db:
        return {lead.id: lead.tier for lead in leads.listing(db)}


def buyers_letters(world: World) -> list:
    """What reached anybody who is not of our own people."""
    staff = {person.email for person in world.office.policy.people}
    return [one for one in world.mail.posted if one.recipients[0] not in staff]


def whole_story(world: World) -> list[Check]:
    """After the days have passed."""
    office, posted = world.office, buyers_letters(world)
    with office.ledger.reading() as db:
        status = reports.status(db)
        every_lead = leads.listing(db)
        letters = [letter for lead in every_lead for letter in outbox.of_lead(db, lead.id)]
        suppressed = suppressions.listing(db)
        broken = inbox.quarantined(db)
        mails = [mail for lead in every_lead for mail in inbox.mails_of(db, lead.id)]
    sent = [letter for letter in letters if letter.state in ("sent", "bounced")]
    ids = Counter(message_from_bytes(one.raw)["Message-ID"] for one in world.mail.posted)
    follow_ups = [letter for letter in sent if letter.basis == "follow_up"]
    checks: list[Check] = [
        ("letters were sent", len(sent) >= 25),
        ("follow-ups were sent", len(follow_ups) >= 8),
        (
            "what the ledger calls sent is what the server took",
            {letter.message_id for letter in sent} == {bare_id(one.raw) for one in posted},
        ),
        ("no letter reached the server twice", max(ids.values()) == 1),
        ("every letter was approved by a person", all(letter.approved_by in names(world) for letter in sent)),
        ("no mail is in quarantine", not broken and set(status["mails"]) == {"handled"}),
        ("no letter is in doubt", not status["letters"].get("in_doubt")),
        ("buyers answered", sum(mail["kind"] == "reply" for mail in mails) >= 10),
        ("people's unread mail is still unread", unread_is_unread(world)),
        ("sent copies were filed once", copies_filed_once(world, sent)),
        *threading(sent, mails),
        ("follow-ups left in the buyers' hours", all(in_hours(world, letter, every_lead) for letter in follow_ups)),
    ]
    checks += [(f"{row['email']} got no letter after {row['reason']}", silent_since(row, posted)) for row in suppressed if row["email"]]
    checks += [(f"lead {lead.id} has a next step or a reason for none", is_not_forgotten(lead)) for lead in every_lead]
    checks += [
        (f"lead {lead.id} shows signs of fraud and got no letter", not got_letters(lead, posted))
        for lead in every_lead
        if lead.tier is None
    ]
    checks += digests(world)
    return checks


def names(world: World) -> set[str]:
    return {person.name for person in world.office.policy.people}


def bare_id(raw: bytes) -> str:
    return message_from_bytes(raw)["Message-ID"].strip("<>")


def threading(sent: list, mails: list[dict]) -> list[Check]:
    answers = [letter for letter in sent if letter.basis == "answer" and has_mail(letter, mails)]
    return [(f"letter {letter.id} to {letter.recipient} threads under the buyer's mail", bool(letter.in_reply_to)) for letter in answers]


def has_mail(letter, mails: list[dict]) -> bool:
    """Had the buyer written a mail of his own by then? (A form's notice is none, and one without an id cannot be named.)"""
    before = [
        mail for mail in mails if mail["lead_id"] == letter.lead_id and datetime.fromisoformat(mail["received_at"]) <= letter.created_at
    ]
    return any('"message_id": ""' not in mail["answer_head"] for mail in before if mail["kind"] in ("inquiry", "reply"))


def unread_is_unread(world: World) -> bool:
    """Asked by another IMAP client, as a colleague's mail program would see it."""
    mailbox = world.mailbox
    client = imaplib.IMAP4("127.0.0.1", world.mail.imap_port, timeout=30)
    try:
        client.login(mailbox.username, world.office.settings.password(mailbox))
        client.select("INBOX", readonly=True)
        return client.search(None, "SEEN")[1] == [b""]
    finally:
        client.logout()


def copies_filed_once(world: World, sent: list) -> bool:
    filed = Counter(bare_id(raw) for raw in world.mail.messages(world.mailbox.address, "Sent"))
    return all(filed[letter.message_id] == 1 for letter in sent)


def in_hours(world: World, letter, every_lead: list) -> bool:
    lead = next(lead for lead in every_lead if lead.id == letter.lead_id)
    return obstacles.obstacle(letter.sent_at, clock.clock_of(lead, world.office.policy), world.office.policy) == ""


def silent_since(row: dict, posted: list) -> bool:
    since = datetime.fromisoformat(row["created_at"])
    key = match_key(row["email"])
    return not any(one.at > since and any(match_key(recipient) == key for recipient in one.recipients) for one in posted)


def is_not_forgotten(lead) -> bool:
    return bool(lead.next_due_at or lead.hold_reason or lead.rest_reason or lead.due_reason)


def got_letters(lead, posted: list) -> bool:
    return any(match_key(one.recipients[0]) == match_key(lead.email) for one in posted)


def digests(world: World) -> list[Check]:
    """One digest for each whole ISO week that has passed, and no more."""
    manager = world.office.policy.managers[0].email
    subjects = [subject_of(one.raw) for one in world.mail.posted if one.recipients[0] == manager and "-W" in subject_of(one.raw)]
    weeks = Counter(subject.partition("-W")[2][:2] for subject in subjects)
    return [
        ("the manager got a digest every week", len(weeks) >= 3),
        ("no week was reported twice", max(weeks.values(), default=0) == 1),
    ]
