"""Who gets in: passwords, links, the brake on guessing, and the hosts the desk answers to."""

from __future__ import annotations

import http.client
import os
import socket
import stat
import threading
import time
from urllib.parse import urlsplit

import pytest
import time_machine
from conftest import NOW, PASSWORD, PASSWORDS, POLICY, SECRET

from mailagent.errors import ConfigError, MailagentError
from mailagent.web.desk import create_desk, serve
from mailagent.web.session import Door, login_link, read_desk_passwords, set_desk_password


def sign_in(visitor, name="Lin Mei", password=PASSWORD, **more):
    return visitor.post("/login", "/login", name=name, password=password, **more)


def test_nobody_sees_anything_before_signing_in(desk, house):
    stranger = desk()
    for path in ("/", "/letter/1", "/leads", "/lead/1", "/mails", "/mail/1", "/letters", "/tasks", "/never?letter=1"):
        answer = stranger.get(path)
        assert answer.status_code == 302 and answer.location.startswith("/login"), path
    before = house.dump()
    assert stranger.post("/letter/1/reject", "/login").status_code == 302
    assert house.dump() == before


def test_name_and_password(desk):
    lin = desk()
    answer = sign_in(lin, "LIN@lumena.example", next="/letter/1")
    assert (answer.status_code, answer.location) == (303, "/letter/1")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert "Anna Fischer" in lin.get("/").text
    assert lin.post("/logout").status_code == 303
    assert lin.get("/").status_code == 302


@pytest.mark.parametrize(
    ("name", "password"),
    [("Lin Mei", "wrong password"), ("Lin Mei", ""), ("Nobody", PASSWORD), ("Wang Tao", PASSWORD), ("Wang Tao", ""), ("", "")],
)
def test_wrong_name_or_password(desk, name, password):
    visitor = desk()
    answer = sign_in(visitor, name, password)
    assert answer.status_code == 403 and "do not belong together" in answer.text
    assert visitor.get("/").status_code == 302


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\nb", "evil"])
def test_after_signing_in_one_stays_here(desk, target):
    assert sign_in(desk(), next=target).location == "/"


def test_guessing_is_slowed_down(desk):
    visitor = desk()
    assert [sign_in(visitor, password="wrong").status_code for _ in range(6)] == [403] * 5 + [429]
    assert sign_in(visitor).status_code == 429
    assert sign_in(visitor, "Chen Jing", "boss " + PASSWORD).status_code == 303


def test_after_a_minute_one_may_try_again():
    seconds = [100.0]
    door = Door(POLICY, SECRET, PASSWORDS, clock=lambda: seconds[0])
    for _ in range(5):
        assert door.by_password("Lin Mei", "wrong", "10.0.0.9") is None
    with pytest.raises(MailagentError, match="Wait a minute"):
        door.by_password("lin mei ", PASSWORD, "10.0.0.9")
    assert door.by_password("Lin Mei", PASSWORD, "10.0.0.10").name == "Lin Mei"
    seconds[0] += 61
    assert door.by_password("Lin Mei", PASSWORD, "10.0.0.9").name == "Lin Mei"


def test_many_names_from_one_address_are_slowed_down_too():
    door = Door(POLICY, SECRET, {}, clock=lambda: 1.0)
    for number in range(30):
        door.by_password(f"name {number}", "x", "10.0.0.9")
    with pytest.raises(MailagentError, match="Wait a minute"):
        door.by_password("name 31", "x", "10.0.0.9")


def test_a_person_who_was_taken_out_is_out(house):
    # flask-login asks at every request; the cookie of somebody unknown to the rules opens nothing.
    app = create_desk(house.ledger, POLICY, secret=SECRET, now=house.now, reviewer_for=house.reviewer_for, passwords=PASSWORDS)
    smaller = POLICY.model_copy(update={"people": POLICY.people[1:]})
    other = create_desk(house.ledger, smaller, secret=SECRET, now=house.now, reviewer_for=house.reviewer_for, passwords=PASSWORDS)
    browser = app.test_client()
    with browser.session_transaction() as session:
        session["_user_id"] = "Lin Mei"
    assert browser.get("/").status_code == 200
    left = other.test_client()
    with left.session_transaction() as session:
        session["_user_id"] = "Lin Mei"
    assert left.get("/").status_code == 302


# ── links ───────────────────────────────────────────────────────────────────────────────────────────────────────


def link_for(name: str, secret: bytes = SECRET) -> str:
    return urlsplit(login_link(secret, name, "http://127.0.0.1:8025/")).path


def test_a_link_works_once_and_only_by_its_button(desk):
    link = link_for("Chen Jing")
    visitor = desk(passwords=None)
    for _ in range(3):
        assert "Chen Jing" in visitor.get(link).text and visitor.get("/").status_code == 302
    assert visitor.post(link, link).status_code == 303
    assert visitor.get("/").status_code == 200
    # The same desk knows that it was used; a second browser does not get in.
    second = type(visitor)(visitor.browser.application)
    assert second.get(link).status_code == 403
    assert second.post(link, link).status_code == 403
    assert second.get("/").status_code == 302


@pytest.mark.parametrize(
    "link",
    [link_for("Nobody"), link_for("Lin Mei", b"another secret"), "/enter/x", "/enter/" + "a.b.c" * 50],
    ids=["a stranger", "another secret", "short", "long"],
)
def test_links_that_are_not_ours(desk, link):
    visitor = desk()
    assert visitor.get(link).status_code == 403 and visitor.post(link, link).status_code == 403


def test_a_link_grows_old(desk):
    with time_machine.travel(NOW, tick=False) as clock:
        link, visitor = link_for("Lin Mei"), desk()
        clock.shift(590)
        assert visitor.get(link).status_code == 200
        clock.shift(20)
        assert visitor.get(link).status_code == 403 and visitor.post(link, link).status_code == 403


# ── the password file ───────────────────────────────────────────────────────────────────────────────────────────


def test_passwords_are_kept_as_hashes_for_this_user_only(tmp_path, desk):
    path = set_desk_password(tmp_path, "Lin Mei", "a long password")
    set_desk_password(tmp_path, "Chen Jing", "another password")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "a long password" not in path.read_text(encoding="utf-8")
    hashes = read_desk_passwords(tmp_path)
    assert set(hashes) == {"Lin Mei", "Chen Jing"}
    assert sign_in(desk(passwords=hashes), password="a long password").status_code == 303
    assert [one.name for one in tmp_path.iterdir() if "passwords" in one.name] == ["desk-passwords.toml"]


def test_a_short_password_is_refused(tmp_path):
    with pytest.raises(MailagentError, match="10 to 200"):
        set_desk_password(tmp_path, "Lin Mei", "short")
    assert read_desk_passwords(tmp_path) == {}


@pytest.mark.parametrize(
    ("text", "mode", "says"),
    [
        ('"Lin Mei" = "plain password"', 0o600, "is not a hash"),
        ("no toml", 0o600, "is damaged"),
        ('"Lin Mei" = 5', 0o600, "is not a hash"),
        ("", 0o644, "other users"),
    ],
)
def test_a_password_file_that_cannot_be_used(tmp_path, text, mode, says):
    path = tmp_path / "desk-passwords.toml"
    path.write_text(text, encoding="utf-8")
    os.chmod(path, mode)
    with pytest.raises(ConfigError, match=says):
        read_desk_passwords(tmp_path)


# ── hosts and ports ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("127.0.0.1:8025", 200),
        ("[::1]:8025", 200),
        ("LOCALHOST:1", 200),
        ("desk.lumena.example", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost.evil.example:8025", 421),
        ("10.0.0.5", 421),
    ],
)
def test_only_our_own_hosts(house, host, status):
    app = create_desk(
        house.ledger, POLICY, secret=SECRET, now=house.now, reviewer_for=house.reviewer_for, passwords=None, open_as="Lin Mei",
        url="https://desk.lumena.example",
    )  # fmt: skip
    answer = app.test_client().get("/letter/1", headers={"Host": host})
    assert answer.status_code == status and ("Anna" in answer.text) == (status == 200)


def test_behind_tls_the_cookie_is_secure(house):
    app = create_desk(
        house.ledger,
        POLICY,
        secret=SECRET,
        now=house.now,
        reviewer_for=house.reviewer_for,
        passwords=None,
        url="https://desk.lumena.example",
    )
    assert app.config["SESSION_COOKIE_SECURE"] is True


def test_open_as_nobody_is_refused(house):
    with pytest.raises(MailagentError, match="is not a person"):
        create_desk(house.ledger, POLICY, secret=SECRET, now=house.now, reviewer_for=house.reviewer_for, passwords=None, open_as="Nobody")


def test_the_server_stops_at_once_even_while_a_browser_holds_on(house, desk):
    server = serve(desk("Lin Mei").browser.application, "127.0.0.1", 0)
    server.start()
    held = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    held.request("GET", "/")
    assert held.getresponse().read()
    began = time.monotonic()
    server.stop()
    # The browser holds on for longer, and a machine that stands still for some seconds is no browser.
    assert time.monotonic() - began < held.timeout
    assert "desk" not in [thread.name for thread in threading.enumerate()]
    held.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), 60)


def test_the_server_stops_where_its_loop_is_quicker_than_the_one_who_ends_it(desk, monkeypatch):
    """A page that is just done wakes the loop as well: then it has closed everything before the byte that calls it is written."""
    server = serve(desk("Lin Mei").browser.application, "127.0.0.1", 0)
    server.start()
    trigger = server._server.trigger
    ring = trigger._physical_pull

    def ring_late() -> None:
        ring()
        server._thread.join(60)
        # The numbers of what was closed are other files' now, and not a byte of ours may get into them.
        with open(os.devnull) as one, open(os.devnull) as two, open(os.devnull) as three:
            assert trigger.trigger not in (one.fileno(), two.fileno(), three.fileno())
            ring()

    monkeypatch.setattr(trigger, "_physical_pull", ring_late)
    server.stop()
    assert not server._thread.is_alive() and trigger._closed
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), 60)


def test_a_taken_port_is_said_clearly(desk):
    app = desk("Lin Mei").browser.application
    first = serve(app, "127.0.0.1", 0)
    first.start()
    try:
        with pytest.raises(MailagentError, match=f"cannot listen on 127.0.0.1:{first.port}"):
            serve(app, "127.0.0.1", first.port)
    finally:
        first.stop()
