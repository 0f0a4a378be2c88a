"""How many there are of something, in the reader's language: "1 lead", "2 leads"."""

from __future__ import annotations

from collections.abc import Iterable

from mailagent.i18n import _, ngettext


def leads(number: int) -> str:
    return _filled(ngettext("{count} lead", "{count} leads", number), number)


def open_leads(number: int) -> str:
    return _filled(ngettext("{count} open lead", "{count} open leads", number), number)


def closed_leads(number: int) -> str:
    return _filled(ngettext("{count} closed lead", "{count} closed leads", number), number)


def companies(number: int) -> str:
    return _filled(ngettext("{count} company", "{count} companies", number), number)


def letters(number: int) -> str:
    return _filled(ngettext("{count} letter", "{count} letters", number), number)


def introductions(number: int) -> str:
    return _filled(ngettext("{count} letter of introduction", "{count} letters of introduction", number), number)


def calls(number: int) -> str:
    return _filled(ngettext("{count} call", "{count} calls", number), number)


def tasks(number: int) -> str:
    return _filled(ngettext("{count} task", "{count} tasks", number), number)


def other_tasks(number: int) -> str:
    return _filled(ngettext("{count} other task", "{count} other tasks", number), number)


def promises(number: int) -> str:
    return _filled(ngettext("{count} promise", "{count} promises", number), number)


def drafts(number: int) -> str:
    return _filled(ngettext("{count} draft", "{count} drafts", number), number)


def approved_letters(number: int) -> str:
    return _filled(ngettext("{count} approved letter", "{count} approved letters", number), number)


def mails(number: int) -> str:
    return _filled(ngettext("{count} mail", "{count} mails", number), number)


def mistakes(number: int) -> str:
    return _filled(ngettext("{count} mistake in the configuration", "{count} mistakes in the configuration", number), number)


def ends(number: int) -> str:
    return _filled(ngettext("{count} comes to its end", "{count} come to their end", number), number)


def listed(parts: Iterable[str]) -> str:
    """One after another, with commas."""
    return _(", ").join(part for part in parts if part)


def _filled(text: str, number: int) -> str:
    return text.format(count=f"{number:,}")
