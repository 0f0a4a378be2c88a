"""Who may be behind an address: one of us, a machine, a platform, or a person."""

from __future__ import annotations

import re
from functools import lru_cache

from mailagent.core.model.address import registrable_domain
from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Policy

_NOBODY = re.compile(
    r"^(?:no|not|never|do-?not|dont|nao|ne|nicht|keine)[-_.]?(?:reply|responder|responda|antworten|"
    r"antwort|repondre|response)|^(?:notification|notice|alert|mailer|automated|autoreply|auto)s?(?:$|"
    r"[-_.+])|^notify$|[-_.+]no-?reply$",
    re.I,
)
_PLAIN_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
_DAEMON = re.compile(r"^(?:mailer[-_]?daemon|post[-_]?master|mail[-_]?daemon|mmdf|bounces?)(?:$|[-+_.])", re.I)
_WEBSITE = re.compile(
    r"^(?:wordpress|www-data|apache|httpd|nobody|web(?:site|forms?|server|mailer)?|forms?|contact-?forms?|mail-?forms?|nginx|php|robot|bot|"
    r"(?:form-?)?submissions?|formular(?:io|z)?|formulaire|kontaktformular|leads?|buy-?leads?|drupal|joomla|typo3|magento|prestashop)(?:$|[-_.+])",
    re.I,
)


def is_ours(email: str, policy: Policy) -> bool:
    """An account or person of ours, or any address at one of the company's own domains."""
    if not email:
        return False
    if email.casefold() in policy.own_addresses:
        return True
    domain, own = email.rpartition("@")[2], policy.company.registrable_domains
    # The registrable domain is an ending of a plain one; to look for the suffix of every stranger's takes ten times as long.
    if _PLAIN_DOMAIN.fullmatch(domain) and not domain.endswith(tuple(own)):
        return False
    return _registrable(domain) in own


# Asked of one sender several times while his mail is read, and of the same senders again.
_registrable = lru_cache(maxsize=5000)(registrable_domain)


def is_nobody(email: str) -> bool:
    """``no-reply@`` and its kin: nobody reads what is sent there."""
    return bool(_NOBODY.match(email.partition("@")[0]))


def is_daemon(email: str) -> bool:
    """A mail system: mailer-daemon, postmaster, bounce addresses."""
    return bool(_DAEMON.match(email.partition("@")[0]))


def is_website(email: str) -> bool:
    """An address under which a web site sends its forms."""
    return bool(_WEBSITE.match(email.partition("@")[0]))


def has_null_return_path(message: InboundMessage) -> bool:
    """The envelope had no sender: only machines send so (RFC 5321 §4.5.5)."""
    return message.header("return-path").strip().upper() in ("<>", "<MAILER-DAEMON>", "MAILER-DAEMON")
