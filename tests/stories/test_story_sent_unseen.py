"""Nobody knows what the owner of an unseen Sent folder has written: follow-ups wait, and somebody hears of it (DOMAIN §4)."""

from __future__ import annotations

from datetime import timedelta

from stage import SHORT

from mailagent.doctor.rhythm import examine_rhythm
from mailagent.jobs.deliver import deliver
from mailagent.jobs.watch_sent import watch_sent
from mailagent.ledger import health
from mailagent.ledger.db import to_text

PETER = "p.klein@klein-antriebe.example"


def forget_sent(stage, days: int) -> None:
    """As if the Sent folder had not been read for so long, while the inbox is read as ever."""
    with stage.office.ledger.transaction() as db:
        db.execute("UPDATE cursors SET checked_at = ? WHERE role = 'sent'", [to_text(stage.now - timedelta(days=days))])


def alarms(stage) -> list[str]:
    with stage.office.ledger.reading() as db:
        return [alarm.title for alarm in health.open_alarms(db, trouble="sent_unseen")]


def test_no_follow_up_while_sent_is_unseen(stage):
    stage.buyer_writes(PETER, SHORT)
    stage.look()
    stage.approve_everything()
    stage.look()
    while not stage.drafts():
        assert stage.clock_to_next()
    stage.approve_everything()
    letter = stage.letters_to(PETER)[-1]
    assert alarms(stage) == []
    stage.clock.jump(letter.next_attempt_at + timedelta(minutes=1))
    # The mailbox is not looked at in between.
    forget_sent(stage, 5)
    watch_sent(stage.office)
    (title,) = alarms(stage)
    assert title.startswith("The Sent folder of the mailbox sales has not been seen since ")
    deliver(stage.office)
    held = stage.letter(letter.id)
    assert (held.state, held.state_reason) == ("approved", "sent_unseen")
    # It is seen again: the alarm is over, and the letter goes when it is asked again.
    stage.wait(minutes=1)
    assert alarms(stage) == []
    while stage.letter(letter.id).state == "approved":
        assert stage.clock_to_next()
    assert stage.letter(letter.id).state == "sent"


def test_the_doctor_asks_for_next_years_calendar(stage):
    found = list(examine_rhythm(stage.office))
    assert [one.ok for one in found] == [True]
