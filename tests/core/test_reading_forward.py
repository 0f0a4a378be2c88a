"""What a colleague passes on: the buyer, his words, his subject, his day, and what the colleague says above."""

from __future__ import annotations

import pytest
from notices import notice, unwrapped
from policies import policy

from mailagent.core.reading import forward

BUYER = "Oscar Lind <oscar@lindgear.example>"
FORWARDS = {
    "a forward of a forward": (
        "over to you\n\nFrom: Li Na <lina@ours.example>\nSent: Thursday, May 7, 2026 9:00 AM\n"
        "To: Boss <boss@ours.example>\nSubject: FW: valves\n\n"
        f"Europe is yours.\n\nFrom: {BUYER}\nSent: Wednesday, May 6, 2026 10:15 PM\nTo: lina@ours.example\n"
        f"Subject: valves\n\nWe need 60 valves.\n",
        ("valves", "We need 60 valves.", "2026-05-06", "over to you\nEurope is yours."),
    ),
    "QQ": (
        f"跟一下\n\n------------------ 原始邮件 ------------------\n发件人: {BUYER};\n"
        f"发送时间: 2026年5月6日(星期三) 下午4:20\n收件人: \"王磊\"<wl@ours.example>;\n"
        "主题: valves\n\nWe need 60 valves.\n",
        ("valves", "We need 60 valves.", "2026-05-06", "跟一下"),
    ),
    "Apple, German": (
        f"Bitte!\n\nAnfang der weitergeleiteten Nachricht:\n\nVon: {BUYER}\nBetreff: valves\n"
        f"Datum: 7. Mai 2026 um 09:12:44 MESZ\nAn: boss@ours.example\n\n"
        "We need 60 valves.\n",
        ("valves", "We need 60 valves.", "2026-05-07", "Bitte!"),
    ),
    "a forwarded notice": (
        "yours?\n\nFrom: Made-in-China.com <inquiry@made-in-china.com>\nSent: Friday, May 8, 2026 6:00 AM\n"
        "To: lina@ours.example\nSubject: Inquiry\n\n"
        "Sender: Oscar Lind\nEmail: oscar@lindgear.example\nContent: We need 60 valves.\n",
        ("Inquiry", "We need 60 valves.", "2026-05-08", "yours?"),
    ),
    "a form of our own": (
        "take it\n\n---------- Forwarded message ---------\nFrom: Website <wordpress@ours.example>\nDate: Thu, Jun 4, 2026 at 6:02 AM\n"
        "Subject: New message\nTo: <info@ours.example>\n\nName: Oscar Lind\nEmail: oscar@lindgear.example\nMessage: We need 60 valves.\n",
        ("New message", "We need 60 valves.", "2026-06-04", "take it"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORWARDS)
def test_what_a_colleague_passes_on_is_the_buyers_mail(name):
    body, (subject, words, sent, note) = FORWARDS[name]
    message = unwrapped(notice("Boss <boss@ours.example>", "FW: FW: x", body))
    assert (str(message.sender), message.subject, message.words) == (BUYER, subject, words)
    assert message.relay_fields["forwarded_by"] == "boss@ours.example" and message.relay_fields["note"] == note
    assert message.relay_fields["sent"] == sent == message.sent_at.date().isoformat()


def test_a_mail_attached_to_a_colleagues_mail_is_read_like_any_other():
    inner = f"From: {BUYER}\nTo: boss@ours.example\nSubject: valves\nDate: Wed, 06 May 2026 07:30:00 +0330\n\nWe need 60 valves.\nOscar\n"
    raw = (
        "From: Boss <boss@ours.example>\nTo: sales@ours.example\nSubject: see attached\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain\n\nAnswer today.\n'
        f"--b\nContent-Type: message/rfc822\n\n{inner}\n--b--\n"
    ).encode()
    message = unwrapped(raw)
    assert (str(message.sender), message.subject, message.words.splitlines()[0]) == (BUYER, "valves", "We need 60 valves.")
    assert message.relay_fields == {"forwarded_by": "boss@ours.example", "note": "Answer today.", "sent": "2026-05-06"}


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("Tuesday, May 5, 2026 3:14 PM", "2026-05-05T15:14"),
        ("mardi 5 mai 2026 10:02", "2026-05-05T10:02"),
        ("miércoles, 3 de junio de 2026 17:45", "2026-06-03T17:45"),
        ("07.05.2026, 12:40", "2026-05-07T12:40"),
        ("25/12/2026 8:00", "2026-12-25T08:00"),
        ("5/6/2026 8:00", None),
        ("next week", None),
        ("31.02.2026", None),
    ],
)
def test_the_date_of_the_inner_mail_in_the_words_of_its_program(written, date):
    found = forward.date_of(written, policy().languages)
    assert (found.isoformat()[:16] if found else None) == date
