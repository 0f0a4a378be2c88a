"""Notes of absence: the day of the return in many ways of writing it, and whom they name instead."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from messages import mail
from policies import policy

from mailagent.core.model.address import Address
from mailagent.core.model.known import Known
from mailagent.core.reading import absence, kind, lexicon

# A Tuesday.
CAME = datetime(2026, 11, 10, 9, tzinfo=UTC)
NOTES = [
    ("I am away until 13 November and will be back on the 16th of November.", (11, 16)),
    ("We are closed from 26 Nov through 29 Nov.", (11, 30)),
    ("I will be out of the office starting 11/06/2026 and will not return until 11/16/2026.", (11, 16)),
    ("On leave. Back 2026-12-01.", (12, 1)),
    ("I am out today, back on Thursday.", (11, 12)),
    ("Back at my desk tomorrow.", (11, 11)),
    ("I return next week.", (11, 16)),
    ("I am on a trip. Back office on the 17th.", (11, 17)),
    ("Ich bin bis einschließlich 13.11. nicht im Büro.", (11, 14)),
    ("Vom 9. bis 13. November unterwegs, ab dem 16.11. wieder erreichbar.", (11, 16)),
    ("Je suis absente jusqu'au 1er décembre inclus.", (12, 2)),
    ("Estoy de viaje y vuelvo el próximo lunes.", (11, 16)),
    ("Estaremos fechados de 16/11 a 27/11, retornando no dia 30/11.", (11, 30)),
    ("Sarò assente dal 9 al 18 novembre compreso.", (11, 19)),
    ("Я в командировке по 25 ноября включительно.", (11, 26)),
    ("13 Kasım tarihine kadar izindeyim.", (11, 13)),
    ("أنا في إجازة حتى 20 نوفمبر", (11, 20)),
    ("本人自11月9日起至11月13日休假，11月16日恢復上班。", (11, 16)),
    ("我出差了，下周三回公司", (11, 18)),
    ("11月9日から11月13日まで不在にしております。\n11月16日(月)より通常通り対応いたします。", (11, 16)),
    ("현재 휴가 중이며 11월 17일에 복귀합니다.", (11, 17)),
    ("Ik ben afwezig tot en met 20 november.", (11, 21)),
    ("Jestem na urlopie do 18 listopada.", (11, 18)),
    ("Jag är på semester och är åter den 16 november.", (11, 16)),
    ("Do 20.11. čerpám dovolenou, v práci budu opět 23.11.2026.", (11, 23)),
    ("Tôi đang nghỉ phép đến hết ngày 15/11/2026.", (11, 16)),
    ("Saya sedang cuti sampai tanggal 20 November 2026.", (11, 20)),
    ("Я у відпустці до 23 листопада.", (11, 23)),
    ("ขณะนี้ลาพักร้อน จะกลับมาทำงานวันที่ 16 พฤศจิกายน", (11, 16)),
    ("Olen lomalla 22.11.2026 asti.", (11, 22)),
    ("Jeg holder ferie og er tilbage den 18. november.", (11, 18)),
    ("I have been here since 2019 and have no return planned.", None),
]


@pytest.mark.parametrize(("note", "day"), NOTES, ids=[note[:30] for note, _ in NOTES])
def test_the_day_of_the_return(note, day):
    found = absence.return_date(note, CAME, lexicon.of(policy().languages))
    assert found == (date(2026, *day) if day else None)


def test_a_return_in_the_next_year_and_one_without_a_day():
    words = lexicon.of(policy().languages)
    december = datetime(2026, 12, 28, 9, tzinfo=UTC)
    assert absence.return_date("我正在休假，1月5日返回公司", december, words) == date(2027, 1, 5)
    assert absence.return_date("On parental leave until September 2027.", december, words) == date(2027, 9, 1)


LEFT = [
    ("Greg Stone no longer works here. Please write to Amy Chen, amy@works.example.", "amy@works.example"),
    ("Herr Klein ist nicht mehr in unserem Hause tätig. Bitte schreiben Sie an einkauf@works.example.", "einkauf@works.example"),
    ("本人已从公司离职，后续请联系刘经理 liu@works.example，谢谢。", "liu@works.example"),
    ("저는 2월 28일부로 퇴사하였습니다. 후임자 최대리(choi@works.example)에게 연락 바랍니다.", "choi@works.example"),
    ("Informuję, że nie pracuję już w firmie. Kontakt: zakupy@works.example", "zakupy@works.example"),
    ("This address is no longer in use, please use info@new.example instead of ann@fieldworks.example.", "info@new.example"),
    ("No longer with us. Do not answer to noreply@works.example, ask sales@ours.example's friend bo@works.example.", "bo@works.example"),
]


@pytest.mark.parametrize(("words", "successor"), LEFT)
def test_who_has_left_names_who_follows(words, successor):
    to = (Address("", "sales@ours.example"),)
    found = kind.classify(mail(words, "Automatic reply: offer", headers={"auto-submitted": ("auto-replied",)}, to=to), Known(), policy())
    assert (found.automatic, found.suggested_contact) == ("left", successor)


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("Out of office - no longer at Hill Paper", "Ann Hill went to pastures new on 3 May. For pumps write to pumps@works.example."),
        ("This mailbox", "The address you used was discontinued in March, ask pumps@works.example."),
    ],
)
def test_a_machine_may_say_it_above_its_letter(subject, words):
    note = mail(words, subject, headers={"auto-submitted": ("auto-replied",)})
    assert kind.classify(note, Known(), policy()).automatic == "left"


def test_who_has_left_for_lunch_is_still_there():
    note = mail("Ann has left for the day. I am out of the office until Friday.", "Automatic reply: offer")
    assert kind.classify(note, Known(), policy()).automatic == "ooo"
