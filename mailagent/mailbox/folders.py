"""Which folder of the server is meant by "sent" or "junk", whatever language the provider speaks.

The server's own mark (special use, RFC 6154) is asked first; then a table of names that mail programs and providers
give to these folders (STANDARDS §5.7).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mailagent.core.model.policy import FolderRule
from mailagent.errors import FolderMissing

SPECIAL_USE = {"sent": "\\sent", "junk": "\\junk"}

USUAL_NAMES = {
    "sent": (
        "Sent",
        "Sent Items",
        "Sent Messages",
        "Sent Mail",
        "Sent Objects",
        "已发送",
        "已发送邮件",
        "已傳送",
        "寄件備份",
        "寄件匣",
        "送信済み",
        "보낸편지함",
        "Gesendet",
        "Gesendete Elemente",
        "Gesendete Objekte",
        "Enviados",
        "Elementos enviados",
        "Itens enviados",
        "Envoyés",
        "Éléments envoyés",
        "Posta inviata",
        "Inviata",
        "Verzonden items",
        "Отправленные",
        "Wysłane",
        "Gönderilmiş Öğeler",
    ),
    "junk": (
        "Junk",
        "Spam",
        "Junk E-mail",
        "Junk Email",
        "Bulk Mail",
        "垃圾邮件",
        "垃圾郵件",
        "Spamverdacht",
        "Correo no deseado",
        "Courrier indésirable",
        "Posta indesiderata",
        "Спам",
    ),
}

#: What lies there is half a thought of ours; it is never read, whatever the configuration says.
DRAFTS = frozenset(
    name.casefold()
    for name in (
        "Drafts",
        "Draft",
        "草稿箱",
        "草稿",
        "草稿匣",
        "下書き",
        "임시보관함",
        "Entwürfe",
        "Borradores",
        "Brouillons",
        "Bozze",
        "Concepten",
        "Rascunhos",
        "Черновики",
        "Taslaklar",
    )
)

#: At most so many names are told when a folder is missing.
TOLD_NAMES = 40


@dataclass(frozen=True)
class ServerFolder:
    """One line of the server's folder list: decoded name, delimiter of its levels, lower-case flags."""

    name: str
    delimiter: str
    flags: frozenset[str]

    @property
    def can_be_opened(self) -> bool:
        return not self.flags & {"\\noselect", "\\nonexistent"}

    @property
    def last_level(self) -> str:
        return self.name.rpartition(self.delimiter)[2] if self.delimiter else self.name


def find_folders(listed: Iterable[ServerFolder], rules: Iterable[FolderRule]) -> list[tuple[str, str]]:
    """The server's names for the folders of the configuration, as (role, name); a folder named twice comes once.

    Raises:
        FolderMissing: names the folder that is not there, and those that are.
    """
    open_to_us = [folder for folder in listed if folder.can_be_opened]
    found: dict[str, str] = {}
    for rule in rules:
        found.setdefault(_find(open_to_us, rule), rule.role)
    return [(role, name) for name, role in found.items()]


def _find(listed: list[ServerFolder], rule: FolderRule) -> str:
    wanted = rule.name or ("INBOX" if rule.role == "inbox" else "")
    # INBOX is the only name that is the same in any case (RFC 3501 §5.1), and it need not be listed.
    if wanted.upper() == "INBOX":
        return "INBOX"
    if wanted:
        if named := next((folder for folder in listed if folder.name == wanted), None):
            if "\\drafts" in named.flags or named.last_level.casefold() in DRAFTS:
                raise FolderMissing(f'"{wanted}" holds drafts, which are never read; take it out of the mailbox\'s folders.')
            return wanted
        raise FolderMissing(f'The server has no folder "{wanted}". {_what_is_there(listed)}')
    marked = (folder.name for folder in listed if SPECIAL_USE.get(rule.role, "") in folder.flags)
    if name := next(marked, ""):
        return name
    for usual in USUAL_NAMES.get(rule.role, ()):
        for folder in listed:
            if usual.casefold() in (folder.name.casefold(), folder.last_level.casefold()):
                return folder.name
    raise FolderMissing(
        f'No folder of the server can be recognised as "{rule.role}"; write its name into the mailbox\'s folders. {_what_is_there(listed)}'
    )


def _what_is_there(listed: list[ServerFolder]) -> str:
    names = sorted(folder.name for folder in listed)
    more = f" and {len(names) - TOLD_NAMES} more" if len(names) > TOLD_NAMES else ""
    return f"It has: {', '.join(names[:TOLD_NAMES])}{more}."
