"""Where somebody's words end: signatures, sign-offs, small print, banners, and our own letter that nobody marked."""

from __future__ import annotations

import pytest
from policies import policy

from mailagent.core.reading import lexicon as words
from mailagent.core.reading import own_letter, quoting, signature, small_print
from mailagent.core.reading.body import read_html

WORDS = "MINE: please tell us the price of 400 pieces."
MORE = "ALSO: and the packing."
OURS = ("ours.example", "ours trading co., ltd.")
LETTERHEAD = "Lin Mei\nOurs Trading Co., Ltd.\nwww.ours.example\nsales@ours.example"


def cut(text: str, **more) -> quoting.Cut:
    return quoting.cut(text, languages=policy().languages, **more)


@pytest.mark.parametrize(
    "talk",
    [
        "P.S. Please add 20 pieces of the small one.",
        "PS: which port do you use?",
        "附：请一并寄目录。",
        "[1] http://c.example/drawing.pdf",
        "Additional info, the shaft is of stainless steel and has a groove;",
    ],
)
def test_talk_below_a_signature_is_the_writers_own(talk):
    found = cut(f"{WORDS}\n\nBest regards,\nAna Silva\nPhone: +55 11 5555 0101\n\n{talk}")
    assert found.reply == f"{WORDS}\n\n{talk}"
    assert found.signature == "Best regards,\nAna Silva\nPhone: +55 11 5555 0101"


@pytest.mark.parametrize(
    ("text", "signed"),
    [
        (f"{WORDS}\n\nThanks,\nBen", "Thanks,\nBen"),
        (f"{WORDS}\n\nBen", "Ben"),
        (f"{WORDS}\nBen", "Ben"),
        (f"{WORDS} Thanks, BT", "BT"),
        (f"{WORDS}\n\nCarol Frank\nAcme Works\n713-555-0160", "Carol Frank\nAcme Works\n713-555-0160"),
        (f"{WORDS}\n\nsee www.c.example", ""),
        (f"{WORDS}\n\n503-555-0105", ""),
        (f"{WORDS} Thanks.", ""),
        ("Ben", ""),
    ],
)
def test_who_signs_without_a_signature_keeps_his_words(text, signed):
    found = cut(text)
    assert (found.reply, found.signature) == (text, signed)


@pytest.mark.parametrize("name", ["Ivo", "Peter Kern\nKern GmbH", "T.J. Booth", "Thanks,\nTim", "王工"])
def test_two_dashes_without_a_blank_begin_a_signature_where_one_follows(name):
    assert cut(f"{WORDS}\n--\n{name}").reply == WORDS


@pytest.mark.parametrize(
    "small",
    [
        "Diese Nachricht ist vertraulich und nur für den Empfänger bestimmt. Sollten Sie sie irrtümlich erhalten haben, löschen Sie sie.",
        "Le présent message est confidentiel et réservé à son destinataire. Si vous l'avez reçu par erreur, détruisez-le.",
        "Los datos de este correo son confidenciales y van dirigidos a su destinatario. Si lo recibió por error, elimínelo.",
        "Le informazioni qui contenute sono riservate al destinatario. In caso di ricezione per errore si prega di cancellarlo.",
        "Настоящее сообщение конфиденциально и предназначено адресату. Если вы получили его по ошибке, удалите его и сообщите отправителю.",
        "本邮件内容保密，仅供指定的收件人使用。如您误收，请立即删除并通知发件人。",
        "このメールには機密情報が含まれます。宛先と異なる方が受信された場合は、削除してください。",
        "Bu ileti gizli bilgiler içerir ve yalnızca alıcısı içindir. Yanlışlıkla aldıysanız lütfen siliniz ve göndericiyi bilgilendiriniz.",
        "Virus-free. www.avast.com",
        "Antes de imprimir este mensaje, piense en el medio ambiente.",
        "P Please consider the environment before printing this e-mail",
    ],
)
def test_small_print_is_known_by_what_it_speaks_of(small):
    assert cut(f"{WORDS}\n\n{small}").reply == WORDS


@pytest.mark.parametrize(
    "warning",
    [
        "CAUTION: This email originated from outside of the organization. Do not click links unless you know the sender.",
        "You don't often get email from ana@c.example. Learn why this is important",
        "ACHTUNG: Diese E-Mail stammt von außerhalb der Organisation. Öffnen Sie keine Anhänge.",
        "Attention : ce message provient de l'extérieur de l'entreprise, ne cliquez pas sur les liens.",
        "[EXTERNAL EMAIL]",
        "【外部邮件】此邮件来自外部，请谨慎点击链接。",
        "社外からのメールです。添付ファイルにご注意ください。",
    ],
)
def test_the_warning_of_a_mail_server_is_nobodys_words(warning):
    assert cut(f"{warning}\n\n{WORDS}").reply == WORDS
    assert cut(warning).reply == warning


@pytest.mark.parametrize(
    "tail", ["Wysłane z iPhone'a", "Đã gửi từ iPhone của tôi", "Skickat från min iPhone", "Dikirim dari iPhone saya", "Надіслано з iPhone"]
)
def test_phones_advertise_in_many_languages(tail):
    assert cut(f"{WORDS}\n\n{tail}").reply == WORDS
    assert cut(f"{WORDS}\n\nWe sent it from our office, {MORE}").reply.endswith(MORE)


def test_an_external_audit_is_talk():
    text = "An external bearing on the outside of the housing, please.\nClick noise is no trouble."
    assert cut(text).reply == text


def test_our_letter_below_an_answer_is_known_by_our_letterhead():
    answer = f"{WORDS}\n\nDear Ana,\n\nTHEIRS: do you still need them?\n\nBest regards\n{LETTERHEAD}"
    found = cut(answer, answers=True, ours=OURS)
    assert (found.reply, found.method) == (WORDS, "letterhead")
    assert "THEIRS" in found.quoted
    assert found.confidence < 0.9
    # Without an answer, or without knowing who we are, nothing speaks for a quotation.
    assert "THEIRS" in cut(answer, ours=OURS).reply
    assert "THEIRS" in cut(answer, answers=True).reply


def test_who_names_us_as_the_seller_keeps_his_order():
    order = f"Order 2291\n\nSeller:\nOurs Trading Co., Ltd.\nsales@ours.example\n\nItems:\n{WORDS}"
    assert cut(order, answers=True, ours=OURS).reply == order
    assert cut(f"Write to sales@ours.example, please.\n{WORDS}", answers=True, ours=OURS).reply.endswith(WORDS)


def test_our_letterhead_is_our_domains_and_our_name():
    company = policy().company.model_copy(update={"legal_name": "Ours Trading Co., Ltd.", "domains": ("ours.example",)})
    assert own_letter.letterhead(company) == OURS


def test_below_the_advertisement_of_a_phone_stands_a_quotation():
    found = cut(f"{WORDS}\n\nSent from my iPhone\n\nTHEIRS: our offer of last week", answers=True)
    assert found.reply == WORDS
    assert "THEIRS" in cut("Sent from my iPhone\n\nTHEIRS is what I wrote below it", answers=True).reply


def test_a_mark_of_an_mbox_file_is_no_quotation():
    assert cut(f"{WORDS}\n\n>From where do you ship?").reply == f"{WORDS}\n\n>From where do you ship?"


def test_answers_between_marked_quotations_are_kept():
    page = read_html(
        "<p>See below.</p><p>On 3/3/26 09:15, Lin Mei wrote:</p><blockquote type=cite>THEIRS: which port?</blockquote><p>Durban.</p>"
        "<blockquote type=cite>THEIRS: packing?</blockquote><p>Neutral.</p>"
    )
    found = cut(page.own, answers=True, stripped=True)
    assert found.reply.split() == ["See", "below.", "Durban.", "Neutral."]


def test_footers_are_taken_off_one_by_one_and_the_lines_above_are_counted():
    lines = [WORDS, "", "Sent from my iPhone", "", "Virus-free. www.avast.com"]
    filled = small_print.last_filled(lines, small_print.MOST_FILLED)
    assert small_print.without_footers(lines, filled, words.of(policy().languages)) == 2
    assert filled == [0]


@pytest.mark.parametrize("line", ["Best regards", "Mit freundlichen Grüßen", "此致", "С уважением,", "Saygılarımla", "Gruß Jens"])
def test_a_closing_is_known_by_its_first_letters_and_then_as_a_whole(line):
    assert signature.is_closing(line, words.of(policy().languages))
    assert not signature.is_closing(f"{line} and we will send you the order soon, I hope", words.of(policy().languages))
