"""The shipped providers, and how a mailbox finds its servers."""

from __future__ import annotations

import re

import pytest

from mailagent.core.model.endpoint import Endpoint, imap_endpoint, is_this_machine, must_file_sent, smtp_endpoint, with_habits
from mailagent.core.model.login import registration, way_in
from mailagent.core.model.policy import Mailbox
from mailagent.errors import ConfigError

#: Rows for servers that every company calls by a name of its own.
OWN_SERVERS = ("generic", "dovecot", "exchange")


def mailbox(**values) -> Mailbox:
    return Mailbox(**{"name": "sales", "address": "sales@acme.example"} | values)


def test_every_shipped_provider_can_be_used(providers):
    assert len(providers) >= 19
    for name, row in providers.items():
        assert set(row.hint) == {"en", "zh"}, name
        assert row.per_minute <= row.per_hour <= row.per_day, name
        if name in OWN_SERVERS:
            continue
        for endpoint in (imap_endpoint(mailbox(provider=name), providers), smtp_endpoint(mailbox(provider=name), providers)):
            assert endpoint.host.count(".") >= 2, name
            assert endpoint.security in ("tls", "starttls"), name
            # 994 is NetEase's own second port for TLS.
            assert endpoint.port in ({"tls": (993, 465, 994), "starttls": (143, 587)}[endpoint.security]), name


def test_every_row_says_how_one_logs_in(providers):
    by_code = {"exmail", "qq", "163", "126", "yeah", "qiye163", "aliyun"}
    by_token = {"microsoft365", "microsoft365_china", "outlook"}
    assert {name for name, row in providers.items() if row.auth == "authorisation_code"} == by_code
    assert {name for name, row in providers.items() if row.auth == "oauth2"} == by_token
    for name in by_code:
        # The code is not the password that people know: the hint calls it by the name that stands on the provider's page.
        assert re.search("授权码|客户端专用密码|客户端授权密码|安全密码", providers[name].hint["en"]), name
    # Named in reports: IDLE that loses mail, and folders that stay shut without ID.
    assert all(not providers[name].idle and providers[name].poll_seconds <= 120 for name in by_code)
    assert {name for name, row in providers.items() if row.needs_id} == {"163", "126", "yeah", "qiye163"}


def test_every_offered_flow_can_be_begun(providers):
    flows = [(name, flow) for name, row in providers.items() for flow in row.oauth_flows]
    assert ("gmail", "browser") in flows and ("gmail", "service_account") in flows and ("microsoft365", "device") in flows
    # Google refuses mail to devices (STANDARDS §0.12).
    assert ("gmail", "device") not in flows
    for name, flow in flows:
        account = mailbox(provider=name, auth="oauth2", oauth_client_id="x", oauth_tenant="acme.example")
        app = registration(account, providers, flow)
        assert app.scopes and "{" not in app.authorise_url + app.token_url + app.device_url, (name, flow)
        assert providers[name].login_days
        # A lasting permission must be asked for, each in its own way.
        assert flow not in ("browser", "device") or "offline" in " ".join((*app.scopes, *app.parameters.values())), (name, flow)


def test_the_habits_of_a_provider_are_the_mailboxs_own_unless_it_says_otherwise(providers):
    netease = with_habits(mailbox(provider="163"), providers)
    assert (netease.idle, netease.poll_seconds) == (False, 90)
    assert with_habits(mailbox(provider="163", idle=True), providers).idle
    assert with_habits(mailbox(provider="163", poll_seconds=30), providers).poll_seconds == 30
    assert with_habits(mailbox(provider="gmail"), providers).idle
    assert with_habits(mailbox(provider="nobody"), providers).idle


def test_the_way_in_is_the_mailboxs_then_the_providers(providers):
    assert way_in(mailbox(provider="microsoft365"), providers) == "oauth2"
    assert way_in(mailbox(provider="gmail"), providers) == "password"
    assert way_in(mailbox(provider="gmail", auth="oauth2"), providers) == "oauth2"
    assert way_in(mailbox(), {}) == "password"


def test_what_the_mailbox_says_goes_before_the_provider(providers):
    qq = mailbox(provider="qq", smtp_security="starttls", imap_host="imap.other.example")
    assert imap_endpoint(qq, providers) == Endpoint("imap.other.example", 993, "tls")
    assert smtp_endpoint(qq, providers) == Endpoint("smtp.qq.com", 587, "starttls")
    assert smtp_endpoint(mailbox(provider="qq", smtp_port=2525), providers) == Endpoint("smtp.qq.com", 2525, "tls")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "mailbox.sales.imap_host: say which server"),
        ({"provider": "gmial"}, 'mailbox.sales.provider: "gmial" is not in providers.toml.*gmail'),
        ({"imap_host": "192.0.2.1", "imap_security": "none"}, "in clear to 192.0.2.1"),
        ({"imap_host": "localhost.evil.example", "imap_security": "none"}, "in clear"),
    ],
)
def test_mistakes_name_file_and_key(providers, values, says):
    with pytest.raises(ConfigError, match=says):
        imap_endpoint(mailbox(**values), providers)


@pytest.mark.parametrize(
    ("host", "here"), [("localhost", True), ("127.0.0.1", True), ("::1", True), ("127.0.0.1.example", False), ("", False)]
)
def test_this_machine(host, here):
    assert is_this_machine(host) is here


@pytest.mark.parametrize(
    ("values", "ours"),
    [
        ({"provider": "gmail"}, False),
        ({"provider": "microsoft365"}, False),
        ({"provider": "exmail"}, True),
        # The host decides, whatever the row is called.
        ({"provider": "generic", "smtp_host": "SMTP.Office365.com"}, False),
        ({"provider": "generic", "smtp_host": "smtp.acme.example"}, True),
        ({"provider": "gmail", "append_sent": "always"}, True),
        ({"provider": "exmail", "append_sent": "never"}, False),
    ],
)
def test_who_keeps_the_copy_of_a_sent_letter(providers, values, ours):
    assert must_file_sent(mailbox(**values), providers) is ours
