"""Subjects and ids of conversations."""

from __future__ import annotations

import pytest

from mailagent.core.reading import thread


@pytest.mark.parametrize(
    "subject",
    [
        "Valves DN50",
        "Re: Valves DN50",
        "RE: FW: Valves DN50",
        "AW: WG: Valves DN50",
        "回复：转发: Valves DN50",
        "Re[2]: Valves DN50",
        "RE(3): Valves DN50",
        "[EXTERNAL] Re: Valves DN50",
        "Re: [外部邮件] Valves DN50",
        "***SPAM*** Valves DN50",
        "RES: ENC: Valves DN50",
        "Отв: Valves DN50",
        "返信: Valves DN50",
        "회신: Valves DN50",
        "رد: Valves DN50",
        "Ynt: ILT: Valves DN50",
        "  re :  Valves   DN50 ",
        "ＲＥ：Valves DN50",
    ],
)
def test_prefixes_and_tags_of_every_country_are_taken_off(subject):
    assert thread.normalise_subject(subject) == "Valves DN50"
    assert thread.same_subject(subject, "valves dn50")


@pytest.mark.parametrize(
    ("subject", "same"), [("[RFQ]", "[RFQ]"), ("Retail display", "Retail display"), ("I: order", "order"), ("", ""), ("Re:", "")]
)
def test_words_are_never_taken_for_prefixes(subject, same):
    assert thread.normalise_subject(subject) == same


def test_empty_subjects_are_not_the_same():
    assert not thread.same_subject("Re:", "")


@pytest.mark.parametrize(
    ("subject", "answers", "forwards"),
    [("Re: x", True, False), ("[ext] 回复: x", True, False), ("Fwd: x", False, True), ("转发：x", False, True), ("x", False, False)],
)
def test_what_a_subject_says_of_itself(subject, answers, forwards):
    assert (thread.is_answer(subject), thread.is_forward(subject)) == (answers, forwards)
