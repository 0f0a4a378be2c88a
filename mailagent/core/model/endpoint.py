"""Which server a mailbox talks to: what the mailbox says itself, then what its provider is known for.

Pure look-up; the connections are made in ``mailbox/`` and ``delivery/``, which both ask here.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass

from mailagent.core.model.policy import Mailbox, Provider
from mailagent.errors import ConfigError, Problem

USUAL_PORTS = {
    ("imap", "tls"): 993,
    ("imap", "starttls"): 143,
    ("imap", "none"): 143,
    ("smtp", "tls"): 465,
    ("smtp", "starttls"): 587,
    ("smtp", "none"): 25,
}


@dataclass(frozen=True)
class Endpoint:
    """One server: where it listens and how the line is protected (tls from the first byte, starttls, or none)."""

    host: str
    port: int
    security: str

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def imap_endpoint(mailbox: Mailbox, providers: Mapping[str, Provider]) -> Endpoint:
    """The server from which this mailbox is read.

    Raises:
        ConfigError: no host is known, or a password would travel unprotected to another machine.
    """
    provider = _provider(mailbox, providers)
    return _endpoint(
        mailbox,
        "imap",
        (mailbox.imap_host, mailbox.imap_port, mailbox.imap_security),
        (provider.imap_host, provider.imap_port, provider.imap_security),
    )


def smtp_endpoint(mailbox: Mailbox, providers: Mapping[str, Provider]) -> Endpoint:
    """The server through which this mailbox sends.

    Raises:
        ConfigError: no host is known, or a password would travel unprotected to another machine.
    """
    provider = _provider(mailbox, providers)
    return _endpoint(
        mailbox,
        "smtp",
        (mailbox.smtp_host, mailbox.smtp_port, mailbox.smtp_security),
        (provider.smtp_host, provider.smtp_port, provider.smtp_security),
    )


def must_file_sent(mailbox: Mailbox, providers: Mapping[str, Provider]) -> bool:
    """Whether a sent letter must be put into the Sent folder by us (STANDARDS §5.7).

    Some providers keep a copy of what is handed to their SMTP server; a second copy from us would be a duplicate. The
    host decides, not the domain of the address: mail of any company may run on Gmail.
    """
    if mailbox.append_sent != "auto":
        return mailbox.append_sent == "always"
    host = smtp_endpoint(mailbox, providers).host.casefold()
    return not any(row.files_sent_itself and row.smtp_host.casefold() == host for row in providers.values())


def with_habits(mailbox: Mailbox, providers: Mapping[str, Provider]) -> Mailbox:
    """The mailbox with what its provider is known for, where it says nothing itself: whether IDLE can be trusted, how often to ask."""
    row = providers.get(mailbox.provider)
    said = mailbox.model_fields_set
    usual = {name: getattr(row, name) for name in ("idle", "poll_seconds") if row and name not in said}
    return mailbox.model_copy(update=usual) if usual else mailbox


def is_this_machine(host: str) -> bool:
    """Whether a host name means the machine we run on."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.casefold() == "localhost"


def _provider(mailbox: Mailbox, providers: Mapping[str, Provider]) -> Provider:
    if mailbox.provider in providers:
        return providers[mailbox.provider]
    if mailbox.provider == "generic":
        return Provider(title="generic")
    raise _mistake(mailbox, "provider", f'"{mailbox.provider}" is not in providers.toml; there are: {", ".join(sorted(providers))}')


def _endpoint(mailbox: Mailbox, protocol: str, own: tuple[str, int, str], usual: tuple[str, int, str]) -> Endpoint:
    host = own[0] or usual[0]
    security = own[2] or usual[2]
    # A port of the provider goes with the provider's security only: 993 does not speak STARTTLS.
    port = own[1] or (usual[1] if security == usual[2] else USUAL_PORTS[protocol, security])
    if not host:
        raise _mistake(mailbox, f"{protocol}_host", f"say which server to use, as {protocol}.example.com, or name a provider")
    if security == "none" and not is_this_machine(host):
        raise _mistake(mailbox, f"{protocol}_security", f'"none" would send the password in clear to {host}; use "tls" or "starttls"')
    return Endpoint(host, port, security)


def _mistake(mailbox: Mailbox, key: str, message: str) -> ConfigError:
    return ConfigError([Problem("mailagent.toml", f"mailbox.{mailbox.name}.{key}", message)])
