"""The demo's IMAP server: pymap's in-memory backend with the faults that a sales mailbox would feel put right.

pymap is a real IMAP4rev1 server in pure Python, but an unmaintained one. Nothing of it is patched in place: each
fault is answered by a subclass here, and this module alone knows pymap.

* ``Folder``     custom keywords set by STORE were dropped without a word, and a mail without a body lost a byte;
* ``Session``    folders carried no special-use attribute, and APPEND without a date took the machine's clock;
* ``Connection`` news that was pending when IDLE began was held back until DONE;
* ``WholeLines`` one response went out in several TCP segments, which breaks clients that read by the line;
* ``ImapStore``  the accept callback keeps its tasks (the stock one loses them on Python 3.13) and ends them.

Everything here runs on the event loop of ``server.EmbeddedMail``.
"""

from __future__ import annotations

import asyncio
import logging
from argparse import Namespace
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from proxyprotocol.result import ProxyResultLocal
from proxyprotocol.sock import SocketInfo
from pymap.backend import dict as pymap_dict
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxData, MailboxSet
from pymap.concurrent import Subsystem
from pymap.context import connection_exit
from pymap.imap import IMAPConnection
from pymap.imap.state import ConnectionState
from pymap.parsing.command.any import NoOpCommand
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials.flag import Flag, Wildcard
from pymap.user import Passwords, UserMetadata
from pysasl.hashing import BuiltinHash

log = logging.getLogger(__name__)

#: The folders of a fresh account and their special use (RFC 6154 §2); INBOX is always there.
SPECIAL_USE = {"Sent": b"Sent", "Drafts": b"Drafts", "Junk": b"Junk", "Trash": b"Trash"}


class Folder(MailboxData):
    """A folder in which a mail program may invent keywords (RFC 3501 §7.1, PERMANENTFLAGS with ``\\*``)."""

    @property
    def permanent_flags(self):
        return super().permanent_flags | {Wildcard}

    async def append(self, append_msg, *, recent=False):
        message = await super().append(append_msg, recent=recent)
        # pymap cuts the last line break off a mail that has no body; what comes out must be what went in.
        message._content._raw = memoryview(append_msg.literal)
        return message


class Folders(MailboxSet):
    """The folders of one account, made of ``Folder``."""

    def __init__(self):
        super().__init__()
        self._inbox = Folder(self._content_cache, self._thread_cache)
        self._set = {name: Folder(self._content_cache, self._thread_cache) for name in SPECIAL_USE}

    async def add_mailbox(self, name: str):
        if name in self._set:
            raise ValueError(name)
        self._set[name] = folder = Folder(self._content_cache, self._thread_cache)
        return folder.mailbox_id


class Session(pymap_dict.Session):
    """What a logged-in client may do."""

    async def list_mailboxes(self, *args, **keywords):
        rows, selected = await super().list_mailboxes(*args, **keywords)
        listed = [(name, delimiter, [*attributes, *_special_use(name)]) for name, delimiter, attributes in rows]
        return listed, selected

    async def append_messages(self, name, messages, selected=None):
        """APPEND without a date means now (RFC 3501 §6.3.11), and now is what the demo's clock says."""
        dated = [m if m.when else replace(m, when=self.config.clock()) for m in messages]
        return await super().append_messages(name, dated, selected)


def _special_use(folder: str) -> list[bytes]:
    return [SPECIAL_USE[folder]] if folder in SPECIAL_USE else []


class Account(pymap_dict.Identity):
    """One user; all his sessions share his folders."""

    @asynccontextmanager
    async def new_session(self):
        await self.get()
        folders, filters = self.config.set_cache.setdefault(self.name, (Folders(), FilterSet()))
        yield Session(self.name, self.config, folders, filters)


class Login(pymap_dict.Login):
    async def authorize(self, authenticated, authzid: str):
        identity = await super().authorize(authenticated, authzid)
        return Account(identity.name, self, None, identity.roles)


class Config(pymap_dict.Config):
    """Settings of the server, with a greeting that asks no name server for the machine's name."""

    clock: Callable[[], datetime]

    @property
    def greeting(self) -> bytes:
        return b"mailagent demo server ready"


class Connection(IMAPConnection):
    """One client's conversation."""

    __slots__ = ()

    async def idle(self, state, cmd):
        """Report what is already waiting, then idle; else mail that came just before IDLE is seen at DONE only."""
        pending = await self._exec(state.do_command(NoOpCommand(cmd.tag)))
        for line in pending._untagged:
            await self.write_response(line)
        return await super().idle(state, cmd)


class WholeLines:
    """A stream writer that sends a whole response in one segment: it collects until ``drain``."""

    def __init__(self, writer: asyncio.StreamWriter):
        self._writer = writer
        self._waiting = bytearray()

    def write(self, data: bytes) -> None:
        self._waiting += data

    def writelines(self, lines: Iterable[bytes]) -> None:
        for line in lines:
            self._waiting += line

    def _flush(self) -> None:
        if self._waiting and not self._writer.is_closing():
            self._writer.write(bytes(self._waiting))
        self._waiting.clear()

    async def drain(self) -> None:
        self._flush()
        await self._writer.drain()

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def __getattr__(self, name: str):
        return getattr(self._writer, name)


class ImapStore:
    """The accounts, their folders, and the IMAP server in front of them.

    Args:
        users: address → password; the address is the login name.
        clock: what time it is in the demo; dates mail that comes without one.
    """

    def __init__(self, users: Mapping[str, str], clock: Callable[[], datetime]):
        arguments = Namespace(
            host=None, port=0, debug=False, cert=None, key=None, tls=False, passlib_cfg=None, proxy_protocol="noop",
            inherited_sockets=None, demo_data=False, demo_user="", demo_password="",
        )  # fmt: skip
        # Strong hashing protects nothing here and would make every login of a test slow.
        self.config = Config.from_args(
            arguments, hash_context=BuiltinHash(hash_name="sha256", rounds=1), cpu_subsystem=Subsystem.for_asyncio()
        )
        self.config.clock = clock
        self.users = dict(users)
        self.login = Login(self.config)
        self._connections: set[asyncio.Task] = set()
        self._listener: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> int:
        """Make the accounts and begin to listen; returns the port (port 0 lets the system choose)."""
        self.config.apply_context()
        for user, password in self.users.items():
            hashed = await Passwords(self.config).hash_password(password)
            await self._account(user).set(UserMetadata(self.config, user, password=hashed))
        self._listener = await asyncio.start_server(self._converse, host, port)
        return self._listener.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and end every conversation."""
        if self._listener:
            self._listener.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def append(self, user: str, raw: bytes, folder: str, flags: Iterable[str], when: datetime) -> int:
        """Put a message into a folder without the detour over IMAP; returns its UID. A missing folder is made."""
        async with self._account(user).new_session() as session:
            if folder != "INBOX" and folder not in session.mailbox_set._set:
                await session.create_mailbox(folder)
            message = AppendMessage(raw, when, frozenset(Flag(flag.encode("ascii")) for flag in flags))
            appended, _ = await session.append_messages(folder, [message])
            return next(iter(appended.uids))

    async def read(self, user: str, folder: str) -> list[bytes]:
        """The raw messages of a folder, in the order of their UIDs."""
        async with self._account(user).new_session() as session:
            mailbox = await session.mailbox_set.get_mailbox(folder)
            return [bytes(message._content) async for message in mailbox.messages()]

    def _account(self, user: str) -> Account:
        return Account(user, self.login, None, frozenset({"admin"}))

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._connections.add(task)
        peer = SocketInfo.get(writer, ProxyResultLocal(), unique_id=uuid4().bytes)
        connection = Connection(self.config.commands, self.config, reader, WholeLines(writer), peer)
        try:
            async with AsyncExitStack() as stack:
                connection_exit.set(stack)
                stack.enter_context(closing(connection))
                await connection.run(ConnectionState(self.login, self.config))
        except (ConnectionError, EOFError, asyncio.CancelledError):
            log.debug("an IMAP client went away")
        except Exception:
            # One client's nonsense must not end the demo; the line is seen with --verbose.
            log.debug("an IMAP conversation broke", exc_info=True)
        finally:
            self._connections.discard(task)
