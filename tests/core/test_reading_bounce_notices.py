"""Delivery reports in plain words: whom they did not reach and why, in the languages of the servers."""

from __future__ import annotations

import pytest
from policies import policy

from mailagent.core.model.known import Known
from mailagent.core.reading import kind
from mailagent.core.reading.parse import parse

NOTICES = [
    ("Non remis : offre", "Échec de la remise :\n\nmarie@usine.example\nL'adresse est introuvable.\n#5.1.1 smtp;550", "userunknown", True),
    ("Unzustellbar", "Fehler bei der Zustellung an:\n\npaul@kontor.example\n554 5.2.2 mailbox full", "mailboxfull", False),
    ("No se puede entregar", "No se pudo entregar a:\n\njuan@taller.example\nEl buzón del destinatario está lleno.", "mailboxfull", False),
    ("Mensagem não entregue", "Não pôde ser entregue:\n\nfabio@oficina.example\n\nusuário inexistente", "userunknown", True),
    ("[반송]", "메일을 전달하지 못했습니다.\n수신자: park@portal.example\n존재하지 않는 사용자", "userunknown", True),
    ("配信不能", "次の宛先へは配信できませんでした。\n<tanaka@kojo.example>: メールアドレスが見つかりません", "userunknown", True),
    ("Teslim edilemedi", "İletiniz teslim edilemedi:\n\nali@posta.example\nAdres bulunamadı.", "userunknown", True),
    ("Thư bị trả lại", "Không thể gửi thư đến:\n<tuan@vnpt.example>\nTài khoản không tồn tại", "userunknown", True),
    ("Nedoručitelná", "Zprávu nelze doručit.\nPříjemce: jana@posta.example\nUživatel neexistuje", "userunknown", True),
    ("DELIVERY FAILURE", "Not delivered:\nUser huber (huber@bau.example) not listed in Domino Directory", "userunknown", True),
    ("I like turtles", "Your message to fred@far.example was rejected: mailbox full", "mailboxfull", False),
]  # fmt: skip


@pytest.mark.parametrize(("subject", "words", "reason", "permanent"), NOTICES, ids=[row[2] + str(n) for n, row in enumerate(NOTICES)])
def test_a_notice_says_whom_it_did_not_reach(subject, words, reason, permanent):
    head = f"From: postmaster@mx.example\r\nTo: sales@ours.example\r\nSubject: {subject}\r\nContent-Type: text/plain; charset=utf-8\r\n"
    raw = f"{head}\r\n{words}\r\n"
    message = parse(raw.encode(), languages=policy().languages)
    assert kind.classify(message, Known(), policy()).kind == "bounce"
    (failed,) = message.report.recipients
    assert (failed.address in words, failed.reason, bool(failed.permanent)) == (True, reason, permanent)


CHALLENGE = """From: noreply@filter.example\r
To: sales@ours.example\r
Subject: Re: offer\r
Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r
\r
--b\r
Content-Type: text/plain\r
\r
Your letter waits. Please confirm that you are a person.\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; filter.example\r
\r
Final-Recipient: rfc822; bob@far.example\r
Action: failed\r
Status: 4.7.0\r
Diagnostic-Code: X-Notice; Sender not pre-approved\r
--b--\r
"""


def test_a_filter_that_wants_to_know_who_we_are_is_no_bounce():
    verdict = kind.classify(parse(CHALLENGE.encode(), languages=policy().languages), Known(), policy())
    assert (verdict.kind, verdict.automatic) == ("auto_reply", "challenge")


def test_an_undeliverable_parcel_is_a_matter_of_a_person():
    words = "The container was undeliverable, returned to sender. Please send again to kofi2@far.example."
    raw = f"From: kofi@far.example\r\nSubject: Re: container\r\n\r\n{words}\r\n"
    assert kind.classify(parse(raw.encode(), languages=policy().languages), Known(), policy()).kind == "reply"
