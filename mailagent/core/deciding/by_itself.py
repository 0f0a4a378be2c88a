"""What stands against an acknowledgement that leaves without being read: answers to forged senders, to machines, and too many of them.

Whoever writes in another's name makes an automatic answer hit that other one, with our name below it and our account behind it (RFC
3834 §2, §5: to prove senders, and to answer nobody twice in a week). So a text that was approved beforehand leaves by itself
only where our own provider vouches for the domain of the sender; everything else is a draft that a person reads.
"""

from __future__ import annotations

from mailagent.core.model.address import match_key
from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Policy
from mailagent.core.reading import senders, trust

#: Nobody gets a second automatic answer within so many days (STANDARDS §2.4).
DAYS = 7
RECENT = f"He had an acknowledgement within the last {DAYS} days: a person lets this one go"
GONE = "The mail that it answers cannot be read any more: a person lets the acknowledgement go"
RELAYED = "His mail came through a form or a platform, where anybody can give anybody's address: a person lets the acknowledgement go"
NOT_HIM = "The mail that it answers is not from his address: a person lets the acknowledgement go"
WANTS_NONE = "His mail wants no automatic answer: a person lets the acknowledgement go"


def objection(message: InboundMessage | None, buyer: str, had_one: bool, policy: Policy) -> str:
    """Why a person must read the acknowledgement first, as a sentence for its card; "" if it may leave by itself.

    Args:
        message: the mail that it answers; None if its bytes are gone.
        buyer: the address that it would go to.
        had_one: he got an acknowledgement within the last days.
    """
    if had_one:
        return RECENT
    if message is None:
        return GONE
    if message.relayed_by:
        return RELAYED
    if match_key(message.sender.email) != match_key(buyer):
        return NOT_HIM
    if senders.has_null_return_path(message) or message.header("x-ack").strip().casefold() == "no":
        return WANTS_NONE
    if trust.origin(message, policy).result != "pass":
        return (
            f"Our provider does not confirm that his mail comes from {message.sender.domain} (DMARC): a person lets the acknowledgement go"
        )
    return ""
