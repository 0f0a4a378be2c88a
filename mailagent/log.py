"""The log: one file that rotates, readable for its owner only, in which no secret is ever written."""

from __future__ import annotations

import logging
import os
import re
import sys
import time
from collections.abc import Iterable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TextIO

from mailagent.errors import ConfigError, Problem

FILE_NAME = "mailagent.log"
FILE_BYTES = 5_000_000
FILES_KEPT = 5

HIDDEN = "[hidden]"

# What stands around a secret: OAuth tokens, IMAP LOGIN, POP PASS, SASL lines, settings (STANDARDS §7.8). The commands
# count in capitals only, as the libraries send them: "login refused for sales@acme.example" is a useful line.
TELLTALES = (
    re.compile(r"(?i)(\bBearer[ \t]{1,4})[^\s\x01\"',;]{1,4096}"),
    # What login servers are sent and answer: forms, JSON, and the address that a browser comes back to.
    re.compile(
        r"(?i)((?:\baccess_token|\brefresh_token|\bid_token|\bclient_secret|\bassertion|\bdevice_code|\bcode_verifier|[?&]code)"
        r"[\"']?[ \t]{0,4}[=:][ \t]{0,4})(?:\"[^\"]{0,8192}\"|[^\s&,;}\"']{1,8192})"
    ),
    # Paths of the desk that are keys by themselves; Flask writes the path of a page that broke.
    re.compile(r"(/(?:calendar|enter)/)[^\s/\]\"']{8,1024}"),
    re.compile(r"(?i)(\bauth=(?!Bearer))[^\s\x01\"',;]{1,4096}"),
    re.compile(r"(\bLOGIN[ \t]{1,4}(?:\"(?:[^\"\\]|\\.){0,320}\"|[^\s\"]{1,320})[ \t]{1,4})(?:\"(?:[^\"\\]|\\.){0,1024}\"|\S{1,1024})"),
    re.compile(r"(\bPASS[ \t]{1,4})\S{1,1024}"),
    re.compile(r"(?i)(\bpass(?:word|wd|phrase)?[\"']?[ \t]{0,4}[=:][ \t]{0,4})(?:\"(?:[^\"\\]|\\.){0,1024}\"|\S{1,1024})"),
    re.compile(r"(\bAUTH(?:ENTICATE)?[ \t]{1,4}(?:PLAIN|LOGIN|XOAUTH2|OAUTHBEARER|CRAM-MD5)[ \t]{1,4})\S{1,8192}"),
)

# A mail's subject must not be able to forge a line of the log or to steer the terminal it is shown in.
CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without secrets: the known ones, and whatever stands where protocols put them."""
    # The longest first: a password may be the beginning of another one.
    for secret in sorted(set(secrets), key=len, reverse=True):
        if len(secret) >= 4:
            text = text.replace(secret, HIDDEN)
    for telltale in TELLTALES:
        text = telltale.sub(rf"\g<1>{HIDDEN}", text)
    return text


class DiscreetFormatter(logging.Formatter):
    """Formats a record, tracebacks included, on safe lines without secrets; times are UTC."""

    converter = time.gmtime

    def __init__(self, layout: str, secrets: Iterable[str] = ()):
        super().__init__(layout, datefmt="%Y-%m-%dT%H:%M:%SZ")
        self._secrets = tuple(secrets)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (the name is logging's)
        record.message = CONTROLS.sub(_escaped, record.message)
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record), self._secrets)


class BriefFormatter(DiscreetFormatter):
    """For the terminal: a traceback becomes the one line that it ends with; the file has all of it."""

    def format(self, record: logging.LogRecord) -> str:
        if record.exc_info:
            record = logging.makeLogRecord(record.__dict__ | {"exc_info": None, "exc_text": None, "error": record.exc_info[1]})
            error = record.__dict__["error"]
            record.msg, record.args = f"{record.getMessage()} ({type(error).__name__}: {error})", ()
        return super().format(record)


class PrivateRotatingFile(RotatingFileHandler):
    """A rotating file that only its owner may read; a full disk costs the line, never the daemon."""

    def _open(self) -> TextIO:
        return open(self.baseFilename, self.mode, encoding="utf-8", errors="backslashreplace", opener=_private)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (the name is logging's)
        print(f"mailagent: cannot write the log: {sys.exc_info()[1]}", file=sys.stderr)


def configure(home: Path | None, verbose: bool = False, secrets: Iterable[str] = ()) -> None:
    """Send the log to ``<home>/log/mailagent.log`` and to the terminal; a second call replaces the first.

    Args:
        home: the company's home folder; None logs to the terminal only.
        verbose: say more.
        secrets: texts that must never appear (``Settings.secrets``).

    Raises:
        ConfigError: the log folder cannot be written.
    """
    secrets = tuple(secrets)
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    handlers[0].setFormatter(DiscreetFormatter("%(message)s", secrets) if verbose else BriefFormatter("%(message)s", secrets))
    handlers[0].setLevel(logging.DEBUG if verbose else logging.WARNING)
    if home is not None:
        handlers.append(_file_handler(home / "log", secrets))

    root = logging.getLogger()
    for handler in list(root.handlers):
        if getattr(handler, "set_by_mailagent", False):
            root.removeHandler(handler)
            handler.close()
    for handler in handlers:
        handler.set_by_mailagent = True
        root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("mailagent").setLevel(logging.DEBUG if verbose else logging.INFO)
    # What a broken bounce does to one of its forty readers is no trouble: the others and our own reading go on.
    logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL + 1)


def _file_handler(folder: Path, secrets: tuple[str, ...]) -> logging.Handler:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler = PrivateRotatingFile(folder / FILE_NAME, maxBytes=FILE_BYTES, backupCount=FILES_KEPT)
    except OSError as error:
        problem = Problem(str(folder), "", f"the log cannot be written ({error.strerror}); check the folder's permissions")
        raise ConfigError([problem]) from None
    handler.setFormatter(DiscreetFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s", secrets))
    handler.setLevel(logging.DEBUG)
    return handler


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _escaped(match: re.Match[str]) -> str:
    return repr(match[0])[1:-1]
