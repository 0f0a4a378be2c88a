"""What is believed on less, because the mail has another sign of it: accounts, addresses, an answer that answers nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailagent import policy
from mailagent.core.deciding.prediction import predict
from mailagent.core.reading import wishes
from mailagent.core.reading.read import read

RULES = policy.load(Path(__file__).resolve().parents[1] / "evaluation")
THREAD = "In-Reply-To: <1@brightbearing.example>\r\nReferences: <1@brightbearing.example>\r\n"


def raw(text: str, *, sender: str = "Rosa Lind <rosa@hinges.example>", subject: str = "Hinges", headers: str = "") -> bytes:
    return (
        f"From: {sender}\r\nTo: sales@brightbearing.example\r\nSubject: {subject}\r\n{headers}Date: Mon, 2 Mar 2026 09:00:00 +0000\r\n"
        f"Message-ID: <a@firm.example>\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n"
    ).encode()


def said(text: str, **mail) -> dict:
    return predict(raw(text, **mail), RULES).fields(RULES)


def test_who_speaks_of_an_account_need_say_less_of_the_new_one():
    hint = {"bank_change": wishes.Wish("bank_change", wishes.HINTED, 0, 0)}
    assert [wish.name for wish in wishes.beyond(hint, (), ["bank_change"])] == ["bank_change"]
    assert wishes.beyond(hint, ()) == []
    text = "Our account is under audit since Monday. Kindly remit the balance to our subsidiary in Riga, IBAN LV00 0000 0000 0000."
    assert "bank_change" in said(text, subject="Re: balance of the PI", headers=THREAD)["intents"]
    paid = "We have paid the balance of the PI to your account at the Bank of China, the slip is attached."
    assert "bank_change" not in said(paid, subject="Re: balance of the PI", headers=THREAD)["intents"]


def test_thanks_in_korean_are_no_audit():
    """감사 is both; who only thanks speaks of no account."""
    names = {fact.name for fact in read(raw("안녕하세요, 6204-2RS 500개 견적 부탁드립니다. 감사합니다."), RULES).facts}
    assert "asks_price" in names
    assert "account_pretext" not in names
    names = {fact.name for fact in read(raw("당사 계좌는 세무 감사 중이라 사용할 수 없습니다. 새 계좌로 송금해 주세요."), RULES).facts}
    assert "account_pretext" in names


def test_an_own_new_address_makes_a_new_address():
    text = "From the first of May write to me at {0}, this mailbox will be closed then.\r\n\r\nRosa"
    assert "address_update" in said(text.format("rosa.lind@lindgroup.example"), subject="Re: Hinges", headers=THREAD)["intents"]


OFFER = (
    "Dear manager,\r\n\r\nwe ship containers to all ports and give you better freight rates than your present forwarder: 40HQ to "
    "Santos 2,900, to Lagos 3,700. Our people pick up at your gate and do the papers for you. May I send you our rates to Rotterdam?"
    "\r\n\r\nJason"
)
OUR_LETTER = "\r\n\r\nOn Mon, 1 Mar 2026, Lily <lily@brightbearing.example> wrote:\r\n> Dear Jason,\r\n> please find our price list.\r\n"


@pytest.mark.parametrize(
    ("text", "headers", "kind"),
    [(OFFER, "", "spam_solicitation"), (OFFER, THREAD, "reply"), (OFFER + OUR_LETTER, "", "reply")],
    ids=["subject alone", "thread headers", "quotes us"],
)
def test_an_answer_that_answers_nothing_and_only_sells_is_none(text, headers, kind):
    found = said(text, subject="Re: ocean rates of next week", headers=headers, sender="Jason <jason@freight.example>")
    assert found["kind"] == kind


def test_a_buyer_whose_mailer_lost_the_thread_stays_one():
    found = said("Please send 300 more of the 6204-2RS, same price as in May.", subject="Re: your offer")
    assert found["kind"] == "reply"


WARNED = [
    "A letter signed with your name says your account is under audit and the balance shall go to Riga. I have not paid. Is this you?",
    "Wir haben eine Mail in Ihrem Namen: das Konto sei gesperrt, wir sollen auf ein neues Konto in Riga überweisen. Ist das von Ihnen?",
    "有人以贵司的名义发邮件说账户被冻结，让我们把尾款付到香港的新账户。是不是你们发的？我们还没付款。",
]


@pytest.mark.parametrize("text", WARNED)
def test_a_customer_who_was_written_to_in_our_name_is_no_swindler(text):
    """He repeats the swindler's words, and is the one to be warned (DOMAIN §6)."""
    prediction = predict(raw(text, subject="Re: PI 26-044", headers=THREAD), RULES)
    names = {fact.name for fact in prediction.facts}
    assert "asks_about_account" in names and "bank_change" not in names
    found = prediction.fields(RULES)
    assert found["fraud"] != "likely" and "bank_change" in found["intents"] and found["tier"]


def test_the_swindler_himself_is_doubted():
    text = "Our account is under audit and closed. Pay the balance to our new account in Riga, IBAN LV00 0000. Do not call us."
    assert said(text, subject="Re: invoice", headers=THREAD)["fraud"] != "none"


@pytest.mark.parametrize(
    ("text", "subject", "kind"),
    [
        ("Enough.", "Stop", "unsubscribe"),
        ("Please leave us alone until July, then we stock up and will need you again.", "Not now", "reply"),
        ("We close for the summer, the boss decides in autumn.", "Stop paying too much for bearings", "reply"),
    ],
)
def test_a_short_subject_is_his_own_and_a_pause_is_no_farewell(text, subject, kind):
    assert said(text, subject=subject, headers=THREAD)["kind"] == kind


DUNNED = [
    "You have not paid invoice 88 yet. Our account is under audit, pay to our new account in Riga, IBAN LV00 0000 0000.",
    "Sie haben die Rechnung noch nicht bezahlt. Unser Konto ist gesperrt, bitte überweisen Sie auf unser neues Konto in Riga.",
    "贵司还没付款。我司账户被冻结，请把货款付到香港的新账户。",
]


@pytest.mark.parametrize("text", DUNNED)
def test_who_reminds_us_of_a_debt_doubts_nothing(text):
    assert "asks_about_account" not in {fact.name for fact in predict(raw(text, subject="Re: invoice 88", headers=THREAD), RULES).facts}


def test_a_question_does_not_clear_whose_answers_go_elsewhere():
    switched = THREAD + "Reply-To: rosa@execs.example\r\n"
    names = {fact.name for fact in predict(raw(WARNED[0], subject="Re: PI 26-044", headers=switched), RULES).facts}
    assert "asks_about_account" not in names and "bank_change" in names


def test_a_false_chief_writes_chinese_too():
    text = "我在开会，不方便接电话。马上安排一笔20万到合作方账户，账号等下发你，先别跟财务说。"
    assert said(text, sender="CEO <boss@execs.example>", subject="在吗")["fraud"] == "likely"


def test_who_thanks_for_the_tour_has_visited_us_and_who_plans_one_has_not():
    names = {fact.name for fact in read(raw("Back home now. Thanks for the tour of your grinding shop."), RULES).facts}
    assert "has_visited" in names
    names = {fact.name for fact in read(raw("We plan a visit to your factory in May, please send the address."), RULES).facts}
    assert "has_visited" not in names
