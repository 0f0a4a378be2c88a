"""The short heads above a quoted mail that people and phones write: a sender and a time, or a date and a name."""

from __future__ import annotations

import pytest

from mailagent.core.reading import quoting

MINE = "Thank you, we keep the list for later."
OLD = "We also offer pumps. Whoever wants no more letters answers with STOP."

PAIRS = {
    "zh": "发件人：林梅\n时间：2026-03-03 09:15",
    "zh day only": "发件人：林梅\n时间：2026-03-03",
    "zh date first": "日期：2026年3月3日\n发件人：林梅",
    "zh with recipient": "发件人：林梅\n寄件时间：2026-03-03 09:15\n收件人：安娜",
    "zh-TW": "寄件者：林梅\n收到時間：2026/3/3",
    "zh-TW with subject": "寄件人: 林梅\n時間: 2026/3/3 09:15\n主旨: 閥門",
    "ja": "差出人：林梅\n日時：2026年3月3日 9:15",
    "ko": "보낸 사람: 린메이\n보낸 시간: 2026-03-03 09:15",
    "vi": "Người gửi: Lin Mei\nThời gian: 03/03/2026 09:15",
    "th": "ผู้ส่ง: Lin Mei\nเวลา: 03/03/2026 09:15",
    "tr": "Kimden: Lin Mei\nTarih: 03.03.2026 09:15",
    "pl": "Od: Lin Mei\nData: 03.03.2026 09:15",
    "nl": "Van: Lin Mei\nDatum: 03-03-2026 09:15",
    "id": "Pengirim: Lin Mei\nWaktu: 3 Maret 2026 09:15",
    "en": "From: Lin Mei\nSent: 3 March 2026 09:15",
    "en with address": "From: mei@ours.example\nDate: March 3, 2026",
    "ru": "Отправитель: Линь Мэй\nВремя: 03.03.2026 09:15",
}
DATED = {
    "slashes": "2026/3/3 Lin Mei:",
    "dots": "03.03.2026 Lin Mei:",
    "time": "03.03.2026, 09:15 Uhr, Lin Mei:",
    "weekday": "Tue, 3 Mar 2026 Lin Mei:",
    "month fr": "3 mars 2026 Lin Mei :",
    "opener": "On 3 March 2026 Lin Mei:",
    "name first": "Lin Mei (03.03.2026 09:15):",
    "zh": "2026/3/3 林梅：",
    "zh wrote": "2026年3月3日 林梅 写道",
    "zh name first": "林梅 2026-03-03 09:15：",
    "zh rank": "2026年3月3日 宁经理：",
    "ja": "2026年3月3日 林様：",
    "ko": "2026-03-03 임민수:",
}


@pytest.mark.parametrize("head", PAIRS.values(), ids=PAIRS)
def test_sender_and_time_begin_a_quotation(head: str) -> None:
    found = quoting.cut(f"{MINE}\n\n{head}\n{OLD}")
    assert (found.reply, found.quoted) == (MINE, f"{head}\n{OLD}")


@pytest.mark.parametrize("head", DATED.values(), ids=DATED)
@pytest.mark.parametrize("mark", ["", "> "])
def test_date_and_name_begin_a_quotation(head: str, mark: str) -> None:
    found = quoting.cut(f"{MINE}\n\n{head}\n{mark}{OLD}")
    assert found.reply == MINE
    assert OLD in found.quoted


@pytest.mark.parametrize(
    "said",
    [
        "2026/3/3 delivery:\n500 pcs of the first type",
        "2026/3/3 First Delivery:\nfive hundred pieces",
        "2026年3月3日 交货：\n五百套",
        "03.03.2026 Port Klang:\n- 500 pcs",
        "03.03.2026 LOADING HAMBURG:\nall five hundred",
        "From: Shanghai\nDate: 3 March 2026\nTell us the freight, please.",
        "发件人：林梅\n时间：2026-03-03\n电话：0532-5550101\n内容：要阀门",
    ],
)
def test_plans_and_routes_and_forms_are_his_own_words(said: str) -> None:
    assert quoting.cut(f"{MINE}\n\n{said}").reply.endswith(said.splitlines()[-1])


@pytest.mark.parametrize("head", [PAIRS["zh"], PAIRS["en"], DATED["slashes"]])
def test_nothing_above_and_it_may_be_a_form_or_a_note(head: str) -> None:
    assert OLD in quoting.cut(f"{head}\n{OLD}").reply
