"""Who may give a lead away and let things go on: its owner, who stands in for him, and the manager. Stopping is open to everybody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from conftest import NOW, POLICY

from mailagent.core.deciding import deadlines
from mailagent.core.model import events as e
from mailagent.errors import MailagentError
from mailagent.ledger import journal, leads, quotas, reports
from mailagent.ledger.worker import Worker


def lead(house, number):
    with house.ledger.reading() as db:
        return leads.get(db, number)


def pauses(house) -> set[str]:
    with house.ledger.reading() as db:
        return set(reports.status(db)["pauses"])


def worker(house, name: str, policy=POLICY) -> Worker:
    house.policy = policy
    return Worker(house.reviewer_for(policy.person(name)))


def test_a_lead_is_given_away_by_its_owner_and_by_the_manager(desk, house):
    lin, boss = desk("Lin Mei"), desk("Chen Jing")
    # Lead 3 is Wang Tao's: a colleague can neither take it nor give it to a third.
    for to in ("Lin Mei", "Chen Jing"):
        refused = lin.post("/lead/3/assign", to=to)
        assert refused.status_code == 409 and "Only its owner or the manager" in refused.text and lead(house, 3).owner == "Wang Tao"
    assert desk("Wang Tao").post("/lead/3/assign", to="Lin Mei").status_code == 303
    assert lin.post("/lead/3/assign", to="Wang Tao").status_code == 303
    assert boss.post("/lead/3/assign", to="Lin Mei").status_code == 303
    assert lead(house, 3).owner == "Lin Mei"


def test_the_form_to_give_it_away_is_shown_to_those_who_may(desk):
    assert "/lead/3/assign" not in desk("Lin Mei").get("/lead/3").text
    assert "/lead/3/assign" in desk("Wang Tao").get("/lead/3").text and "/lead/3/assign" in desk("Chen Jing").get("/lead/3").text


def test_whoever_is_free_takes_from_the_pool_and_gives_nothing_out_of_it(house):
    house.record(e.LeadReassigned(3, "", "pool"))
    with pytest.raises(MailagentError, match="lies in the pool"):
        worker(house, "Lin Mei").assign(3, "Wang Tao")
    worker(house, "Lin Mei").assign(3, "Lin Mei")
    assert lead(house, 3).owner == "Lin Mei"


def test_who_stands_in_for_an_absent_colleague_decides_for_him(house):
    with pytest.raises(MailagentError):
        worker(house, "Lin Mei").assign(3, "Lin Mei")
    today = deadlines.our_day(NOW, house.policy)
    worker(house, "Chen Jing").set_absence("Wang Tao", today, today + timedelta(days=3), "Lin Mei")
    assert worker(house, "Lin Mei").assign(3, "Lin Mei") == [3]


def test_a_hold_is_ended_by_the_owner_by_who_paused_it_and_by_the_manager(desk, house):
    lin, wang, boss = desk("Lin Mei"), desk("Wang Tao"), desk("Chen Jing")
    # Anybody may stop; he may take it back himself.
    assert lin.post("/lead/3/pause").status_code == 303 and lin.post("/lead/3/resume").status_code == 303
    house.record(e.LeadHeld(3, "unsubscribe_review"))
    assert "/lead/3/resume" not in lin.get("/lead/3").text and "/lead/3/resume" in wang.get("/lead/3").text
    refused = lin.post("/lead/3/resume")
    assert refused.status_code == 409 and "lets it go on" in refused.text and lead(house, 3).hold_reason
    assert wang.post("/lead/3/resume").status_code == 303
    wang.post("/lead/3/pause")
    assert lin.post("/lead/3/resume").status_code == 409 and boss.post("/lead/3/resume").status_code == 303


def test_sending_is_let_go_on_by_the_manager_or_who_paused_it(desk, house):
    lin, wang, boss = desk("Lin Mei"), desk("Wang Tao"), desk("Chen Jing")
    assert wang.post("/sending/pause").status_code == 303 and pauses(house) == {"all"}
    refused = lin.post("/sending/resume", scope="all")
    assert refused.status_code == 409 and "Only the manager, or who paused it" in refused.text and pauses(house) == {"all"}
    assert wang.post("/sending/resume", scope="all").status_code == 303 and pauses(house) == set()
    with house.ledger.transaction() as db:
        journal.record(db, [e.SendingPaused("sales", "account_problem")], now=NOW)
    assert wang.post("/sending/resume", scope="sales").status_code == 409 and pauses(house) == {"sales"}
    assert boss.post("/sending/resume", scope="sales").status_code == 303 and pauses(house) == set()


def test_the_button_to_let_sending_go_on_is_shown_to_those_who_may(desk, house):
    lin, wang, boss = desk("Lin Mei"), desk("Wang Tao"), desk("Chen Jing")
    wang.post("/sending/pause")
    for browser, may in ((lin, False), (wang, True), (boss, True)):
        page = browser.get("/").text
        # Whoever may not is told whom to ask, instead of a button that refuses him.
        assert ("/sending/resume" in page) is may and ("Only the manager, or who paused it" in page) is not may
    boss.post("/sending/resume", scope="all")
    with house.ledger.transaction() as db:
        journal.record(db, [e.SendingPaused("sales", "account_problem")], now=NOW)
    lin.post("/language", language="zh")
    page = lin.get("/").text
    assert "/sending/resume" not in page and "只有经理或暂停者本人可以恢复发信" in page
    assert "/sending/resume" in boss.get("/").text


def test_a_second_pause_takes_nothing_from_the_first(desk, house):
    lin, wang, boss = desk("Lin Mei"), desk("Wang Tao"), desk("Chen Jing")
    boss.post("/lead/3/pause")
    assert lin.post("/lead/3/pause", until="2026-04-01").status_code == 303 and lead(house, 3).held_until is None
    assert lin.post("/lead/3/resume").status_code == 409 and lead(house, 3).hold_reason == "paused"
    assert boss.post("/lead/3/resume").status_code == 303
    # A day of his own counts, where it is the later one.
    boss.post("/lead/3/pause", until="2026-04-10")
    until = lead(house, 3).held_until
    lin.post("/lead/3/pause", until="2026-04-01")
    assert lead(house, 3).held_until == until
    lin.post("/lead/3/pause", until="2026-04-20")
    assert lead(house, 3).held_until == until + timedelta(days=10) and lin.post("/lead/3/resume").status_code == 409
    # The owner decides anew.
    wang.post("/lead/3/pause", until="2026-04-05")
    assert lead(house, 3).held_until == until - timedelta(days=5) and wang.post("/lead/3/resume").status_code == 303


def test_a_second_pause_of_all_sending_does_not_make_the_managers_his(desk, house):
    lin, wang, boss = desk("Lin Mei"), desk("Wang Tao"), desk("Chen Jing")
    boss.post("/sending/pause")
    assert lin.post("/sending/pause").status_code == 303 and lin.post("/sending/resume", scope="all").status_code == 409
    assert boss.post("/sending/resume", scope="all").status_code == 303
    # The manager's takes the other's over.
    wang.post("/sending/pause")
    boss.post("/sending/pause")
    assert wang.post("/sending/resume", scope="all").status_code == 409 and pauses(house) == {"all"}


def test_the_end_of_ones_own_pause_lifts_no_brake(desk, house):
    lin, boss = desk("Lin Mei"), desk("Chen Jing")
    house.record(e.SendingRested("sales", NOW + timedelta(hours=5), "userunknown", False, "550 5.1.1 no such user"))

    def resting():
        with house.ledger.reading() as db:
            return set(quotas.resting(db, NOW))

    lin.post("/sending/pause")
    assert lin.post("/sending/resume", scope="all").status_code == 303 and pauses(house) == set() and resting() == {"sales"}
    boss.post("/sending/pause")
    assert boss.post("/sending/resume", scope="all").status_code == 303 and resting() == set()


def test_the_owner_of_a_mailbox_lets_it_go_on(house):
    (sales,) = POLICY.mailboxes
    owned = POLICY.model_copy(update={"mailboxes": (sales.model_copy(update={"owner": "Wang Tao"}),)})
    house.record(e.SendingPaused("sales", "account_problem"))
    house.policy = owned
    with pytest.raises(MailagentError, match="Only Wang Tao or the manager"):
        house.reviewer_for(owned.person("Lin Mei")).resume_all("sales")
    house.reviewer_for(owned.person("Wang Tao")).resume_all("sales")
    assert pauses(house) == set()


def test_a_company_without_a_manager_trusts_everybody(house):
    two = POLICY.model_copy(update={"people": tuple(one for one in POLICY.people if one.role == "sales")})
    assert worker(house, "Lin Mei", two).assign(3, "Lin Mei") == [3]


def test_where_nobody_is_manager_whoever_sees_it_decides_about_the_pool(house):
    two = POLICY.model_copy(update={"people": tuple(one for one in POLICY.people if one.role == "sales")})
    house.record(e.TaskOpened(900, 3, "to_pool", "", NOW, "does it return to the pool?"))
    with pytest.raises(MailagentError, match="Only the manager"):
        worker(house, "Lin Mei").decide_pool(900, True)
    worker(house, "Lin Mei", two).decide_pool(900, True)
    assert lead(house, 3).owner == ""
