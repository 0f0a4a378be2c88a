"""Which folder of the server is meant by "sent" or "junk", whatever language the provider speaks.

The server's own mark (special use, RFC 6154) is asked first; then a table of names that mail programs and providers
give to these folders (STANDARDS §5.7). Exchange on a company's own machines gives no marks, and names in the language of whoever
opened the mailbox first. Of several folders with such a name the one nearest to the top is meant: "Sent" and not "Archive/Sent".

A folder is asked for by the very bytes by which the server lists it. Not all of them encode names as RFC 3501 §5.1.3 says, and one
that nobody can read must not hide the others.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from imap_tools.imap_utf7 import utf7_decode

from mailagent.core.model.policy import FolderRule
from mailagent.errors import FolderMissing

#: The part of LIST's answer that matters (RFC 3501 §7.2.2); what extensions add behind the name is left alone.
_LISTED = re.compile(rb'\((?P<flags>[^)]{0,2000})\) +(?:NIL|"(?P<delimiter>\\?[^"])?") +(?P<name>"(?:[^"\\]|\\.)*"|.+)', re.I | re.S)
_UNQUOTED = re.compile(rb"\\(.)", re.S)

SPECIAL_USE = {"sent": "\\sent", "junk": "\\junk"}

USUAL_NAMES = {
    "sent": (
        "Sent",
        "Sent Items",
        "Sent Messages",
        "Sent Mail",
        "Sent-Mail",
        "Sent Objects",
        "已发送",
        "已发送邮件",
        "已发邮件",
        "已傳送",
        "寄件備份",
        "寄件匣",
        "送信済み",
        "送信済みアイテム",
        "送信済みメール",
        "보낸편지함",
        "보낸 편지함",
        "Gesendet",
        "Gesendete Elemente",
        "Gesendete Objekte",
        "Enviados",
        "Elementos enviados",
        "Mensajes enviados",
        "Itens enviados",
        "Mensagens enviadas",
        "Envoyés",
        "Éléments envoyés",
        "Messages envoyés",
        "Posta inviata",
        "Inviata",
        "Inviati",
        "Verzonden items",
        "Verzonden",
        "Отправленные",
        "Надіслані",
        "Wysłane",
        "Elementy wysłane",
        "Odeslaná pošta",
        "Odeslané",
        "Skickat",
        "Sendt post",
        "Sendte elementer",
        "Lähetetyt",
        "Elküldött elemek",
        "Elemente trimise",
        "Απεσταλμένα",
        "Gönderilmiş Öğeler",
        "Gönderilmiş Postalar",
    ),
    "junk": (
        "Junk",
        "Spam",
        "Junk E-mail",
        "Junk Email",
        "Bulk Mail",
        "Junk-E-Mail",
        "垃圾邮件",
        "垃圾箱",
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
    """One line of the server's folder list.

    Attributes:
        name: as people read it.
        delimiter: of the levels in it; "" if there are none.
        flags: in small letters.
        wire: the name as the server writes it, by which it is asked for; b"" for one that no server told.
    """

    name: str
    delimiter: str
    flags: frozenset[str]
    wire: bytes = b""

    @property
    def can_be_opened(self) -> bool:
        return not self.flags & {"\\noselect", "\\nonexistent"}

    @property
    def last_level(self) -> str:
        return self.name.rpartition(self.delimiter)[2] if self.delimiter else self.name


    @property
    def depth(self) -> int:
        """How many levels lie above it; INBOX and a provider's own root (``[Gmail]``) are none."""
        above = self.name.split(self.delimiter)[:-1] if self.delimiter else []
        return len(above) - (bool(above) and (above[0].upper() == "INBOX" or above[0].startswith("[")))


def read_list(data: Iterable[object]) -> list[ServerFolder]:
    """The folders in what ``imaplib`` made of LIST's answer: lines, and pairs of a line and a name that came as a literal.

    A name that would break a line, and a line that is none, are left out.
    """
    folders = []
    for item in data:
        line, literal = item if isinstance(item, tuple) else (item, None)
        found = _LISTED.match(line) if isinstance(line, bytes) else None
        if not found:
            continue
        wire = found["name"].rstrip() if literal is None else literal
        if literal is None and wire[:1] == b'"':
            wire = _UNQUOTED.sub(rb"\1", wire[1:-1])
        if wire and not re.search(rb"[\0\r\n]", wire):
            delimiter = (found["delimiter"] or b"")[-1:].decode("ascii", "replace")
            flags = frozenset(found["flags"].decode("ascii", "replace").lower().split())
            folders.append(ServerFolder(readable(wire), delimiter, flags, wire))
    return folders


def readable(wire: bytes) -> str:
    """A folder's name as people read it: in modified UTF-7, or in 8 bits where the server knows no better, or as it stands."""
    try:
        return utf7_decode(wire) if wire.isascii() else wire.decode("utf-8")
    except ValueError:
        return wire.decode("gb18030", "replace")


def quoted(wire: bytes) -> bytes:
    """A name of the server's as a word of a command (RFC 3501 §9, quoted)."""
    return b'"' + re.sub(rb'(["\\])', rb"\\\1", wire) + b'"'


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
    wanted = as_it_looks(rule.name) or ("INBOX" if rule.role == "inbox" else "")
    # INBOX is the only name that is the same in any case (RFC 3501 §5.1), and it need not be listed.
    if wanted.upper() == "INBOX":
        return "INBOX"
    if wanted:
        if named := next((folder for folder in listed if as_it_looks(folder.name) == wanted), None):
            if "\\drafts" in named.flags or as_it_looks(named.last_level).casefold() in DRAFTS:
                raise FolderMissing(f'"{wanted}" holds drafts, which are never read; take it out of the mailbox\'s folders.')
            return named.name
        raise FolderMissing(f'The server has no folder "{wanted}". {_what_is_there(listed)}')
    marked = (folder.name for folder in listed if SPECIAL_USE.get(rule.role, "") in folder.flags)
    if name := next(marked, ""):
        return name
    usual = {name.casefold(): place for place, name in enumerate(USUAL_NAMES.get(rule.role, ()))}
    named = [folder for folder in listed if as_it_looks(folder.last_level).casefold() in usual]
    if named:
        return min(named, key=lambda folder: (folder.depth, usual[as_it_looks(folder.last_level).casefold()])).name
    raise FolderMissing(
        f'No folder of the server can be recognised as "{rule.role}"; write its name into the mailbox\'s folders. {_what_is_there(listed)}'
    )


def as_it_looks(name: str) -> str:
    """A name as people see it: an "é" may be one letter or, where a Mac made the folder, an "e" and an accent."""
    return unicodedata.normalize("NFC", name)


def _what_is_there(listed: list[ServerFolder]) -> str:
    names = sorted(folder.name for folder in listed)
    more = f" and {len(names) - TOLD_NAMES} more" if len(names) > TOLD_NAMES else ""
    return f"It has: {', '.join(names[:TOLD_NAMES])}{more}."
