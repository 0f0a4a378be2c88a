"""What the writer himself wrote, in the layouts of the world's mail programs. Ours in the quotation says "unsubscribe"."""

from __future__ import annotations

import time

import pytest
from policies import policy

from mailagent.core.reading import quoting

WORDS = "MINE: please tell us the price of 400 pieces."
MORE = "ALSO: and the packing."
OLD = "THEIRS: if you want no more letters, unsubscribe here."
WHO = "sales@ours.example"

BELOW = {
    "gmail en": f"On Tue, Mar 3, 2026 at 9:15 AM Lin Mei <{WHO}> wrote:\n\n> {OLD}",
    "gmail en wrapped": f"On Tue, Mar 3, 2026 at 9:15 AM Lin Mei of the Export Department <\n{WHO}> wrote:\n\n> {OLD}",
    "gmail en in three lines": f"On Tue, Mar 3, 2026 at 9:15 AM Lin Mei of the\nExport Department <\n{WHO}> wrote:\n\n> {OLD}",
    "gmail en without prefix": f"On Tue, Mar 3, 2026 at 9:15 AM Lin Mei <{WHO}> wrote:\n\n{OLD}",
    "thunderbird": f"On 3/3/26 09:15, Lin Mei wrote:\n> {OLD}",
    "proton": f"On Tuesday, March 3rd, 2026 at 9:15 AM, Lin Mei <{WHO}> wrote:\n\n> {OLD}",
    "yahoo": f"    On Tuesday, March 3, 2026 at 09:15:00 AM GMT+1, Lin Mei <{WHO}> wrote:  \n \n {OLD}",
    "zoho": f"---- On Tue, 03 Mar 2026 09:15:00 +0530 {WHO} wrote ----\n\n{OLD}",
    "outlook en": f"From: Lin Mei <{WHO}>\nSent: Tuesday, March 3, 2026 9:15 AM\nTo: Ana <ana@c.example>\nSubject: RE: Valves\n\n{OLD}",
    "outlook en with rule": f"________________________________\nFrom: Lin Mei <{WHO}>\nSent: Tuesday, March 3, 2026 9:15 AM\nTo: "
    f"Ana\nSubject: RE: Valves\n\n{OLD}",
    "outlook en bold": f"*From:* Lin Mei <{WHO}>\n*Sent:* Tuesday, March 3, 2026 9:15 AM\n*To:* Ana\n*Subject:* RE: Valves\n\n{OLD}",
    "outlook mailto": f"From: Lin Mei [mailto:{WHO}]\nSent: Tuesday, March 3, 2026 9:15 AM\nTo: Ana\nSubject: RE: Valves\n\n{OLD}",
    "original message": f"-----Original Message-----\nFrom: Lin Mei\nSent: Tuesday\nTo: Ana\nSubject: Valves\n\n{OLD}",
    "forwarded": f"---------- Forwarded message ---------\nFrom: Lin Mei <{WHO}>\nDate: Tue, Mar 3, 2026\nSubject: "
    f"Valves\nTo: Ana\n\n{OLD}",
    "forwarded by yahoo": f"  ----- Forwarded Message ----- From: Lin Mei <{WHO}>To: Ana <ana@c.example>Sent: Tuesday\n{OLD}",
    "notes": f"From:\tLin Mei/Ours\nTo:\tAna <ana@c.example>\nDate:\t03.03.2026 09:15\nSubject:\tRE: Valves\n\n{OLD}",
    "sent first": f'Sent: Tuesday, March 3, 2026 at 9:15 AM\nFrom: "Lin Mei" <{WHO}>\nTo: ana@c.example\nSubject: Valves\n\n{OLD}',
    "many recipients": f"From: Lin Mei <{WHO}>\nSent: Tuesday, March 3, 2026 9:15 AM\nTo: Ana <ana@c.example>;\n Bob "
    f"<bob@c.example>\nCc: Eve\nSubject: RE\n\n{OLD}",
    "outlook zh": f"发件人: 林梅 <{WHO}>\n发送时间: 2026年3月3日 9:15\n收件人: Ana <ana@c.example>\n主题: 回复: 阀门\n\n{OLD}",
    "foxmail zh": f"发件人： 林梅\n发送时间： 2026-03-03 09:15\n收件人： Ana\n主题： 回复：阀门\n\n{OLD}",
    "qq zh": f'------------------ 原始邮件 ------------------\n发件人: "林梅" <{WHO}>;\n发送时间: '
    f'2026年3月3日(星期二) 上午9:15\n收件人: "Ana";\n主题: 阀门\n\n{OLD}',
    "qq en": f'------------------ Original ------------------\nFrom:  "Lin Mei"<{WHO}>;\nDate:  Tue, Mar 3, 2026 '
    f'09:15 AM\nTo:  "Ana";\nSubject:  Valves\n\n{OLD}',
    "163 table": f"---- 回复的原邮件 ----\n| 发件人 | 林梅<{WHO}> |\n| 发送日期 | 2026年3月3日 09:15 |\n| 收件人 | "
    f"ana@c.example |\n| 主题 | 阀门 |\n{OLD}",
    "163 at": f'At 2026-03-03 09:15:00, "林梅" <{WHO}> wrote:\n\n{OLD}',
    "163 在": f'在 2026-03-03 09:15:00，"林梅" <{WHO}> 写道：\n\n{OLD}',
    "gmail zh": f"林梅 <{WHO}> 于2026年3月3日周二 09:15写道：\n\n> {OLD}",
    "gmail zh without prefix": f"林梅 <{WHO}> 于2026年3月3日周二 09:15写道：\n\n{OLD}",
    "apple zh": f"> 2026年3月3日 09:15，林梅 <{WHO}> 写道：\n> \n> {OLD}",
    "apple zh 在": f"在 2026年3月3日，09:15，林梅 <{WHO}> 写道：\n\n{OLD}",
    "aliyun zh": f"------------------------------------------------------------------\n发件人：林梅 "
    f"<{WHO}>\n发送时间：2026年3月3日(星期二) 09:15\n收件人：Ana\n主　题：阀门\n\n{OLD}",
    "sina zh": f"----- 原始邮件 -----\n发件人：{WHO}\n收件人：ana@c.example\n主题：阀门\n日期：2026年03月03日 09点15分\n\n{OLD}",
    "gmail zh-TW": f"林梅 <{WHO}> 於 2026年3月3日 週二 上午9:15寫道：\n\n> {OLD}",
    "outlook zh-TW": f"寄件者: 林梅 <{WHO}>\n寄件日期: 2026年3月3日 09:15\n收件者: Ana\n主旨: RE: 閥門\n\n{OLD}",
    "gmail de": f"Am Di., 3. März 2026 um 09:15 Uhr schrieb Lin Mei <{WHO}>:\n\n> {OLD}",
    "apple de": f"Am 03.03.2026 um 09:15 schrieb Lin Mei <{WHO}>:\n\n{OLD}",
    "outlook de": f"Von: Lin Mei <{WHO}>\nGesendet: Dienstag, 3. März 2026 09:15\nAn: Ana\nBetreff: AW: Ventile\n\n{OLD}",
    "gmx de": f"Gesendet: Dienstag, 03. März 2026 um 09:15 Uhr\nVon: Lin Mei <{WHO}>\nAn: ana@c.example\nBetreff: Ventile\n\n{OLD}",
    "gmail fr": f"Le mar. 3 mars 2026 à 09:15, Lin Mei <{WHO}> a écrit :\n\n> {OLD}",
    "outlook fr, hard spaces": f"De\u00a0: Lin Mei <{WHO}>\nEnvoyé\u00a0: mardi 3 mars 2026 09:15\nÀ\u00a0: Ana\nObjet\u00a0: RE: "
    f"Vannes\n\n{OLD}",
    "gmail es": f"El mar, 3 mar 2026 a las 9:15, Lin Mei (<{WHO}>) escribió:\n\n> {OLD}",
    "outlook es": f"De: Lin Mei <{WHO}>\nEnviado el: martes, 3 de marzo de 2026 9:15\nPara: Ana\nAsunto: RE: Válvulas\n\n{OLD}",
    "gmail pt": f"Em ter., 3 de mar. de 2026 às 09:15, Lin Mei <{WHO}> escreveu:\n\n{OLD}",
    "outlook pt": f"De: Lin Mei <{WHO}>\nEnviada em: terça-feira, 3 de março de 2026 09:15\nPara: Ana\nAssunto: RES: Válvulas\n\n{OLD}",
    "gmail it": f"Il giorno mar 3 mar 2026 alle ore 09:15 Lin Mei <{WHO}> ha scritto:\n\n{OLD}",
    "outlook it": f"Da: Lin Mei <{WHO}>\nInviato: martedì 3 marzo 2026 09:15\nA: Ana\nOggetto: R: Valvole\n\n{OLD}",
    "gmail nl": f"Op di 3 mrt 2026 om 09:15 schreef Lin Mei <{WHO}>:\n\n{OLD}",
    "gmail pl": f"wt., 3 mar 2026 o 09:15 Lin Mei <{WHO}> napisał(a):\n\n{OLD}",
    "outlook sv": f"Från: Lin Mei <{WHO}>\nSkickat: den 3 mars 2026 09:15\nTill: Ana\nÄmne: SV: Ventiler\n\n{OLD}",
    "gmail fi in two lines": f"ti 3. maaliskuuta 2026 klo 9.15 Lin Mei\n<{WHO}> kirjoitti:\n\n{OLD}",
    "gmail ru": f"вт, 3 мар. 2026 г. в 09:15, Lin Mei <{WHO}>:\n\n{OLD}",
    "mail.ru": f">Вторник, 3 марта 2026, 9:15 +03:00 от Lin Mei <{WHO}>:\n> \n>{OLD}",
    "yandex": f'03.03.2026, 09:15, "Lin Mei" <{WHO}>:\n\n{OLD}',
    "outlook ru": f"От: Lin Mei <{WHO}>\nОтправлено: 3 марта 2026 г. 9:15\nКому: Ana\nТема: RE: Клапаны\n\n{OLD}",
    "gmail tr": f"Lin Mei <{WHO}>, 3 Mar 2026 Sal, 09:15 tarihinde şunu yazdı:\n\n{OLD}",
    "outlook tr": f"Kimden: Lin Mei <{WHO}>\nGönderildi: 3 Mart 2026 Salı 09:15\nKime: Ana\nKonu: RE: Vana\n\n{OLD}",
    "gmail ar": f"في الثلاثاء، 3 مارس 2026 في 9:15 ص تمت كتابة ما يلي بواسطة Lin Mei <{WHO}>:\n\n{OLD}",
    "gmail ar, own digits": f"في الثلاثاء، ٣ مارس ٢٠٢٦ في ٩:١٥ ص تمت كتابة ما يلي بواسطة Lin Mei <\u200f{WHO}>:\n\n{OLD}",
    "gmail he with bidi marks": f"\u202bבתאריך יום ג׳, 3 במרץ 2026 ב-9:15 מאת \u202aLin Mei\u202c\u200f "
    f"<\u202a{WHO}\u202c\u200f>:\u202c\n\n{OLD}",
    "gmail ja": f"2026年3月3日(火) 9:15 Lin Mei <{WHO}>:\n\n> {OLD}",
    "apple ja": f"2026/03/03 9:15、Lin Mei <{WHO}>のメール:\n\n{OLD}",
    "outlook ja": f"差出人: Lin Mei <{WHO}>\n送信日時: 2026年3月3日 9:15\n宛先: Ana\n件名: RE: バルブ\n\n{OLD}",
    "gmail ko": f"2026년 3월 3일 (화) 오전 9:15, Lin Mei <{WHO}>님이 작성:\n\n> {OLD}",
    "outlook ko": f"보낸 사람: Lin Mei <{WHO}>\n보낸 날짜: 2026년 3월 3일 화요일 오전 9:15\n받는 사람: Ana\n제목: RE: 밸브\n\n{OLD}",
    "gmail vi": f"Vào Th 3, 3 thg 3, 2026 vào lúc 09:15 Lin Mei <{WHO}> đã viết:\n\n{OLD}",
    "yahoo on a phone": f"On Tue, 3 Mar 2026 at 9:15, Lin Mei<{WHO}> wrote:   Dear Ana,\n{OLD}",
    "lotus, time behind the verb": f"Lin Mei wrote on 03.03.2026 09:15:\n\n> {OLD}",
    "apple ro": f"> Începe mesajul redirecționat:\n>\n> Expeditorul: Lin Mei <{WHO}>\n> Subiectul: RE\n> Dată: 3 martie 2026\n> "
    f"Destinatarul: Ana\n>\n> {OLD}",
    "thunderbird hr": f"-------- Proslijeđena poruka --------\nNaslov: \tRE\nDatum: \tTue, 3 Mar 2026 09:15\nŠalje: \tLin Mei <{WHO}>\n"
    f"Prima: \tana@c.example\n\n{OLD}",
    "outlook fa": f"از: Lin Mei <{WHO}>\nتاریخ: ۳ مارس 2026\nبه: Ana\nموضوع: RE\n\n{OLD}",
    "outlook vi": f"Từ: Lin Mei <{WHO}>\nĐã gửi: 03 Tháng Ba 2026 9:15\nĐến: Ana\nChủ đề: RE\n\n{OLD}",
    "gmail th": f"ในวันที่ อ. 3 มี.ค. 2026 เวลา 09:15 Lin Mei <{WHO}> เขียนว่า:\n\n{OLD}",
}


@pytest.mark.parametrize("layout", BELOW)
def test_words_above_a_quotation_are_kept_and_the_quotation_is_not(layout):
    found = quoting.cut(f"{WORDS}\n\n{BELOW[layout]}\n", languages=policy().languages)
    assert found.reply == WORDS
    assert "THEIRS" in found.quoted
    assert found.confidence >= 0.8


KEPT_WHOLE = {
    "a list": f"{WORDS}\n- 100 pcs of A\n- 200 pcs of B\n\n{MORE}",
    "a route": f"{WORDS}\nFrom: Shanghai\nTo: Hamburg\nDate: end of May\n\n{MORE}",
    "thanks in the middle": f"{WORDS}\n\nThank you, we also need the MOQ.\n{MORE}",
    "a year and a colon": f'{WORDS} Our last supplier said in 2024: "no stock". {MORE}',
    "a gate and a date": f"{WORDS} Delivery window 14:00 - 16:00, Gate: 4\nDate: 2026-12-01\nTo: warehouse B\n{MORE}",
    "somebody wrote": f"{WORDS} As Bob wrote on 2026-11-01 the price is:\n- 5 USD\n{MORE}",
    "a list between dashes": f"{WORDS}\n--\nPacking: single box\n--\nPayment: LC at sight\n{MORE}",
    "notes behind dashes": f"{WORDS}\n\n----\n[1] http://c.example/6204.pdf\n[2] the drawing of last year",
    "a list with angle brackets": f"Our wishes:\n> 50 mm bore\n> low noise\n{MORE}",
    "From at the beginning of a line": f"From which port do you ship? {MORE}",
    "a wish for secrecy": f"Please treat the drawing as confidential and do not disclose it to anybody.\n{MORE}",
    "a heading in dashes": f"{WORDS}\n-- spec --\nsize 5\n{MORE}",
    "a port and a time": f"{WORDS} ship from: Ningbo 10:00\n{MORE}",
}


@pytest.mark.parametrize("case", KEPT_WHOLE)
def test_business_lines_that_look_like_mail_headers_stay(case):
    found = quoting.cut(KEPT_WHOLE[case], languages=policy().languages)
    assert found.reply == KEPT_WHOLE[case]
    assert found.method == "none"


def test_an_answer_below_or_between_the_quotation_is_found():
    below = quoting.cut(f"On Tue, Mar 3, 2026 at 9:15 AM Lin Mei <{WHO}> wrote:\n> {OLD}\n\n{WORDS}\n")
    assert below.reply == WORDS
    between = quoting.cut(f"On Tue, Mar 3, 2026 Lin Mei wrote:\n> What quantity?\n\n{WORDS}\n\n> Which port?\n\n{MORE}\n")
    assert between.reply == f"{WORDS}\n\n{MORE}"


def test_text_below_an_attribution_without_prefix_is_doubtful():
    found = quoting.cut(f"On Tue, Mar 3, 2026 at 9:15 AM Lin Mei <{WHO}> wrote:\n\n{OLD}\n\n{WORDS}\n")
    assert WORDS in found.reply
    assert found.confidence < 0.5


def test_a_long_answer_without_any_mark_is_doubtful():
    long = (WORDS + " ") * 60
    assert quoting.cut(long, answers=True).confidence < 0.5
    assert quoting.cut(long, answers=False).confidence == 1.0


def test_the_tail_of_a_wrapped_quotation_line_goes_with_it():
    text = f"{WORDS}\n\n> we could of course offer you the stainless version of the valve at a\nsomewhat higher\n> price\n"
    assert quoting.cut(text).reply == WORDS


@pytest.mark.parametrize(
    ("text", "signature"),
    [
        (f"{WORDS}\n\nBest regards,\nAna Silva\nPurchasing Manager\nPhone: +55 11 5555 0101", "Best regards"),
        (f"{WORDS}\n\nMit freundlichen Grüßen\nUwe Kern\nKern GmbH\nTel. +49 30 5550101", "Mit freundlichen"),
        (f"{WORDS}\n\n此致\n王工\n电话：0371-5550101", "此致"),
        (f"{WORDS}\n\nС уважением,\nИван Петров\nтел. +7 495 555 01 01", "С уважением"),
        (f"{WORDS}\n-- \nAna Silva", "-- "),
        (f"{WORDS}\n\nSent from my iPhone", "Sent from"),
        (f"{WORDS}\n\n发自我的iPhone", "发自我的"),
        (f"{WORDS}\n\nVon meinem iPhone gesendet", "Von meinem"),
        (f"{WORDS}\n\n_______________________________________________\nbuyers mailing list\nTo unsubscribe visit http://l.example", "____"),
        (
            f"{WORDS}\n\nThis e-mail and any attachments are confidential and may be privileged. If you are not the addressee, delete it.",
            "This e-mail",
        ),
    ],
)
def test_signature_and_small_print_are_set_apart(text, signature):
    found = quoting.cut(text, languages=policy().languages)
    assert found.reply == WORDS
    assert found.signature.startswith(signature.strip())


def test_a_bare_name_is_no_signature_and_the_only_question_is_never_cut():
    assert quoting.cut("Fine.\n\nThanks,\nAna", languages=policy().languages).reply == "Fine.\n\nThanks,\nAna"
    text = "Hello\n\nBest regards\nAna Silva\nCan you ship to Santos?\nPhone: +55 11 5555 0101"
    assert "Santos?" in quoting.cut(text, languages=policy().languages).reply


@pytest.mark.parametrize(
    "hostile",
    [
        "a 2026 " * 20_000,
        ("> " * 5_000 + "\n") * 50,
        "From: x 10:00\n" * 60_000,
        "2026 " + "wrote " * 50_000,
        "<" * 20_000 + ":",
        ("On 2026 " + "x" * 280 + "\n") * 3_500,
        "-" * 50_000,
        " " * 100_000 + "x",
        "Sent: a@b.cc 10:00\n\n" * 40_000,
        ("-----\n" * 5 + "x:\n") * 30_000,
        "- a@b " * 150_000,
    ],
    ids=lambda text: text[:12],
)
def test_a_megabyte_of_hostile_text_is_cut_in_time(hostile):
    began = time.perf_counter()
    quoting.cut(hostile, languages=policy().languages)
    assert time.perf_counter() - began < 2.0


def test_quotations_seven_deep_are_quotations_and_a_merge_mark_is_not():
    deep = "Agreed.\n\n>>>>>> the sixth said this\n>>>>>>> and the seventh that\n>>>>>> and so on\n"
    assert quoting.cut(deep).reply == "Agreed."
    assert ">>>>>>> branch" in quoting.cut("The file has this line:\n\n>>>>>>> branch\n\nWhat now?").reply


def test_a_french_program_puts_a_hard_space_before_its_colon():
    cut = quoting.cut("Merci.\n\nLe 16/12/2024 à 20:26, Marcus a écrit\u00a0:\n> Voici le devis\n")
    assert (cut.reply, cut.method, cut.confidence) == ("Merci.", "attribution", 0.9)


@pytest.mark.parametrize(
    "line",
    [
        *("Begin forwarded message", "BEGIN FORWARDED MESSAGE:", "Anfang der weitergeleiteten Nachricht", "Début du message transféré"),
        *("Inicio del mensaje reenviado", "Início da mensagem encaminhada", "Inizio messaggio inoltrato", "Begin doorgestuurd bericht"),
        *("Iletilen mesajın başlangıcı", "Start på videresendt besked", "Videresendt melding", "Vidarebefordrat brev"),
        *("Początek przekazywanej wiadomości", "Započni proslijeđenu poruku", "Začátek přeposílané zprávy"),
        *("Mulai pesan terusan", "下面是被转发的邮件", "開始轉寄郵件"),
    ],
)
def test_a_forward_is_announced_without_colon_or_dashes(line):
    found = quoting.cut(f"{WORDS}\n\n  {line}\n\n{OLD}")
    assert found.reply == WORDS
    assert found.method == "separator"


@pytest.mark.parametrize(
    "beginning",
    [
        *("CONFIDENTIALITY: ", "* This e-mail and any attachment ", "Disclaimer: ", "The information in this ", "Important notice: "),
        *("Please consider the environment ", "Privileged and ", "Diese E-Mail enthält ", "Dieses Blatt"),
        *("免责声明：", "Ce message et ses pièces ", "Este mensaje "),
        *("Esta mensagem ", "Questo messaggio ", "Bu e-posta ", "Данное сообщение ", "Aviso legal: "),
    ],
)
def test_small_print_is_known_by_its_beginning(beginning):
    small_print = beginning + "x" * 30 + " must not be read by anybody else, and whoever reads it all the same has to forget it."
    found = quoting.cut(f"{WORDS}\n\n{small_print}")
    assert (found.signature == small_print) is (beginning != "Dieses Blatt")
