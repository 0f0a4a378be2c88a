"""The key with which we sign letters ourselves: made once, for this user alone, never overwritten."""

from __future__ import annotations

import os
import re
from pathlib import Path

from mailagent.core.model.policy import Mailbox
from mailagent.delivery import signing
from mailagent.errors import MailagentError
from mailagent.i18n import _
from mailagent.settings import Settings
from mailagent.speech.trouble import why

#: One string of a TXT record holds so many characters (RFC 1035 §3.3.14).
STRING = 255


def key_of(settings: Settings, mailbox: Mailbox) -> tuple[Path, str, bool]:
    """The key of a mailbox, made if there is none.

    Returns:
        Its file, the key (PEM), and whether it was made now.

    Raises:
        ConfigError: the file that is named cannot be used.
        MailagentError: it cannot be written, or a file of that name lies there already.
    """
    if named := settings.dkim_keys.get(mailbox.dkim_key_variable):
        return settings.home / Path(named).expanduser(), settings.dkim_key(mailbox), False
    path = settings.home / f"dkim-{re.sub(r'[^a-z0-9]+', '-', mailbox.name.lower())}.pem"
    key = signing.new_key()
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
            file.write(key)
    except FileExistsError:
        line = f"{mailbox.dkim_key_variable}='{path.name}'"
        raise MailagentError(_("{path} exists already. Name it in .env ({line}), or move it away.").format(path=path, line=line)) from None
    except OSError as error:
        raise MailagentError(_("{path} cannot be written: {error}").format(path=path, error=why(error))) from error
    return path, key, True


def zone_lines(name: str, record: str) -> str:
    """The record as a zone file has it, in strings that are not too long."""
    strings = [record[start : start + STRING] for start in range(0, len(record), STRING)]
    return f"{name}. IN TXT ( " + " ".join(f'"{part}"' for part in strings) + " )"
