"""Looking mails up by their words, in every script."""

from __future__ import annotations

import pytest

from mailagent.ledger import search

MAILS = {
    1: ("Price for 6204-2RS", "Anna Müller anna@abc.example", "Please quote 5,000 pcs of bearing 6204-2RS, CIF Hamburg."),
    2: ("询价", "王伟 wang@xyz.example", "你好，我们需要五千套深沟球轴承，请报价。"),
    3: ("Запрос", "Иван ivan@ru.example", "Прошу выслать каталог подшипников"),
    4: ("見積依頼", "田中 tanaka@jp.example", "ベアリングの見積もりをお願いします"),
}


@pytest.fixture
def db(ledger):
    with ledger.transaction() as db:
        for number, (subject, sender, words) in MAILS.items():
            db.execute(
                "INSERT INTO sources (id, sha256, size, raw, kept_at) VALUES (?, ?, 1, X'00', '2026-01-01T00:00:00.000000Z')",
                [number, f"{number}"],
            )
            name, _, email = sender.rpartition(" ")
            db.execute(
                "INSERT INTO inbound (id, source_id, account, role, received_at, state, subject, sender_name, sender_email, words)"
                " VALUES (?, ?, 'sales', 'inbox', '2026-01-01T00:00:00.000000Z', 'handled', ?, ?, ?, ?)",
                [number, number, subject, name, email, words],
            )
            search.add(db, number, subject, sender, words)
        yield db


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("6204-2RS", [1]),
        ("bearing hamburg", [1]),
        ("muller", [1]),
        ("hamb", [1]),
        ("anna@abc.example", [1]),
        ("轴承", [2]),
        ("深沟球轴承 报价", [2]),
        ("承轴", []),
        ("каталог", [3]),
        ("見積もり", [4]),
        ("bearing каталог", []),
        ("", []),
        ('" OR * NEAR(', []),
        ("words:bearing", []),
    ],
)
def test_what_is_found(db, typed, found):
    assert sorted(row["id"] for row in search.find(db, typed)) == found


def test_a_forgotten_mail_is_not_found_and_a_rebuilt_index_finds_the_same(db):
    search.forget(db, 2, *MAILS[2])
    assert search.find(db, "轴承") == []
    search.rebuild(db)
    assert [row["id"] for row in search.find(db, "轴承")] == [2]
    assert [row["id"] for row in search.find(db, "muller")] == [1]
