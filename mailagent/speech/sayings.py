"""The sentences that the core and the jobs write down (why now, what to do, what to look at), in the reader's language.

Theory. The core knows no interface language: a reason is written once, in English, and is kept so in the ledger, where
it must still be readable in ten years. Where a person reads it, ``told`` finds the pattern that the sentence was made
from and says it in his language, with the same names and numbers in it. A sentence without a pattern is shown as it is.
"""

from __future__ import annotations

import re
from functools import lru_cache

from mailagent.i18n import _


def N_(sentence: str) -> str:  # noqa: N802 (gettext's own name for "translate later")
    """Marks a sentence for the catalogue."""
    return sentence


#: Every sentence that is built in ``core/`` and ``jobs/`` for people. ``{x}`` stands for what differs.
SAYINGS = (
    # when and why then
    N_("the buyer answered"),
    N_("the buyer asked"),
    N_("resumed by hand"),
    N_("at once"),
    N_("the hold ({reason}) is over"),
    N_("the letter could not be written"),
    N_("a draft waits for approval"),
    N_("a letter for this lead waits already"),
    N_("the server refused the letter; a person must look"),
    N_("{days} working days after {since}; in the buyer's hours: {slot}"),
    N_("{days} working days and {hours} hours after {since}; in the buyer's hours: {slot}"),
    N_("{hours} hours after {since}; in the buyer's hours: {slot}"),
    N_("at once; in the buyer's hours: {slot}"),
    N_("{days} working days after {since}"),
    N_("{hours} hours after {since}"),
    # what to do
    N_("He once asked for no more letters and now writes: answer what he asks, by hand"),
    N_("Verify before anything else: signs of fraud"),
    N_("Answer in the back office of {platform}"),
    N_("A new bank account is spoken of: call him on a number you already have before anything else"),
    N_("{person} has left; ask for the successor"),
    N_("A bounce names our letter to {address} and another address"),
    N_("{address} does not exist: find another way to the buyer"),
    N_("He may be asking for no more letters: read it and decide"),
    N_("A letter cannot be sent as it stands: {error}"),
    N_("A letter cannot be written: {error}"),
    N_("The server refuses our account {account}: {text}"),
    N_("The server refused letter {letter} to {address}: {text}"),
    N_("Did letter {letter} to {address} arrive? The server did not answer"),
    N_("Did letter {letter} to {address} arrive? mailagent was stopped while it was handed over"),
    N_("The mailbox {mailbox} cannot be read: {error}"),
    N_("A call the day after the answer: did everything arrive, and what is the next step?"),
    N_("Two letters without an answer: call, or write a message."),
    # what to look at before approving
    N_("possible fraud: no price is named; verify the buyer first"),
    N_("no list price for {product}"),
    N_("he asks for prices but names no product of the catalogue"),
    N_("no template in his language ({language}): written in English"),
    N_("a copy goes to another company: {address}"),
    N_("his words came through a form or platform: this letter begins a new thread"),
    N_("not in the catalogue: {word}"),
    N_("he asks for {term}; the list prices are {list}: add the freight"),
    N_("a complaint: read it yourself and call him; the draft promises nothing"),
    N_("he speaks of agency or OEM: the manager decides"),
    N_("he places an order: check quantity, price and payment, then send the proforma invoice"),
    N_("technical questions: the draft does not answer them; add the data"),
    N_("he asks about payment: credit terms are the manager's"),
    N_("he asks for samples: decide who pays goods and freight"),
    N_("he wants to visit: offer dates yourself"),
    N_("he wants to talk: call him, or name a time"),
    N_("price objection: the draft gives no discount"),
)


def told(sentence: str) -> str:
    """A sentence of the ledger in the reader's language."""
    exact = _(sentence)
    if exact != sentence:
        return exact
    for saying, pattern in _patterns():
        found = pattern.fullmatch(sentence)
        if found:
            return _(saying).format(**found.groupdict())
    return sentence


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern], ...]:
    """Each saying with gaps, as a pattern; those with more fixed words first."""
    gapped = sorted((saying for saying in SAYINGS if "{" in saying), key=lambda saying: -len(re.sub(r"\{\w+\}", "", saying)))
    made = []
    for saying in gapped:
        pieces = re.split(r"\{(\w+)\}", saying)
        pattern = "".join(f"(?P<{piece}>.{{1,400}}?)" if number % 2 else re.escape(piece) for number, piece in enumerate(pieces))
        made.append((saying, re.compile(pattern, re.DOTALL)))
    return tuple(made)
