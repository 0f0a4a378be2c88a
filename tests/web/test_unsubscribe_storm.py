"""The public page on its own port, while programmes rush at it: nothing changes but what somebody asked for, and no wish is lost."""

from __future__ import annotations

import socket
import threading
import tomllib
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import pytest
from conftest import POLICY, House

from mailagent.core.model.public import PageWords, PublicPage
from mailagent.core.writing import tokens
from mailagent.errors import MailagentError
from mailagent.ledger import suppressions
from mailagent.ledger.db import Ledger
from mailagent.public import serve
from mailagent.web.unsubscribe import LARGEST_BODY, UnsubscribePage

KEYS = [b"1" * 32]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
WISH = b"List-Unsubscribe=One-Click"
BUYERS = 12


@pytest.fixture
def town(tmp_path: Path) -> House:
    """A house with a dozen buyers, each with a draft that waits."""
    house = House(Ledger(tmp_path / "ledger.sqlite"))
    for number in range(1, BUYERS + 1):
        house.inquiry(number, f"Buyer <buyer@b{number}.example>", f"B{number}", "DE", f"Lamps {number}", "Please quote 100 lamps.", 3)
        house.draft(number, number, "Dear buyer,\n\nUSD 3.\n\nLin Mei")
    return house


@pytest.fixture
def street(town):
    """The page behind a trusted web server on this computer; yields its port."""
    words = tomllib.loads((Path(__file__).parents[2] / "config" / "unsubscribe.toml").read_text("utf-8"))
    page = PublicPage(public_url="https://mail.lumena.example")
    policy = POLICY.model_copy(update={"public_page": page, "page_words": {"en": PageWords(**words["en"])}})
    server = serve(UnsubscribePage(town.ledger, policy, KEYS, town.hash_address, town.now), page, 0)
    server.start()
    yield server.port
    server.stop()


def link(number: int, key: bytes = KEYS[0]) -> str:
    return f"/u/en/{tokens.unsubscribe_token(number, [key], number)}"


def ask(line: HTTPConnection, method: str, path: str, body: bytes | None = None, **headers) -> int:
    line.request(method, path, body, headers | (FORM if body is not None else {}))
    answer = line.getresponse()
    answer.read()
    return answer.status


def stopped(house: House) -> list[str]:
    with house.ledger.reading() as db:
        return sorted(row["email"] for row in suppressions.listing(db))


def test_scanners_change_nothing_and_every_real_wish_counts(town, street):
    """Eight programmes at once, all from one address, so that the brake is on: the wishes come in the middle of it."""
    lost: list[int] = []

    def storm(nth: int) -> None:
        line = HTTPConnection("127.0.0.1", street, timeout=60)
        forwarded = {"X-Forwarded-For": "192.0.2.66"}
        for turn in range(60):
            target = link(turn % BUYERS + 1)
            ask(line, "GET", target, **forwarded)
            ask(line, "HEAD", target, **forwarded)
            ask(line, "POST", target, b"confirm=yes", **forwarded)
            ask(line, "POST", link(turn % BUYERS + 1, b"9" * 32), WISH, **forwarded)
        line.close()

    def wish(number: int) -> None:
        line = HTTPConnection("127.0.0.1", street, timeout=60)
        # Half of them come from the very address that the brake is on.
        where = "192.0.2.66" if number % 4 == 1 else f"198.51.100.{number}"
        if ask(line, "POST", link(number), WISH, **{"X-Forwarded-For": where}) not in (200, 429):
            lost.append(number)
        line.close()

    with ThreadPoolExecutor(8) as rush:
        storms = [rush.submit(storm, nth) for nth in range(5)]
        wishes = [rush.submit(wish, number) for number in range(1, BUYERS + 1, 2)]
        for done in (*storms, *wishes):
            done.result()
    assert lost == []
    assert stopped(town) == sorted(f"buyer@b{number}.example" for number in range(1, BUYERS + 1, 2))
    assert [town.letter(number).state for number in range(1, BUYERS + 1)] == ["cancelled", "drafted"] * (BUYERS // 2)


def test_connections_that_say_nothing_keep_nobody_out(town, street):
    silent = [socket.create_connection(("127.0.0.1", street)) for _ in range(100)]
    half = [socket.create_connection(("127.0.0.1", street)) for _ in range(50)]
    for line in half:
        line.sendall(f"POST {link(2)} HTTP/1.1\r\nHost: x\r\nContent-Length: 400\r\n\r\nList-".encode())
    line = HTTPConnection("127.0.0.1", street, timeout=60)
    assert ask(line, "POST", link(1), WISH) == 200
    for one in (*silent, *half):
        one.close()
    line.close()
    assert stopped(town) == ["buyer@b1.example"]


@pytest.mark.parametrize(
    ("text", "statuses"),
    [
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 20_000 + b"\r\n\r\n", ("431", "400")),
        (b"POST /u/en/x HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n" + b"a" * 100_000, ("413",)),
        (b"POST /u/en/x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"ffff\r\n" + b"a" * 65_535 + b"\r\n0\r\n\r\n", ("413",)),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", ("400",)),
        (b"GET /u/en/%00%ff%2e%2e HTTP/1.1\r\n\r\n", ("404",)),
        (b"POST /u/en/x HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde", ("400",)),
    ],
)
def test_what_no_mail_program_sends_is_refused(town, street, text, statuses):
    before = town.dump()
    with socket.create_connection(("127.0.0.1", street), timeout=60) as line:
        try:
            line.sendall(text)
            answer = line.recv(4096)
        except ConnectionResetError:
            # The server has said no and does not read the rest.
            answer = b"HTTP/1.1 413"
    assert answer.split(b" ")[1].decode()[:3] in statuses and b"Traceback" not in answer and b"Server:" not in answer
    assert town.dump() == before


def test_a_chunked_wish_counts_as_well(town, street):
    body = b"1a\r\n" + WISH + b"\r\n0\r\n\r\n"
    with socket.create_connection(("127.0.0.1", street), timeout=60) as line:
        head = f"POST {link(1)} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Type: {FORM['Content-Type']}\r\n\r\n"
        line.sendall(head.encode() + body)
        assert line.recv(4096).startswith(b"HTTP/1.1 200")
    assert stopped(town) == ["buyer@b1.example"] and len(body) < LARGEST_BODY


def test_many_clicks_at_the_same_moment_are_one_wish(town, street):
    at_once = threading.Barrier(6)

    def click(_nth: int) -> int:
        line = HTTPConnection("127.0.0.1", street, timeout=60)
        line.connect()
        at_once.wait()
        return ask(line, "POST", link(1), WISH)

    with ThreadPoolExecutor(6) as crowd:
        assert list(crowd.map(click, range(6))) == [200] * 6
    assert stopped(town) == ["buyer@b1.example"]
    with town.ledger.reading() as db:
        assert db.execute("SELECT COUNT(*) FROM events WHERE type = 'AddressSuppressed'").fetchone()[0] == 1


def test_whose_request_it_is_is_believed_of_the_web_server_before_us_only(town):
    page = PublicPage(public_url="https://mail.lumena.example", trusted_proxy="192.0.2.1", requests_per_minute=2)
    policy = POLICY.model_copy(update={"public_page": page, "page_words": {"en": _english()}})
    server = serve(UnsubscribePage(town.ledger, policy, KEYS, town.hash_address, town.now), page, 0)
    server.start()
    try:
        line = HTTPConnection("127.0.0.1", server.port, timeout=60)
        # A stranger who invents a new address for each request is still one address.
        assert [ask(line, "GET", link(1), **{"X-Forwarded-For": f"203.0.113.{n}"}) for n in range(4)] == [200, 200, 429, 429]
        line.close()
    finally:
        server.stop()


def _english() -> PageWords:
    return PageWords(**tomllib.loads((Path(__file__).parents[2] / "config" / "unsubscribe.toml").read_text("utf-8"))["en"])


def test_a_port_that_is_taken_is_said_in_one_sentence(town):
    page = PublicPage(public_url="https://mail.lumena.example")
    app = UnsubscribePage(town.ledger, POLICY.model_copy(update={"page_words": {"en": _english()}}), KEYS, town.hash_address, town.now)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(MailagentError, match=r"cannot listen .* \[unsubscribe\]"):
            serve(app, page, taken.getsockname()[1])
