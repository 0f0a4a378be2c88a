"""The desk in a real browser: a salesperson reads, edits and approves; without JavaScript, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from conftest import NOW, PASSWORD, PASSWORDS

from mailagent.core.model import events as e
from mailagent.web.desk import serve

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def chromium() -> Iterator:
    playwright = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.exists():
        pytest.skip("needs Debian's chromium")
    with playwright.sync_playwright() as session:
        browser = session.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


@pytest.fixture
def address(desk) -> Iterator[str]:
    server = serve(desk(passwords=PASSWORDS).browser.application, "127.0.0.1", 0)
    server.start()
    yield server.url
    server.stop()


@pytest.fixture(params=[(1280, 800), (390, 844)], ids=["desk", "phone"])
def page(request, chromium) -> Iterator:
    width, height = request.param
    context = chromium.new_context(viewport={"width": width, "height": height}, java_script_enabled=False)
    tab = context.new_page()
    tab.set_default_timeout(15_000)
    yield tab
    context.close()


def test_a_morning_at_the_desk(page, address, house):
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{address}/letter/1")
    page.fill("input[name=name]", "Lin Mei")
    page.fill("input[name=password]", PASSWORD)
    page.click("button.main")
    # Signed in, he is where he wanted to go.
    assert page.url == f"{address}/letter/1"
    assert page.locator("summary", has_text="with quotations").is_visible()
    assert not page.get_by_text("Our new catalogue is out.").is_visible()
    page.click("summary:has-text('with quotations')")
    assert page.get_by_text("Our new catalogue is out.").is_visible()

    text = page.input_value("textarea")
    page.fill("textarea", text.replace("May I add the freight", "Shall I add the freight"))
    page.click("button.main")
    assert page.get_by_role("alert").is_visible() and house.letter(1).state == "drafted"
    assert "Shall I add" in page.input_value("textarea")
    page.get_by_role("button", name="Save and approve").click()
    assert page.get_by_role("status").inner_text().startswith("Approved: a.fischer@nordlicht.example")
    assert house.letter(1).state == "approved" and "Shall I add the freight" in house.letter(1).body
    # Chromium notes the refused approval itself; it must have nothing to say about the policy of our pages.
    assert [text for text in complaints if "409" not in text] == []


def test_never_write_from_the_page(page, address, house):
    page.goto(f"{address}/login")
    page.fill("input[name=name]", "Lin Mei")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")
    page.goto(f"{address}/letter/1")
    page.get_by_role("link", name="Never write").click()
    assert house.letter(1).state == "drafted"
    page.get_by_role("button", name="Never write again").click()
    assert house.letter(1).state == "cancelled"


def sign_in(page, address, name: str, password: str) -> None:
    page.goto(f"{address}/login")
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", password)
    page.click("button.main")


def test_a_long_day_shows_at_once_what_to_do_now(page, address, house):
    for number in range(100, 160):
        days = 3 if number >= 130 else -1
        at = NOW + timedelta(days=days, minutes=number)
        house.record(e.TaskOpened(number, 1, "call", "Lin Mei", at, f"Call number {number}"), e.TaskTextWritten(number, "Good day.\n" * 12))
    sign_in(page, address, "Lin Mei", PASSWORD)
    page.goto(address + "/day")
    width, height = page.viewport_size["width"], page.viewport_size["height"]
    first = page.locator("ol.day a.button").first.bounding_box()
    assert first["y"] + first["height"] < height and page.locator(".bands").inner_text().startswith("Now ")
    assert page.evaluate("document.documentElement.scrollHeight") < 4 * height
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # What is folded is there, without a script: the rest of now, and what comes later.
    assert not page.get_by_text("Call number 129").is_visible() and not page.get_by_text("Call number 130").is_visible()
    page.locator("details.more > summary").first.click()
    assert page.get_by_text("Call number 129").is_visible()
    page.locator("details#later > summary").click()
    assert page.get_by_text("Call number 130").is_visible()


def test_nothing_is_wider_than_the_screen(page, address, house):
    sign_in(page, address, "Chen Jing", "boss " + PASSWORD)
    wide = {"subject": "https://example.com/" + "x" * 180, "recipient": "a" * 60 + "@" + "b" * 60 + ".example"}
    house.draft(6, 3, "W" * 400, basis="follow_up", step="follow_up_1", **wide)
    for path in ("/", "/day", "/letter/6", "/letter/1", "/leads", "/lead/1", "/lead/3", "/mails", "/letters", "/tasks", "/never?letter=6"):
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], path
