"""What stands beside a request to stop: ``languages/<xx>.toml [unsubscribe_beside]`` as values, checked."""

from __future__ import annotations

from mailagent.core.model.company import Table

Patterns = tuple[str, ...]


class UnsubscribeBeside(Table):
    """``languages/<xx>.toml [unsubscribe_beside]``: what stands beside a request to stop and decides how sure it is.

    Every list holds regular expressions in small letters (ss for ß), because mails are compared so. Those of all languages count in
    every mail. They are whole words unless it says otherwise; in languages without blanks between words, Arabic and Persian they
    count wherever they stand.

    Attributes:
        greetings: how a mail begins; taken away before the rest is compared.
        polite_before, polite_after: politeness around a request ("please", "thank you"), taken away as well.
        courtesies: what makes a question a request ("could you …?").
        wishes: one of them beside a single word makes it a wish ("me", "please").
        goes_on: how a sentence goes on behind a request that ends there ("and", "immediately").
        for_now: for a while is not for good ("until", "for now").
        otherwise: something else shall be used, somebody else is meant, or something did not arrive: no request from its parts.
        limits: a condition, a time, a way, or goods: a person looks at it ("before", "in Chinese").
        denies: what a sentence denies is no business ("we need nothing").
        units: what stands behind the number of pieces that somebody buys.
        prices: how prices are spoken of.
        channels: another way to talk to him ("call me").
        laws: names of laws about data and advertising, and what only their readers say.
        whence: how the question begins where we have his address from.
        articles: how an article of a law is called, which is also a piece of goods.
        known_everywhere: commands that mean nothing else in any language, alone in a mail ("stop").
        speaks_about: parts of words; who uses them and asks nothing by the phrases above speaks about unsubscribing.
        twice: parts of words; he gets each letter twice, and only one of them shall stop.
    """

    greetings: Patterns = ()
    polite_before: Patterns = ()
    polite_after: Patterns = ()
    courtesies: Patterns = ()
    wishes: Patterns = ()
    goes_on: Patterns = ()
    for_now: Patterns = ()
    otherwise: Patterns = ()
    limits: Patterns = ()
    denies: Patterns = ()
    units: Patterns = ()
    prices: Patterns = ()
    channels: Patterns = ()
    laws: Patterns = ()
    whence: Patterns = ()
    articles: Patterns = ()
    known_everywhere: Patterns = ()
    speaks_about: Patterns = ()
    twice: Patterns = ()
