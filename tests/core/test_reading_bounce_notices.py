"""Delivery reports in plain words: whom they did not reach and why, in the languages of the servers."""

from __future__ import annotations

import pytest
from policies import policy

from mailagent.core.model.known import Known
from mailagent.core.reading import kind
from mailagent.core.reading.parse import parse

#: As Exim writes, whatever the other server said.
EXIM = "Mail delivery failed: returning message to sender"
FOR_EVER = "A message that you sent could not be delivered.\nThis is a permanent error. The following address(es) failed:"
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
    (EXIM, f"{FOR_EVER}\n\n  ops@gone.example\n    the door is nailed up", "undefined", True),
    (EXIM, f"{FOR_EVER}\n\n  ops@gone.example\n    all relevant MX records point to non-existent hosts", "hostunknown", True),
    (EXIM, f"{FOR_EVER}\n\n  ops@full.example\n    552 mailbox full", "mailboxfull", False),
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


# Exchange marks a report of failure by a header without a value; title and words are in the language of the server.
EXCHANGE = [
    ("Não é possível entregar: Cotação", "<p>Sua mensagem para compras@kunde.example não pôde ser entregue.</p>"),
    ("Impossible de remettre : Offre", "<p>achats@kunde.example</p><p>achats est introuvable</p>"),
    ("Non recapitabile: Offerta", "<p>Il messaggio per ufficio@kunde.example non è stato recapitato.</p>"),
    ("Niedostarczalne: Oferta", "<p>zakupy@kunde.example</p><p>550 5.1.10 RESOLVER.ADR.RecipientNotFound</p>"),
    ("未傳遞: 報價", "<p>buyer@kunde.example</p><p>請檢查收件者</p>"),
    ("Ej levererat: Offert", "<p>Vi hittade inte inkop@kunde.example</p>"),
]


@pytest.mark.parametrize(("subject", "words"), EXCHANGE)
@pytest.mark.parametrize("path", ["Return-Path: <>\r\n", ""])
def test_exchange_marks_its_reports_by_a_header(subject, words, path):
    head = f"{path}From: Microsoft Outlook <MicrosoftExchange329e71ec88ae@kunde.example>\r\nSubject: {subject}\r\n"
    head += "X-MS-Exchange-Message-Is-Ndr: \r\nAuto-Submitted: auto-replied\r\nContent-Type: text/html; charset=utf-8\r\n"
    message = parse(f"{head}\r\n{words}".encode(), languages=policy().languages)
    assert kind.classify(message, Known(), policy()).kind == "bounce"
    assert [one.address.endswith("@kunde.example") for one in message.report.recipients] == [True]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("收件人（ann@far.example）所属域名不存在或收件人地址不存在。\n550 Mailbox not found", "userunknown"),
        ("收件人（ann@far.example）的域名不存在\n550 User unknown", "userunknown"),
        ("无法发送到 ann@far.example\n域名不存在\n553 Domain not found", "hostunknown"),
    ],
)
def test_what_the_other_server_answered_is_surer_than_a_page_of_guesses(words, reason):
    raw = f"From: postmaster@mx.example\r\nSubject: 系统退信\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n"
    message = parse(raw.encode(), languages=policy().languages)
    assert [(one.reason, one.permanent) for one in message.report.recipients] == [(reason, True)]


def test_who_asks_for_an_earlier_delivery_reports_none():
    head = "From: Ana <ana@kunde.example>\r\nTo: sales@ours.example\r\nSubject: Não é possível entregar antes?\r\n"
    words = "Precisamos de 550 peças em maio. Copie chefe@kunde.example, por favor."
    raw = f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{words}"
    assert parse(raw.encode(), languages=policy().languages).report is None
