"""A real mailbox, over IMAP.

imap-tools makes the connection, logs in, lists folders and appends. Fetching, searching and waiting are our own,
because its ways of doing them lose or mix up mail when a colleague works in the same mailbox (SPIKE §7, STANDARDS §0).
"""

from __future__ import annotations

import imaplib
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import monotonic

from imap_tools import BaseMailBox
from imap_tools.errors import ImapToolsError
from imap_tools.utils import encode_folder

from mailagent.core.model.endpoint import imap_endpoint
from mailagent.core.model.login import Secret
from mailagent.core.model.policy import FolderRule, Mailbox, Provider
from mailagent.errors import FolderMissing, FolderRefused, MailboxError, MailboxUnreachable
from mailagent.mailbox.answers import LARGEST_UID, Answer, found_uids, in_set, plain, read_answer, search_date, uid_set
from mailagent.mailbox.auth import dial, introduce, log_in
from mailagent.mailbox.base import Fetched, FolderState, Withheld
from mailagent.mailbox.fetching import LARGE_BYTES, Fetch, clear_left_rooms
from mailagent.mailbox.folders import TOLD_NAMES, ServerFolder, find_folders, quoted, read_list
from mailagent.mailbox.idle import forget_news, has_news, wait_for_news
from mailagent.mailbox.talk import Talk

#: How many of the newest mails are compared one by one where the server's search finds nothing.
COMPARED_MAILS = 200

#: The list of folders is asked for again after so many seconds; at once when one is missing.
LIST_SECONDS = 600.0
#: So long a folder that seems unchanged is taken as it was seen; then it is opened again.
SEEN_SECONDS = 60.0
#: What tells of changes in the selected folder, beside new mail.
CHANGES = ("EXPUNGE", "VANISHED", "UIDVALIDITY")
#: How long a farewell may take, seconds.
CLOSE_SECONDS = 5.0

#: 32 bits are enough (RFC 3501 §9), and some servers take the time in more; the ledger keeps 63.
LARGEST_UIDVALIDITY = 2**63 - 1

_APPENDUID = re.compile(rb"\[APPENDUID \d+ (\d+)\]", re.I)
_COPYUID = re.compile(rb"(\d+) ([\d:,]+) ([\d:,]+)")
_STATUS = re.compile(rb"\b(MESSAGES|UIDNEXT|UIDVALIDITY) (\d{1,12})\b", re.I)
_SAFE_ID = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,900}")


def connect(mailbox: Mailbox, secret: Secret, providers: Mapping[str, Provider], *, large_bytes: int = LARGE_BYTES) -> ImapConnection:
    """Log in to a mailbox, ready to open folders.

    Args:
        mailbox: the account, from ``mailagent.toml``.
        secret: the password from ``.env``, or a source of tokens; it appears in no error and no log.
        providers: from ``providers.toml``.
        large_bytes: a mail above this size goes to a file instead of memory.

    Raises:
        MailboxUnreachable: unknown host, closed port, bad certificate, dead link: worth trying again.
        LoginRefused: a person must look; trying again locks accounts.
        ConfigError: no host is known, or the password would travel in clear.
    """
    server = imap_endpoint(mailbox, providers)
    where = f"mailbox {mailbox.name} ({server})"
    box = dial(mailbox, server)
    try:
        log_in(box, mailbox, secret, server, providers)
        try:
            introduce(box.client, needed=mailbox.provider in providers and providers[mailbox.provider].needs_id)
        except MailboxError as error:
            raise type(error)(f"{where}: {error}") from error.__cause__
    except BaseException:
        with suppress(OSError, imaplib.IMAP4.error):
            box.client.shutdown()
        raise
    return ImapConnection(box, where, large_bytes, mailbox.noop_seconds)


class ImapConnection:
    """A logged-in connection; see ``MailboxConnection`` for what each verb promises."""

    def __init__(self, box: BaseMailBox, where: str, large_bytes: int, noop_seconds: float):
        self._box = box
        self._client = box.client
        self._talk = Talk(box.client)
        self._where = where
        self._large_bytes = large_bytes
        self._noop_seconds = noop_seconds
        self._listed: list[ServerFolder] = []
        self._listed_at = float("-inf")
        self._roles: dict[str, str] = {"INBOX": "inbox"}
        self._open: FolderState | None = None
        # What is open for us may be another folder than the one that the server has selected; see _unchanged.
        self._selected = ""
        self._seen: dict[str, tuple[FolderState, float]] = {}
        self._cleared = False
        self._broken = False

    def folders(self, rules: tuple[FolderRule, ...]) -> list[tuple[str, str]]:
        asked_now = monotonic() - self._listed_at > LIST_SECONDS
        if asked_now:
            with self._talking("list its folders"):
                self._list_folders()
        try:
            found = find_folders(self._listed, rules)
        except FolderMissing as error:
            # Somebody may have made or renamed it since we asked.
            self._listed_at = float("-inf")
            if not asked_now:
                return self.folders(rules)
            raise FolderMissing(f"{self._where}: {error}") from None
        self._roles.update({name: role for role, name in found})
        return found

    def open(self, folder: str) -> FolderState:
        with self._talking(f'open "{folder}"'):
            self._open = known if (known := self._unchanged(folder)) else self._select(folder, readonly=True)
            return self._open

    def new_uids(self, after_uid: int) -> list[int]:
        with self._talking("look for new mail"):
            if self._open and self._selected != self._open.name and after_uid + 1 >= self._open.uidnext:
                return []
            self._go_in()
            may_hold_mail = has_news(self._client) or not self._open or self._open.exists > 0
            if has_news(self._client):
                self._seen.pop(self._selected, None)
            forget_news(self._client)
            found = self._search("UID", f"{after_uid + 1}:*")
            # "5:*" means "*:5" when the last UID is 3, so that the answer is never empty where there is mail (STANDARDS §0.6):
            # an empty one is an answer that failed until another question says the same.
            if not found and may_hold_mail:
                found = [answer.uid for answer in self._facts_of(f"{after_uid + 1}:*")]
            return sorted(uid for uid in found if uid > after_uid)

    def uids_since(self, day: date) -> list[int]:
        with self._talking("look for mail by date"):
            self._go_in()
            found = self._search("SINCE", search_date(day))
            if found is not None:
                return found
            # No answer is not an empty one. The server's calendar may be a day behind ours.
            first = datetime.combine(day, time(), tzinfo=UTC) - timedelta(days=1)
            return sorted(answer.uid for answer in self._facts_of("1:*") if not answer.internal_date or answer.internal_date >= first)

    def internal_dates(self, uids: Collection[int]) -> dict[int, datetime]:
        if not uids:
            return {}
        with self._talking("ask when mail came"):
            self._go_in()
            # A list of thousands of numbers may be too long a line for a server.
            told = self._facts_of(f"{min(uids)}:{max(uids)}")
            return {answer.uid: answer.internal_date for answer in told if answer.internal_date and answer.uid in uids}

    def fetch(self, uids: Collection[int], large_folder: Path | None = None) -> Iterator[Fetched | Withheld]:
        if not uids:
            return
        if large_folder is not None and not self._cleared:
            clear_left_rooms(large_folder)
            self._cleared = True
        with self._talking("fetch mail"):
            self._go_in()
            yield from Fetch(self._talk, self._large_bytes, large_folder).mails(uids)

    def idle(self, seconds: float, stop: Callable[[], bool]) -> bool:
        with self._talking("wait for mail"):
            if self._go_in():
                return True
            return wait_for_news(self._client, self._talk.line, seconds, stop, self._noop_seconds)

    def append(self, folder: str, raw: bytes, flags: tuple[str, ...], when: datetime) -> int | None:
        with self._talking(f'put a mail into "{folder}"'):
            typ, data = self._client.append(self._called(folder), f"({' '.join(flags)})", when, raw)
            if typ != "OK":
                raise self._refusal(folder, data)
            found = _APPENDUID.search(b" ".join(line for line in data if isinstance(line, bytes)))
            return int(found[1]) if found else None

    def move(self, uids: Collection[int], folder: str) -> dict[int, int]:
        here = self._open
        if here is None:
            raise MailboxError(f"{self._where}: no folder is open that a mail could be moved from.")
        if not uids:
            return {}
        with self._talking(f'move mail into "{folder}"'):
            if "MOVE" not in self._client.capabilities:
                raise MailboxError(
                    "the server cannot move mail (MOVE, RFC 6851), and nothing is copied and deleted instead: "
                    "take filing out of this mailbox's settings."
                )
            try:
                # A folder that is open for reading only gives nothing away. Nothing but the move is done in the open one.
                now = self._select(here.name, readonly=False)
                if now.uidvalidity != here.uidvalidity:
                    raise MailboxError(f'"{here.name}" was numbered anew meanwhile; nothing was moved.')
                typ, data = self._client.uid("MOVE", uid_set(uids), self._called(folder))
                if typ != "OK":
                    raise self._refusal(folder, data)
                return self._moved_to()
            except self._client.readonly:
                raise MailboxError(f'the server lets nobody move mail out of "{here.name}".') from None
            finally:
                self._open = self._select(here.name, readonly=True)

    def find_message_id(self, folder: str, message_id: str) -> bool:
        wanted = message_id.strip("<> ")
        # The id goes into a command of the protocol: nothing may end the quotation or the line (SPIKE §7.6).
        if not _SAFE_ID.fullmatch(wanted):
            raise MailboxError(f"{self._where}: this Message-ID cannot be searched for: {plain(message_id)}")
        self.open(folder)
        with self._talking("search for a letter"):
            self._go_in()
            found = self._search("HEADER", "Message-ID", f'"<{wanted}>"') or []
            if self._any_has_id(found[-COMPARED_MAILS:], wanted):
                return True
            # Some servers search badly (STANDARDS §5.5): compare the newest mails ourselves.
            newest = self._search("ALL")
            if newest is None:
                newest = sorted(answer.uid for answer in self._facts_of("1:*"))
            return self._any_has_id(newest[-COMPARED_MAILS:], wanted)

    def close(self) -> None:
        # The rest of an answer that nobody reads is not waited for.
        self._broken = self._broken or self._talk.is_busy
        with suppress(OSError, imaplib.IMAP4.error, ValueError):
            if self._broken:
                self._client.shutdown()
            else:
                self._client.sock.settimeout(CLOSE_SECONDS)
                self._client.logout()

    # ── how it is done ──────────────────────────────────────────────────────────────────────────────────────────

    def _list_folders(self) -> None:
        typ, data = self._client.list()
        if typ != "OK":
            raise MailboxError(f"the server does not tell its folders: {plain(data)}")
        self._listed, self._listed_at = read_list(data), monotonic()

    def _called(self, folder: str) -> bytes:
        """What the server calls a folder; one that it did not list is called as RFC 3501 §5.1.3 says."""
        wire = next((one.wire for one in self._listed if one.name == folder), b"")
        return quoted(wire) if wire else encode_folder(folder)

    def _select(self, folder: str, *, readonly: bool) -> FolderState:
        self._open, self._selected, self._talk.uidvalidity = None, "", 0
        typ, data = self._client.select(self._called(folder), readonly=readonly)
        if typ != "OK":
            raise self._refusal(folder, data)
        exists = int(data[-1] or 0)
        uidvalidity = self._number("UIDVALIDITY", LARGEST_UIDVALIDITY)
        uidnext = self._number("UIDNEXT", LARGEST_UID)
        if not uidnext:
            uidnext = max([answer.uid for answer in self._facts_of("*")], default=0) + 1 if exists else 1
        forget_news(self._client)
        if not uidvalidity:
            raise MailboxError(f'the server gives the mails of "{folder}" no lasting numbers; it cannot be read safely.')
        self._selected, self._talk.uidvalidity = folder, uidvalidity
        state = FolderState(folder, self._roles.get(folder, "other"), uidvalidity, uidnext, exists)
        self._seen[folder] = state, monotonic()
        return state

    def _unchanged(self, folder: str) -> FolderState | None:
        """The folder as it was seen within the last minute, if the server says that it is still so.

        To open a large folder costs the server a look through all of it. So a folder that is selected is only asked for news
        (NOOP), and a small one is asked about from outside (STATUS) while a large one stays selected.
        """
        state, at = self._seen.get(folder, (None, 0.0))
        here = self._seen.get(self._selected)
        if not state or not here or state.exists > here[0].exists or monotonic() - at > SEEN_SECONDS:
            return None
        if "UIDVALIDITY" in self._client.untagged_responses:
            # New numbers were told unasked, in IDLE; those of the opening were taken out at once.
            return None
        if self._selected == folder:
            for word in CHANGES:
                self._client.untagged_responses.pop(word, None)
            typ, _ = self._client.noop()
            changed = has_news(self._client) or any(word in self._client.untagged_responses for word in CHANGES)
            return state if typ == "OK" and not changed else None
        try:
            typ, data = self._client.status(self._called(folder), "(MESSAGES UIDNEXT UIDVALIDITY)")
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error:
            return None
        said = b" ".join(part for line in data for part in (line if isinstance(line, tuple) else (line,)) if part)
        numbers = {name.upper(): int(number) for name, number in _STATUS.findall(said)}
        same = {b"MESSAGES": state.exists, b"UIDNEXT": state.uidnext, b"UIDVALIDITY": state.uidvalidity}
        return state if typ == "OK" and numbers == same else None

    def _go_in(self) -> bool:
        """Select the folder that is open for us, if it was only asked about so far; whether anything has changed in it."""
        state = self._open
        if state is None or self._selected == state.name:
            return False
        self._open = self._select(state.name, readonly=True)
        if self._open.uidvalidity != state.uidvalidity:
            raise MailboxError(f'"{state.name}" was numbered anew while it was open; it must be opened again.')
        return self._open != state

    def _moved_to(self) -> dict[int, int]:
        _, data = self._client.response("COPYUID")
        found = _COPYUID.fullmatch(data[-1].strip()) if data and data[-1] else None
        if not found:
            return {}
        old, new = (list(in_set(part.decode("ascii"))) for part in found.groups()[1:])
        return dict(zip(old, new, strict=True)) if len(old) == len(new) else {}

    def _search(self, *criteria: str) -> list[int] | None:
        """The UIDs that a search found, ascending; None if the server refused it or told no result."""
        question = self._talk.ask("UID", "SEARCH", *criteria)
        found = found_uids([question.rest_of(line) for line in question.lines()])
        return found if question.result == "OK" else None

    def _facts_of(self, uids: str) -> list[Answer]:
        """UID and date of the mails of a set that the server has: what a search would tell, asked in another way."""
        question = self._talk.ask("UID", "FETCH", uids, "(UID INTERNALDATE)")
        answers = [read_answer(question.rest_of(line)) for line in question.lines()]
        if question.result != "OK":
            raise MailboxError(f"the server neither searches nor tells what it has: {question.said}")
        return [answer for answer in answers if answer.uid]

    def _any_has_id(self, uids: list[int], wanted: str) -> bool:
        if not uids:
            return False
        question = self._talk.ask("UID", "FETCH", uid_set(uids), "(UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
        heads = [question.whole(line) for line in question.lines()]
        if question.result != "OK":
            raise MailboxError(f"the server does not hand out mail: {question.said}")
        return any(f"<{wanted}>".encode() in head for head in heads)

    def _number(self, code: str, largest: int) -> int:
        """The number that goes with a response code; 0 if it was not told or can be none."""
        _, data = self._client.response(code)
        said = data[-1] if data and data[-1] else b""
        return int(said) if said.isdigit() and len(said) < 20 and int(said) <= largest else 0

    def _refusal(self, folder: str, data: object) -> MailboxError:
        """Why a folder was refused: because it is not there, or for the reason that the server gives."""
        self._list_folders()
        names = {one.name for one in self._listed}
        if folder in names or folder.upper() == "INBOX":
            return FolderRefused(f'the server refuses the folder "{folder}": {plain(data)}')
        return FolderMissing(f'the server has no folder "{folder}". It has: {", ".join(sorted(names)[:TOLD_NAMES])}.')

    @contextmanager
    def _talking(self, purpose: str):
        """Turn what imaplib and the network raise into our own errors; a broken link is never used again."""
        if self._broken:
            raise MailboxUnreachable(f"{self._where}: the link is broken; connect again.")
        try:
            self._talk.finish()
            yield
        except MailboxError as error:
            self._seen.clear()
            raise type(error)(f"{self._where}: {error}") from error.__cause__
        except (imaplib.IMAP4.abort, OSError) as error:
            self._broken = True
            raise MailboxUnreachable(f"{self._where}: the link broke while trying to {purpose} ({plain(error)}).") from error
        except (imaplib.IMAP4.error, ImapToolsError) as error:
            raise MailboxError(f"{self._where}: the server refused to {purpose}: {plain(error)}") from error

