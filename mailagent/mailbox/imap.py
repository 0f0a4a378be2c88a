"""A real mailbox, over IMAP.

imap-tools makes the connection, logs in, lists folders and appends. Fetching, searching and waiting are our own,
because its ways of doing them lose or mix up mail when a colleague works in the same mailbox (SPIKE §7, STANDARDS §0).
"""

from __future__ import annotations

import imaplib
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from imap_tools import BaseMailBox
from imap_tools.errors import ImapToolsError
from imap_tools.utils import encode_folder

from mailagent.core.model.endpoint import imap_endpoint
from mailagent.core.model.policy import FolderRule, Mailbox, Provider
from mailagent.errors import FolderMissing, MailboxError, MailboxUnreachable
from mailagent.mailbox.answers import Answer, groups, plain, read_answers, search_date, uid_set
from mailagent.mailbox.auth import dial, introduce, log_in
from mailagent.mailbox.base import Fetched, FolderState
from mailagent.mailbox.folders import TOLD_NAMES, ServerFolder, find_folders
from mailagent.mailbox.idle import forget_news, wait_for_news

#: A mail above this is read in pieces into a file, bytes.
LARGE_BYTES = 25_000_000
#: One UID FETCH asks for at most so many mails and about so many bytes.
GROUP_MAILS = 500
GROUP_BYTES = 8_000_000
PIECE_BYTES = 4_000_000
#: How many of the newest mails are compared one by one where the server's search finds nothing.
COMPARED_MAILS = 200

#: How long a farewell may take, seconds.
CLOSE_SECONDS = 5.0

_APPENDUID = re.compile(rb"\[APPENDUID \d+ (\d+)\]", re.I)
_SAFE_ID = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,900}")


def connect(mailbox: Mailbox, password: str, providers: Mapping[str, Provider], *, large_bytes: int = LARGE_BYTES) -> ImapConnection:
    """Log in to a mailbox, ready to open folders.

    Args:
        mailbox: the account, from ``mailagent.toml``.
        password: from ``.env``; it appears in no error and no log.
        providers: from ``providers.toml``.
        large_bytes: a mail above this size goes to a file instead of memory.

    Raises:
        MailboxUnreachable: unknown host, closed port, bad certificate, dead link: worth trying again.
        LoginRefused: a person must look; trying again locks accounts.
        ConfigError: no host is known, or the password would travel in clear.
    """
    server = imap_endpoint(mailbox, providers)
    box = dial(mailbox, server)
    try:
        log_in(box, mailbox, password, server, providers)
        introduce(box.client)
    except BaseException:
        with suppress(OSError, imaplib.IMAP4.error):
            box.client.shutdown()
        raise
    return ImapConnection(box, f"mailbox {mailbox.name} ({server})", large_bytes)


class ImapConnection:
    """A logged-in connection; see ``MailboxConnection`` for what each verb promises."""

    def __init__(self, box: BaseMailBox, where: str, large_bytes: int):
        self._box = box
        self._client = box.client
        self._where = where
        self._large_bytes = large_bytes
        self._roles: dict[str, str] = {"INBOX": "inbox"}
        self._broken = False

    def folders(self, rules: tuple[FolderRule, ...]) -> list[tuple[str, str]]:
        with self._talking("list its folders"):
            listed = [
                ServerFolder(info.name, "" if info.delim == "NIL" else info.delim, frozenset(flag.lower() for flag in info.flags))
                for info in self._box.folder.list()
            ]
        try:
            found = find_folders(listed, rules)
        except FolderMissing as error:
            raise FolderMissing(f"{self._where}: {error}") from None
        self._roles.update({name: role for role, name in found})
        return found

    def open(self, folder: str) -> FolderState:
        with self._talking(f'open "{folder}"'):
            typ, data = self._client.select(encode_folder(folder).decode("ascii"), readonly=True)
            if typ != "OK":
                raise self._refusal(folder, data)
            exists = int(data[-1] or 0)
            uidvalidity = self._number("UIDVALIDITY")
            uidnext = self._number("UIDNEXT") or (max(self._search("*")) + 1 if exists else 1)
            forget_news(self._client)
        if not uidvalidity:
            raise MailboxError(f'{self._where}: the server gives the mails of "{folder}" no lasting numbers; it cannot be read safely.')
        return FolderState(folder, self._roles.get(folder, "other"), uidvalidity, uidnext, exists)

    def new_uids(self, after_uid: int) -> list[int]:
        with self._talking("look for new mail"):
            forget_news(self._client)
            # "5:*" means "*:5" when the last UID is 3, so that the answer is never empty (STANDARDS §0.6).
            return [uid for uid in self._search("UID", f"{after_uid + 1}:*") if uid > after_uid]

    def uids_since(self, day: date) -> list[int]:
        with self._talking("look for mail by date"):
            return self._search("SINCE", search_date(day))

    def sizes(self, uids: Collection[int]) -> dict[int, int]:
        sizes: dict[int, int] = {}
        for part in _parts(uids, GROUP_MAILS):
            answers = self._ask(part, "(UID RFC822.SIZE)", needs="size")
            sizes.update({uid: answer.size for uid, answer in answers.items()})
        return sizes

    def fetch(self, uids: Collection[int], large_folder: Path | None = None) -> Iterator[Fetched]:
        for part in _parts(uids, GROUP_MAILS):
            sizes = self.sizes(part)
            for group in groups(sizes, GROUP_MAILS, min(GROUP_BYTES, self._large_bytes)):
                # A mail above that many bytes is alone in its group.
                if sizes[group[0]] > self._large_bytes:
                    yield from self._fetch_large(group[0], large_folder)
                else:
                    yield from self._fetch_group(group)

    def idle(self, seconds: float, stop: Callable[[], bool]) -> bool:
        with self._talking("wait for mail"):
            return wait_for_news(self._client, seconds, stop)

    def append(self, folder: str, raw: bytes, flags: tuple[str, ...], when: datetime) -> int | None:
        with self._talking(f'put a mail into "{folder}"'):
            typ, data = self._client.append(encode_folder(folder), f"({' '.join(flags)})", when, raw)
            if typ != "OK":
                raise self._refusal(folder, data)
            found = _APPENDUID.search(b" ".join(line for line in data if isinstance(line, bytes)))
            return int(found[1]) if found else None

    def find_message_id(self, folder: str, message_id: str) -> bool:
        wanted = message_id.strip("<> ")
        # The id goes into a command of the protocol: nothing may end the quotation or the line (SPIKE §7.6).
        if not _SAFE_ID.fullmatch(wanted):
            raise MailboxError(f"{self._where}: this Message-ID cannot be searched for: {plain(message_id)}")
        self.open(folder)
        with self._talking("search for a letter"):
            found = self._search("HEADER", "Message-ID", f'"<{wanted}>"')
            if self._any_has_id(found[-COMPARED_MAILS:], wanted):
                return True
            # Some servers search badly (STANDARDS §5.5): compare the newest mails ourselves.
            return self._any_has_id(self._search("ALL")[-COMPARED_MAILS:], wanted)

    def close(self) -> None:
        with suppress(OSError, imaplib.IMAP4.error, ValueError):
            if self._broken:
                self._client.shutdown()
            else:
                self._client.sock.settimeout(CLOSE_SECONDS)
                self._client.logout()

    # ── how it is done ──────────────────────────────────────────────────────────────────────────────────────────

    def _fetch_group(self, uids: list[int]) -> Iterator[Fetched]:
        answers = self._ask(uids, "(UID FLAGS INTERNALDATE BODY.PEEK[])", needs="body")
        # Each mail is let go of as soon as it was handed on.
        for uid in sorted(answers):
            answer = answers.pop(uid)
            yield Fetched(uid, answer.body, len(answer.body), answer.internal_date, answer.flags)

    def _fetch_large(self, uid: int, folder: Path | None) -> Iterator[Fetched]:
        """Read one mail in pieces into a file (RFC 3501 §6.4.5, partial fetch)."""
        with self._room(folder) as room:
            path = Path(room) / f"{uid}.eml"
            size, answer = 0, None
            # The size that servers announce is not always true: the mail ends where a piece is short.
            while answer is None or len(answer.body) == PIECE_BYTES:
                answer = self._ask([uid], f"(UID FLAGS INTERNALDATE BODY.PEEK[]<{size}.{PIECE_BYTES}>)", needs="body").get(uid)
                if answer is None:
                    return
                with self._putting_down(room), path.open("ab") as file:
                    size += file.write(answer.body)
            yield Fetched(uid, None, size, answer.internal_date, answer.flags, oversize=True, path=path)

    def _room(self, folder: Path | None) -> TemporaryDirectory:
        with self._putting_down(folder):
            # The first large mail comes before the folder.
            if folder is not None:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return TemporaryDirectory(dir=folder, prefix="large-mail-")

    @contextmanager
    def _putting_down(self, where: object):
        try:
            yield
        except OSError as error:
            raise MailboxError(f"{self._where}: a large mail cannot be put down in {where}: {error.strerror}.") from error

    def _ask(self, uids: list[int], items: str, *, needs: str) -> dict[int, Answer]:
        with self._talking("fetch mail"):
            # Lines that earlier commands left behind are not part of this answer.
            self._client.untagged_responses.pop("FETCH", None)
            typ, data = self._client.uid("FETCH", uid_set(uids), items)
            if typ != "OK":
                raise MailboxError(f"{self._where}: the server does not hand out mail: {plain(data)}")
            return read_answers(data, set(uids), needs=needs)

    def _search(self, *criteria: str) -> list[int]:
        typ, data = self._client.uid("SEARCH", *criteria)
        if typ != "OK":
            raise MailboxError(f"{self._where}: the server does not search: {plain(data)}")
        return sorted({int(word) for line in data if isinstance(line, bytes) for word in line.split() if word.isdigit()})

    def _any_has_id(self, uids: list[int], wanted: str) -> bool:
        if not uids:
            return False
        answers = self._ask(uids, "(UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])", needs="body")
        return any(f"<{wanted}>".encode() in answer.body for answer in answers.values())

    def _number(self, code: str) -> int:
        _, data = self._client.response(code)
        return int(data[-1]) if data and data[-1] and data[-1].isdigit() else 0

    def _refusal(self, folder: str, data: object) -> MailboxError:
        """Why a folder was refused: because it is not there, or for the reason that the server gives."""
        names = {info.name for info in self._box.folder.list()}
        if folder in names or folder.upper() == "INBOX":
            return MailboxError(f'{self._where}: the server refuses the folder "{folder}": {plain(data)}')
        return FolderMissing(f'{self._where}: the server has no folder "{folder}". It has: {", ".join(sorted(names)[:TOLD_NAMES])}.')

    @contextmanager
    def _talking(self, purpose: str):
        """Turn what imaplib and the network raise into our own errors; a broken link is never used again."""
        if self._broken:
            raise MailboxUnreachable(f"{self._where}: the link is broken; connect again.")
        try:
            yield
        except (imaplib.IMAP4.abort, OSError) as error:
            self._broken = True
            raise MailboxUnreachable(f"{self._where}: the link broke while trying to {purpose} ({plain(error)}).") from error
        except (imaplib.IMAP4.error, ImapToolsError) as error:
            raise MailboxError(f"{self._where}: the server refused to {purpose}: {plain(error)}") from error


def _parts(uids: Collection[int], most: int) -> Iterator[list[int]]:
    rest = iter(sorted(set(uids)))
    while part := list(islice(rest, most)):
        yield part
