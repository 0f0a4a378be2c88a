"""Questions to the DNS, with short time-outs; a resolver that is silent is not asked again and again. May be asked from several threads."""

from __future__ import annotations

import ipaddress
import re
from time import monotonic

from mailagent.errors import MailagentError
from mailagent.i18n import _

#: How long one question waits, and how long all questions together, seconds.
SECONDS, PATIENCE = 2.0, 20.0
#: A TXT record is longer than this only by mistake, characters.
LONGEST = 4_000


class Unanswered(Exception):
    """Nobody answers: there is no network, or no resolver."""


class Resolver:
    """Asks the resolver of this computer, or another one.

    Args:
        server: "192.0.2.53" or "192.0.2.53:5353"; "" takes what the system is set to.

    Raises:
        MailagentError: ``server`` is no address.
    """

    def __init__(self, server: str = ""):
        self._server, self._resolver, self.is_silent, self._waited = _address(server) if server else None, None, False, 0.0

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name, each put together from its pieces. Raises ``Unanswered``."""
        found = [b"".join(record.strings)[:LONGEST] for record in self._ask(name, "TXT")]
        return [text.decode("ascii", "replace") for text in found]

    def mail_servers(self, name: str) -> list[tuple[int, str]]:
        """The MX records, the preferred first; "." alone is a null MX (RFC 7505). Raises ``Unanswered``."""
        return sorted((record.preference, record.exchange.to_text().rstrip(".").lower() or ".") for record in self._ask(name, "MX"))

    def addresses(self, name: str) -> list[str]:
        """IPv4 and IPv6 addresses. Raises ``Unanswered``."""
        return [record.address for kind in ("A", "AAAA") for record in self._ask(name, kind)]

    def _ask(self, name: str, kind: str) -> list:
        import dns.exception
        import dns.name
        import dns.resolver

        if self.is_silent:
            raise Unanswered(name)
        begun = monotonic()
        try:
            return list(self._open().resolve(name.rstrip(".") + ".", kind, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.resolver.YXDOMAIN):
            return []
        except (dns.name.LabelTooLong, dns.name.EmptyLabel, dns.name.NameTooLong, UnicodeError):
            return []
        except dns.resolver.NoNameservers as error:
            # It answers, with an error: the fault lies with this name.
            raise Unanswered(name) from error
        except (dns.exception.DNSException, OSError) as error:
            self.is_silent = True
            raise Unanswered(name) from error
        finally:
            # One that takes its time with every answer is given up as well.
            self._waited += monotonic() - begun
            self.is_silent |= self._waited > PATIENCE

    def _open(self):
        import dns.resolver

        if self._resolver is None:
            resolver = dns.resolver.Resolver(configure=self._server is None)
            if self._server:
                host, resolver.port = self._server
                resolver.nameservers = [host]
            resolver.timeout, resolver.lifetime = SECONDS / 2, SECONDS
            self._resolver = resolver
        return self._resolver


def _address(server: str) -> tuple[str, int]:
    found = re.fullmatch(r"\[?([0-9A-Fa-f.:]+?)\]?(?::([0-9]{1,5}))?", server) if "[" in server or server.count(":") == 1 else None
    host, port = (found[1], int(found[2] or 53)) if found else (server, 53)
    try:
        address = str(ipaddress.ip_address(host))
    except ValueError:
        address = ""
    if not address or not 0 < port < 65536:
        text = _("{server} is no address of a DNS server; write one as 192.0.2.53 or 192.0.2.53:53")
        raise MailagentError(text.format(server=server[:100]))
    return address, port
