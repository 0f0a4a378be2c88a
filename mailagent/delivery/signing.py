"""Our own DKIM signature (RFC 6376), for mailboxes whose provider signs nothing, or not the headers of one-click links.

Theory. The signature is part of the bytes that are built once and kept, so every try carries the same one. It covers what people
and mail programs act upon. ``From`` is named once more than it stands there: nobody can add a second one in front of it
(RFC 6376 §5.4, §8.15). Both parts are canonicalised as "relaxed", because some servers fold headers anew and strip spaces.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass

from mailagent.errors import ConfigError, Problem

#: What is signed, as far as a letter has it.
HEADERS = (
    "from", "to", "cc", "subject", "date", "message-id", "reply-to", "in-reply-to", "references", "list-unsubscribe",
    "list-unsubscribe-post", "mime-version", "content-type", "content-transfer-encoding",
)  # fmt: skip
KEY_BITS = 2048
RELAXED = (b"relaxed", b"relaxed")


@dataclass(frozen=True)
class Signature:
    """A DKIM signature of a mail that came back.

    Attributes:
        headers: which it covers, in small letters.
        trouble: why it does not hold; "" if it does.
    """

    domain: str
    selector: str
    headers: tuple[str, ...]
    trouble: str


def sign(raw: bytes, domain: str, selector: str, key: str) -> bytes:
    """The letter with our signature in front.

    Args:
        raw: the finished letter, lines ending with CRLF.
        key: a private RSA key, PEM.

    Raises:
        ConfigError: the key is none, or the packages are missing.
    """
    dkim = _library()
    present = {line.partition(b":")[0].strip().lower() for line in raw.partition(b"\r\n\r\n")[0].split(b"\r\n") if line[:1].strip()}
    covered = [name.encode() for name in HEADERS if name.encode() in present]
    try:
        signature = dkim.sign(
            raw, selector.encode(), domain.encode("idna"), key.encode(), canonicalize=RELAXED, include_headers=[b"from", *covered]
        )
    except (dkim.DKIMException, UnicodeError, ValueError) as error:
        raise ConfigError([Problem(".env", "DKIM_KEY", f"the letters of {domain} cannot be signed: {_one_line(error)}")]) from error
    return signature + raw


def signatures(raw: bytes, ask: Callable[[str], str | None]) -> list[Signature]:
    """Every DKIM signature of a mail, the topmost first, and whether it holds.

    Args:
        ask: the TXT record of a name as one text, None if there is none. What it raises goes through.
    """
    dkim = _library()
    mail = dkim.DKIM(raw)
    found: list[Signature] = []
    unasked: list[Exception] = []

    def record(name: bytes, timeout: int = 5) -> bytes | None:
        try:
            return (ask(name.decode().rstrip(".")) or "").encode() or None
        except Exception as error:
            unasked.append(error)
            raise

    for nth in range(min(sum(name.lower() == b"dkim-signature" for name, _ in mail.headers), 5)):
        trouble = ""
        tags = {}
        value = [text for name, text in mail.headers if name.lower() == b"dkim-signature"][nth]
        try:
            tags = dkim.util.parse_tag_value(value)
            if not dkim.DKIM(raw).verify(nth, dnsfunc=record):
                trouble = "the text or a header was changed on the way, or the key is another one"
        except Exception as error:
            # What stands there is a stranger's, and the library breaks over it in many ways; only our own question goes through.
            if error in unasked:
                raise
            trouble = _one_line(error)
        said = {name: tags.get(name, b"").decode("ascii", "replace") for name in (b"d", b"s", b"h")}
        covered = tuple(part.strip().lower() for part in said[b"h"].split(":"))
        found.append(Signature(said[b"d"].strip(), said[b"s"].strip(), covered, trouble))
    return found


def new_key() -> str:
    """A new private key for signing, PEM (RSA, 2048 bits: what every receiver understands; RFC 8301 §3.2)."""
    rsa, serialization = _cryptography()
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    # dkimpy reads the traditional form.
    private, plain = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, private, plain).decode()


def public_record(key: str) -> str:
    """The TXT record that belongs to a private key, to be published at ``<selector>._domainkey.<domain>`` (RFC 6376 §3.6.1).

    Raises:
        ConfigError: it is no RSA key.
    """
    _rsa, serialization = _cryptography()
    try:
        public = serialization.load_pem_private_key(key.encode(), None).public_key()
    except (ValueError, TypeError) as error:
        raise ConfigError([Problem(".env", "DKIM_KEY", "names a file that holds no private key; run: mailagent dkim-key")]) from error
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return "v=DKIM1; k=rsa; p=" + base64.b64encode(public.public_bytes(serialization.Encoding.DER, form)).decode()


def _library():
    try:
        import dkim
        import dkim.util
    except ImportError as error:
        raise _missing() from error
    return dkim


def _cryptography():
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import rsa
    except ImportError as error:
        raise _missing() from error
    return rsa, serialization


def _missing() -> ConfigError:
    return ConfigError([Problem("mailagent.toml", "dkim_selector", "needs packages of its own: pip install 'mailagent[dkim]'")])


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
