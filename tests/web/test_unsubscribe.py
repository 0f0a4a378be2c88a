"""The public page: what stops letters, and everything that must not (RFC 8058; STANDARDS §4.2, §4.4)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import NOW, POLICY, House
from pydantic import ValidationError
from werkzeug.test import Client

from mailagent.core.model import events as e
from mailagent.core.model.public import PageWords, PublicPage
from mailagent.core.writing import tokens
from mailagent.errors import LedgerBusy, MailagentError
from mailagent.ledger import stops, suppressions
from mailagent.ledger.send_facts import send_facts
from mailagent.web.brake import ADDRESSES, Brake, house_of
from mailagent.web.unsubscribe import LARGEST_BODY, UnsubscribePage

KEYS = [b"1" * 32, b"2" * 32]
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def words():
    """What the shipped pages say."""
    text = (Path(__file__).parents[2] / "config" / "unsubscribe.toml").read_text("utf-8")
    return {code: PageWords(**row) for code, row in tomllib.loads(text).items()}


class Street:
    """The public page of the house, as people and programmes outside meet it."""

    def __init__(self, house: House, words, clock: Callable[[], float] = lambda: 0.0, **page):
        self.house = house
        chosen = PublicPage(public_url="https://mail.lumena.example", **page)
        policy = POLICY.model_copy(update={"public_page": chosen, "page_words": words})
        self.app = UnsubscribePage(house.ledger, policy, KEYS, house.hash_address, house.now, clock)
        self.client = Client(self.app)

    def link(self, contact: int = 1, lead: int | None = 1, language: str = "en", keys=KEYS) -> str:
        return f"/u/{language}/{tokens.unsubscribe_token(contact, keys, lead)}"

    def click(self, link: str, **more):
        return self.client.post(link, data=ONE_CLICK, **more)

    def reasons(self) -> list[tuple[str, str]]:
        with self.house.ledger.reading() as db:
            return [(row["email"], row["scope"]) for row in suppressions.listing(db)]

    def facts_of(self, number: int) -> str:
        """Why letter ``number`` may not go: what the claim asks."""
        letter = self.house.letter(number)
        with self.house.ledger.reading() as db:
            return send_facts(db, letter, NOW, suppressions.checker(db, b"k" * 32)).suppressed


@pytest.fixture
def street(house, words):
    return lambda **options: Street(house, words, **options)


# ── what stops letters ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("encoding", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_one_click_takes_effect_before_it_is_answered(street, encoding):
    place = street()
    answer = place.click(place.link(), content_type=encoding, headers={"User-Agent": "Agent 1"})
    assert answer.status_code == 200 and "Location" not in answer.headers and "Set-Cookie" not in answer.headers
    assert place.reasons() == [("a.fischer@nordlicht.example", "global")]
    letter = place.house.letter(1)
    assert (letter.state, letter.state_reason) == ("cancelled", "unsubscribed")
    assert place.facts_of(1) == "unsubscribe"
    with place.house.ledger.reading() as db:
        row = suppressions.listing(db)[0]
        assert row["evidence"] == "one click (RFC 8058) of the link in a letter; Agent 1"
        assert db.execute("SELECT rest_reason FROM leads WHERE id = 1").fetchone()[0] == "unsubscribed"


def test_a_second_click_changes_nothing(street):
    place = street()
    first = place.click(place.link())
    before = place.house.dump()
    second = place.click(place.link())
    assert (first.status_code, first.data) == (second.status_code, second.data) == (200, second.data)
    assert place.house.dump() == before


def test_a_letter_that_was_drafted_after_the_first_click_is_cancelled_by_the_second(street):
    place = street()
    place.click(place.link())
    late = place.house.draft(90, 1, "Dear Ms. Fischer,\n\none more thing.\n\nLin Mei", basis="follow_up", step="follow_up_1")
    assert place.click(place.link()).status_code == 200
    assert place.house.letter(late.id).state == "cancelled" and len(place.reasons()) == 1


def test_the_link_of_an_old_letter_still_works_after_the_keys_changed(street):
    place = street()
    assert place.click(place.link(keys=KEYS[:1])).status_code == 200
    assert len(place.reasons()) == 1


def test_the_button_can_stop_one_matter_alone(street):
    place = street()
    place.house.inquiry(11, "Omar Haddad <omar@second.example>", "Second", "AE", "Another thing", "Do you have lamps?", 2)
    answer = place.client.post(place.link(2, 2), data=ONE_CLICK | {"page": "1", "scope": "matter"})
    assert answer.status_code == 200 and "about this inquiry" in answer.text
    assert place.reasons() == [("", "campaign:2")]
    assert place.house.letter(2).state == "cancelled" and place.facts_of(2) == "unsubscribe"
    with place.house.ledger.reading() as db:
        assert suppressions.reason_for(db, "omar@gulfbright.example", b"k" * 32) == ""
        assert suppressions.reason_in_matter(db, 2) == "unsubscribe" and suppressions.reason_in_matter(db, 11) == ""
    before = place.house.dump()
    place.client.post(place.link(2, 2), data=ONE_CLICK | {"page": "1", "scope": "matter"})
    assert place.house.dump() == before


def test_all_letters_can_be_stopped_after_one_matter_was(street):
    place = street()
    place.client.post(place.link(2, 2), data=ONE_CLICK | {"page": "1", "scope": "matter"})
    place.client.post(place.link(2, 2), data=ONE_CLICK | {"page": "1", "scope": "all"})
    assert sorted(scope for _email, scope in place.reasons()) == ["campaign:2", "global"]


def test_a_mail_program_cannot_choose_less_than_all_letters(street):
    place = street()
    place.client.post(place.link(), data=ONE_CLICK | {"scope": "matter"})
    assert place.reasons() == [("a.fischer@nordlicht.example", "global")]


def test_a_matter_that_is_not_his_stands_for_all_of_his_letters(street):
    place = street()
    place.client.post(place.link(1, 2), data=ONE_CLICK | {"page": "1", "scope": "matter"})
    assert place.reasons() == [("a.fischer@nordlicht.example", "global")]
    assert place.house.letter(2).state == "drafted"


def test_a_person_can_lift_the_wish_about_one_matter_with_a_new_consent(street):
    place = street()
    place.client.post(place.link(2, 2), data=ONE_CLICK | {"page": "1", "scope": "matter"})
    with place.house.ledger.transaction() as db:
        with pytest.raises(MailagentError, match="new consent"):
            stops.lift(db, "omar@gulfbright.example", "ok", place.house.hash_address)
        events = stops.lift(db, "omar@gulfbright.example", "he wrote on 9 March that we may go on", place.house.hash_address)
    place.house.record(*events)
    assert place.reasons() == [] and place.facts_of(2) == ""


def test_an_answer_that_a_person_permits_may_go_in_a_matter_that_was_stopped(street):
    place = street()
    place.client.post(place.link(2, 2), data=ONE_CLICK | {"page": "1", "scope": "matter"})
    place.house.record(e.AnswerPermitted(2, 1, "he asks for the invoice"))
    assert place.facts_of(2) == ""


# ── what changes nothing ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_at_the_page_changes_nothing(street, method):
    place = street()
    before = place.house.dump()
    answer = getattr(place.client, method)(place.link(), headers={"Sec-Purpose": "prefetch"})
    assert answer.status_code == 200 and place.house.dump() == before
    assert bool(answer.data) == (method == "get")


def test_a_look_does_not_even_open_the_ledger(street, monkeypatch):
    place = street()
    monkeypatch.setattr(type(place.house.ledger), "_connection", lambda ledger: pytest.fail("the ledger was asked"))
    assert place.client.get(place.link()).status_code == 200
    assert place.click(place.link(keys=[b"x" * 32])).status_code == 200


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"List-Unsubscribe=one-click", "application/x-www-form-urlencoded"),
        (b"List-Unsubscribe=", "application/x-www-form-urlencoded"),
        (b"x=List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"),
        (b"List-Unsubscribe=One-Click", "text/plain"),
        (b"List-Unsubscribe=One-Click", "application/json"),
        (b"List-Unsubscribe=One-Click", ""),
        (b'{"List-Unsubscribe": "One-Click"}', "application/json"),
        (b"List-Unsubscribe=One-Click", "multipart/form-data"),
        (b"--b\r\nContent-Disposition: form-data; name=List-Unsubscribe\r\n\r\nOne-Click", "multipart/form-data; boundary=b"),
        (
            b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"; filename="a"\r\n\r\nOne-Click\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
        ),
        (b"a" * (LARGEST_BODY + 1), "application/x-www-form-urlencoded"),
        (b"&".join(b"a=%d" % number for number in range(3000)), "application/x-www-form-urlencoded"),
        (b"\xff\xfe%zz=%", "application/x-www-form-urlencoded"),
    ],
)
def test_a_post_that_does_not_say_it_changes_nothing(street, body, kind):
    place = street()
    before = place.house.dump()
    answer = place.client.post(place.link(), data=body, content_type=kind)
    assert answer.status_code == 400 and place.house.dump() == before
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "x" * 40])
def test_other_methods_are_refused_with_the_ones_that_work(street, method):
    place = street()
    before = place.house.dump()
    answer = place.client.open(place.link(), method=method, data=ONE_CLICK if method != "TRACE" else None)
    assert answer.status_code == 405 and answer.headers["Allow"] == "GET, HEAD, POST" and place.house.dump() == before


@pytest.mark.parametrize("path", ["/", "/u", "/u/", "/desk", "/static/desk.css", "/u/en/a/b", "/u/en/" + "a" * 400, "/u/en/<b>"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_there_is_nothing_else(street, path, method):
    place = street()
    assert getattr(place.client, method)(path, data=ONE_CLICK if method == "post" else None).status_code == 404


def test_the_answer_is_the_same_whatever_the_token_is(street):
    place = street()
    place.house.record(e.ContactLeft(3))
    valid, used = place.link(), place.link(2, 2)
    place.click(used)
    others = [valid, used, place.link(9999, 1), place.link(3, 3), place.link(keys=[b"9" * 32]), "/u/en/rubbish", "/u/en/..", valid[:-4]]
    for way in (place.client.get, place.click, lambda link: place.client.post(link, data={"a": "b"})):
        answers = [way(link) for link in others]
        assert len({(answer.status, answer.data, tuple(answer.headers)) for answer in answers}) == 1


def test_the_page_names_neither_the_token_nor_the_address(street):
    place = street()
    for answer in (place.client.get(place.link()), place.click(place.link())):
        assert place.link().rpartition("/")[2] not in answer.text and "fischer" not in answer.text.lower()


# ── what the page is ────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_loaded_stored_or_told_elsewhere(street):
    place = street()
    answer = place.client.get(place.link())
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-") and "unsafe" not in policy and "script" not in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer" and answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"].startswith("noindex") and "Set-Cookie" not in answer.headers
    assert not re.search(r"<script|<link|<img|<iframe|src=|href=|url\(|@import|\son\w+=", answer.text)
    # A wish is no matter of cross-site requests: nobody is given leave to read the answer.
    assert not any(name.startswith("Access-Control") for name, _value in answer.headers)


@pytest.mark.parametrize("language", ["en", "zh", "de", "es", "fr", "pt", "ru", "ar", "it", "tr", "ja", "ko"])
def test_the_page_speaks_the_letters_language(street, words, language):
    place = street()
    asked, done = place.client.get(place.link(language=language)), place.click(place.link(language=language))
    said = {key: text.replace("{company}", "<bdi>Lumena</bdi>") for key, text in words[language]}
    assert f'<html lang="{language}" dir="{said["direction"]}">' in asked.text and said["button"] in asked.text
    assert said["done"] in done.text and said["otherwise"] in done.text and "{" not in asked.text.partition("</style>")[2]
    assert (said["direction"] == "rtl") == (language == "ar")


def test_every_language_of_the_letters_has_a_page(words):
    letters = {path.name for path in (Path(__file__).parents[2] / "templates").iterdir() if (path / "footer.txt").exists()}
    assert letters <= set(words)


@pytest.mark.parametrize(
    ("path", "accept", "spoken"),
    [("", "de-AT,de;q=0.9,en;q=0.5", "de"), ("xx/", "ru", "ru"), ("", "", "en"), ("es/", "de", "es"), ("", "x" * 900, "en")],
)
def test_without_a_language_in_the_link_it_speaks_the_readers(street, path, accept, spoken):
    place = street()
    token = place.link().rpartition("/")[2]
    assert place.client.get(f"/u/{path}{token}", headers={"Accept-Language": accept}).headers["Content-Language"] == spoken


def test_it_may_live_below_a_path_of_another_site(house, words):
    place = Street(house, words)
    policy = POLICY.model_copy(update={"public_page": PublicPage(public_url="https://www.lumena.example/post/"), "page_words": words})
    below = Client(UnsubscribePage(house.ledger, policy, KEYS, house.hash_address, house.now))
    assert below.get("/post" + place.link()).status_code == 200
    # Some web servers take the path away before they pass the request on.
    assert below.get(place.link()).status_code == 200
    assert below.get("/other" + place.link()).status_code == 404


def test_robots_are_told_to_stay_away(street):
    assert street().client.get("/robots.txt").text == "User-agent: *\nDisallow: /\n"


# ── those who ask too often, and a ledger that cannot be written ────────────────────────────────────────────────


def test_who_asks_too_often_is_told_to_come_back_and_a_signed_wish_counts_all_the_same(street):
    seconds = [0.0]
    place = street(clock=lambda: seconds[0], requests_per_minute=5)
    answers = [place.client.get(place.link()).status_code for _ in range(8)]
    assert answers == [200] * 5 + [429] * 3
    forged, signed = place.click(place.link(keys=[b"9" * 32])), place.click(place.link())
    assert (forged.status_code, forged.data) == (signed.status_code, signed.data) and signed.status_code == 429
    assert signed.headers["Retry-After"] == "60" and place.facts_of(1) == "unsubscribe"
    other = place.client.get(place.link(), environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert other.status_code == 200
    seconds[0] += 12.5
    assert [place.client.get(place.link()).status_code for _ in range(2)] == [200, 429]


def test_the_brake_forgets_the_oldest_and_counts_a_network_as_one():
    brake = Brake(1, lambda: 0.0)
    assert brake.lets_pass("192.0.2.1") and not brake.lets_pass("192.0.2.1")
    assert brake.lets_pass("2001:db8::1") and not brake.lets_pass("2001:db8::2") and brake.lets_pass("2001:db8:0:1::1")
    for number in range(ADDRESSES):
        brake.lets_pass(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(brake._left) == ADDRESSES and brake.lets_pass("192.0.2.1")
    assert house_of("::ffff:192.0.2.1") == "192.0.2.1" and house_of("no address") == ""


def test_a_ledger_that_is_busy_makes_him_come_back_and_promises_nothing(street, monkeypatch):
    place = street()
    monkeypatch.setattr(type(place.house.ledger), "transaction", lambda ledger: (_ for _ in ()).throw(LedgerBusy("held")))
    answer = place.click(place.link())
    assert answer.status_code == 503 and answer.headers["Retry-After"] == "60" and "Done" not in answer.text


def test_what_breaks_us_is_not_shown(street, monkeypatch):
    place = street()
    monkeypatch.setattr("mailagent.web.unsubscribe.tokens.read_unsubscribe_link", lambda *_: 1 / 0)
    answer = place.click(place.link())
    assert answer.status_code == 500 and answer.text == "Please try again later.\n"


# ── configuration ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("url", ["http://mail.acme.example", "mail.acme.example", "https://a b", "https://x/?y", "https://u:p@x", "https://x>/"])
def test_only_an_https_address_opens_the_page(url):
    with pytest.raises(ValidationError, match="https"):
        PublicPage(public_url=url)


def test_tokens_name_contact_and_matter():
    token = tokens.unsubscribe_token(7, KEYS, 12)
    assert tokens.read_unsubscribe_link(token, KEYS) == (7, 12) and tokens.read_unsubscribe_token(token, KEYS) == 7
    assert tokens.read_unsubscribe_link(tokens.unsubscribe_token(7, KEYS), KEYS) == (7, None)
    signer = tokens._signer(tuple(KEYS))
    for odd in ([1], [1, 2, 3], ["1", 2], {"a": 1}, "7", None, [1, "2"], [None, 1]):
        assert tokens.read_unsubscribe_link(signer.dumps(odd), KEYS) is None
    assert tokens.read_unsubscribe_link(token, [*KEYS, b"3" * 32]) == (7, 12)


def test_a_name_in_another_script_keeps_its_direction_and_stays_text(house, words):
    company = POLICY.company.model_copy(update={"short_name": "Lu <b>& Co.</b>", "legal_name": "<i>Lumena</i> Ltd."})
    page = PublicPage(public_url="https://mail.lumena.example")
    policy = POLICY.model_copy(update={"company": company, "public_page": page, "page_words": words})
    text = Client(UnsubscribePage(house.ledger, policy, KEYS, house.hash_address, house.now)).get("/u/ar/x").text
    assert "<bdi>Lu &lt;b&gt;&amp; Co.&lt;/b&gt;</bdi>" in text and "<bdi>&lt;i&gt;Lumena&lt;/i&gt; Ltd.</bdi>" in text
    assert "<b>" not in text and "<i>" not in text
