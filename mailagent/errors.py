"""Everything that mailagent may raise on purpose, drawn as a tree.

    MailagentError                  one clear line for the person in front of the screen
    ├── ConfigError                 wrong settings; carries *all* problems, each with file and key
    ├── LedgerError                 the ledger cannot be opened, read or written
    │   ├── LedgerBusy              another process holds it (a second daemon, a locked file)
    │   └── IllegalMove             a letter cannot go from this state to that one
    ├── MailboxError                the IMAP side
    │   ├── MailboxUnreachable      host, port, TLS or network; worth trying again
    │   ├── LoginRefused            name or password wrong; trying again locks accounts
    │   ├── FolderMissing           the folder named in the configuration is not on the server
    │   └── FolderRefused           it is there, and the server does not open it, or puts nothing into it
    ├── SendingError                the SMTP side could not even be tried
    ├── TemplateError               a template that cannot be read or lacks a variable
    ├── ApprovalRefused             a stale, changed or unauthorised approval; says why
    └── BadFile                     a file handed to us (CSV, list) is wrong; names line and column

A broken *mail* raises none of these: it becomes a message with defects.
"""

from __future__ import annotations

from dataclasses import dataclass


class MailagentError(Exception):
    """Base of all: ``str(error)`` is one sentence that says what happened and what to do."""


@dataclass(frozen=True)
class Problem:
    """One mistake in one file: where it is, what is wrong, and what to do about it.

    Attributes:
        key: dotted path, rows counted from one (``person[2].email``), or ``line 3, column 5``.
        warning: it works as it is, and still deserves a look.
    """

    file: str
    key: str
    message: str
    warning: bool = False

    def __str__(self) -> str:
        place = f"{self.file}: {self.key}" if self.key else self.file
        return f"{place}: {self.message}"


class ConfigError(MailagentError):
    """The configuration cannot be used.

    Args:
        problems: every mistake that was found, in the order of the files.
    """

    def __init__(self, problems: list[Problem] | tuple[Problem, ...]):
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class LedgerError(MailagentError):
    """The ledger cannot be opened, read or written."""


class LedgerBusy(LedgerError):
    """Another process holds the ledger."""


class IllegalMove(LedgerError):
    """The letter is no longer in the state that this move starts from."""


class MailboxError(MailagentError):
    """Something on the IMAP side went wrong."""


class MailboxUnreachable(MailboxError):
    """Host, port, TLS or network: worth trying again later."""


class LoginRefused(MailboxError):
    """The server does not accept name and password; a person must look."""


class FolderMissing(MailboxError):
    """A folder of the configuration does not exist on the server."""


class FolderRefused(MailboxError):
    """A folder is on the server, and the server does not open it, or puts nothing into it; the other folders are as good as before."""


class SendingError(MailagentError):
    """The SMTP side could not be tried at all."""


class TemplateError(MailagentError):
    """A template cannot be read, or asks for a variable that is not there."""


class ApprovalRefused(MailagentError):
    """The approval does not count: stale, changed, or not this person's to give."""


class BadFile(MailagentError):
    """A file that was handed in is wrong; the message names line and column."""
