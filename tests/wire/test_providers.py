"""The shipped providers, and how a mailbox finds its servers."""

from __future__ import annotations

import pytest

from mailagent.core.model.endpoint import Endpoint, imap_endpoint, is_this_machine, must_file_sent, smtp_endpoint
from mailagent.core.model.policy import Mailbox
from mailagent.errors import ConfigError


def mailbox(**values) -> Mailbox:
    return Mailbox(**{"name": "sales", "address": "sales@acme.example"} | values)


def test_every_shipped_provider_can_be_used(providers):
    assert len(providers) >= 13
    for name, row in providers.items():
        assert set(row.hint) == {"en", "zh"}, name
        assert row.per_minute <= row.per_hour <= row.per_day, name
        if name == "generic":
            continue
        for endpoint in (imap_endpoint(mailbox(provider=name), providers), smtp_endpoint(mailbox(provider=name), providers)):
            assert endpoint.host.count(".") >= 2, name
            assert endpoint.security in ("tls", "starttls"), name
            # 994 is NetEase's own second port for TLS.
            assert endpoint.port in ({"tls": (993, 465, 994), "starttls": (143, 587)}[endpoint.security]), name


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
