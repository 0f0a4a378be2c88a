"""How one attempt to hand over a letter can end.

Theory. Exactly-once does not exist in mail: after the last dot the server may have taken the letter, and its answer may
be lost on the way (RFC 1047). So there are not two outcomes but five. Up to the 354 of the server nothing was handed
over and every failure may be tried again. From the first byte of the text on, only a clear answer of the server
counts; silence is ``Lost``, and nobody may send that letter again by himself (STANDARDS §5.1, §5.3).

    outcome     the letter then is           who moves it on
    Accepted    sent                         nobody; the server is responsible
    Deferred    approved, for later          the plan of retries
    Refused     failed                       a person; a hard refusal suppresses the address
    Lost        in doubt                     evidence (the Sent folder, a bounce, a reply), or a person
    Withdrawn   what stopped it decides      the reason that made ``before_payload`` say no
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from mailagent.core.model.refusal import Refusal

#: The phases of one conversation, in order.
PHASES = ("connect", "tls", "login", "mail", "rcpt", "data", "text")


@dataclass(frozen=True)
class Accepted:
    """The server took the letter and is responsible for it now.

    Attributes:
        code, text: the server's final reply.
        provider_id: its own name for the letter (queue id), if it told one; else "".
    """

    code: int
    text: str
    provider_id: str = ""


@dataclass(frozen=True)
class Deferred:
    """Nothing was taken; later it may be.

    Attributes:
        code: the reply, or None when there was no server to reply.
        phase: how far we came, one of ``PHASES``.
        retry_after: not before this time has passed, when the server or its provider asks for it.
        recipient: the address that was put off, when it was one.
        meaning: the row of ``bounces.toml`` that speaks of the reply, if one does.
    """

    code: int | None
    text: str
    phase: str
    retry_after: timedelta | None = None
    recipient: str = ""
    meaning: Refusal | None = None

    @property
    def bars(self) -> bool:
        """Is it our account that is asked to be silent, and not this letter that is put off?"""
        return self.meaning is not None and self.meaning.does == "bar"


@dataclass(frozen=True)
class Refused:
    """Nothing was taken and trying again will not help.

    Attributes:
        hard: the address does not exist: nothing may be sent to ``recipient`` again.
        account_problem: our own account is refused (login, sender): stop all sending until a person has looked.
        recipient: the address that was refused, when it was one.
        meaning: the row of ``bounces.toml`` that speaks of the reply, if one does.
    """

    code: int | None
    text: str
    phase: str
    hard: bool = False
    account_problem: bool = False
    recipient: str = ""
    meaning: Refusal | None = None


@dataclass(frozen=True)
class Lost:
    """The text was handed over and no clear answer came: it may have arrived."""

    text: str


@dataclass(frozen=True)
class Withdrawn:
    """We ended it ourselves before the first byte of the text: nothing can have arrived."""

    text: str = "withdrawn before the text was sent"


Outcome = Accepted | Deferred | Refused | Lost | Withdrawn


def idle(phase: str) -> None:
    """Do nothing while somebody else must be waited for."""


class Transport(Protocol):
    """Something that hands a letter over."""

    def submit(
        self,
        raw: bytes,
        mail_from: str,
        recipients: tuple[str, ...],
        before_payload: Callable[[], bool],
        envelope_id: str,
        meanwhile: Callable[[str], None] = idle,
    ) -> Outcome:
        """Make one attempt; never more than one.

        Args:
            raw: the letter's bytes; lines end with CRLF.
            recipients: the buyer first, then copies. One that is refused stops the letter for all.
            before_payload: asked between the server's 354 and the first byte of the text. It commits that the letter is
                being transmitted and answers True; on False, or if it raises, the line is cut and nothing arrives.
            envelope_id: the letter's ULID, which comes back in bounces (ENVID, RFC 3461 §4.4).
            meanwhile: called with what is waited for: "dial", before a connection is opened, looked after or given up; "data", while the
                server thinks about who writes to whom; "slow", once, if it has not answered that after some milliseconds; "text", while it
                thinks about the text. What must be done anyway costs nothing then. It takes milliseconds at most, and never raises.

        Raises:
            SendingError: the letter or an address is malformed; nothing was tried.
        """
        ...

    def close(self) -> None:
        """Say goodbye, after the outcome was recorded; never raises."""
        ...
