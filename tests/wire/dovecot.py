"""A real Dovecot (2.3, Debian) for tests: unprivileged, in a temporary folder, on free ports of 127.0.0.1."""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from door import own_port
from patience import PATIENCE, wait_until

CONFIG = """\
base_dir = {d}/run
state_dir = {d}/state
log_path = {d}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
ssl = yes
ssl_cert = <{d}/cert.pem
ssl_key = <{d}/key.pem
disable_plaintext_auth = no
auth_mechanisms = {mechanisms}
auth_failure_delay = 0
mail_max_userip_connections = 200
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:~/Maildir
{tokens}maildir_very_dirty_syncs = no
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {d}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={d}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Drafts {{
    special_use = \\Drafts
    auto = subscribe
  }}
  mailbox "Sent Items" {{
    special_use = \\Sent
    auto = subscribe
  }}
  mailbox Junk {{
    special_use = \\Junk
    auto = subscribe
  }}
}}
service anvil {{
  chroot =
  # Otherwise one wrong password delays the next good one by four seconds.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
service auth {{
  inet_listener {{
    port = {auth}
  }}
}}
protocol lmtp {{
  postmaster_address = postmaster@acme.example
}}
"""

# Tokens are shown to the login server, which knows whether they are good and whose they are (RFC 7662).
TOKEN_PASSDB = """\
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {d}/oauth2.conf
}}
"""
TOKEN_CONFIG = """\
introspection_mode = post
introspection_url = {url}/introspect
username_attribute = email
active_attribute = active
active_value = true
"""

PASSWORD = "correct horse 7"


def make_certificate(folder: Path) -> None:
    """A certificate for localhost that is its own authority."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        + ["-keyout", folder / "key.pem", "-out", folder / "cert.pem", "-subj", "/CN=localhost"]
        + ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext", "keyUsage=critical,digitalSignature,keyCertSign"],
        check=True,
        capture_output=True,
    )


def wait_until_it_answers(port: int, process: subprocess.Popen, logs: tuple[Path, ...]) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), PATIENCE) as line:
                if line.recv(10):
                    return
        except OSError:
            pass
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("\n".join(log.read_text(errors="replace") for log in logs if log.exists()))
        time.sleep(0.02)


class Dovecot:
    """The server and its users; every user has the same password.

    Args:
        login_server: takes tokens, too, if this server knows them.
        mechanisms: the ways to log in that are offered.
    """

    def __init__(self, users: list[str], login_server: str = "", mechanisms: str = "plain login") -> None:
        self._users = users
        self._login_server = login_server
        self._mechanisms = mechanisms
        # Unix sockets lie in it: the path must be short.
        self.folder = Path(tempfile.mkdtemp(prefix="dc", dir="/tmp"))
        self.imap, self.imaps, self.lmtp, self.auth = (own_port() for _ in range(4))
        self._who = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())

    @property
    def certificate(self) -> str:
        return str(self.folder / "cert.pem")

    def start(self) -> None:
        who = self._who
        (self.folder / "mail").mkdir()
        make_certificate(self.folder)
        (self.folder / "users").write_text("".join(f"{user}:{PASSWORD}\n" for user in self._users))
        values = {"user": who.pw_name, "group": grp.getgrgid(who.pw_gid).gr_name, "uid": who.pw_uid, "gid": who.pw_gid}
        ports = {"imap": self.imap, "imaps": self.imaps, "lmtp": self.lmtp, "auth": self.auth}
        values |= {"mechanisms": self._mechanisms, "tokens": TOKEN_PASSDB.format(d=self.folder) if self._login_server else ""}
        (self.folder / "oauth2.conf").write_text(TOKEN_CONFIG.format(url=self._login_server))
        (self.folder / "dovecot.conf").write_text(CONFIG.format(d=self.folder, **values, **ports))
        if os.geteuid() == 0:
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, who.pw_uid, who.pw_gid)
            self.folder.chmod(0o755)
        self.resume()

    def resume(self) -> None:
        """Run, for the first time or after ``halt``, with the same ports and mails."""
        who = self._who
        as_user = {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        with open(self.folder / "stderr", "wb") as errors:
            self.process = subprocess.Popen(["dovecot", "-F", "-c", self.folder / "dovecot.conf"], stderr=errors, **as_user)
        wait_until_it_answers(self.imap, self.process, (self.folder / "stderr", self.folder / "dovecot.log"))

    def halt(self) -> None:
        """Stop serving; the mails stay."""
        self.process.terminate()
        self.process.wait(PATIENCE)

    def stop(self) -> None:
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)

    def client(self, user: str, folder: str = "INBOX") -> imaplib.IMAP4:
        """Another mail program of the same user: a plain, writable connection."""
        client = imaplib.IMAP4("127.0.0.1", self.imap, timeout=PATIENCE)
        client.login(user, PASSWORD)
        client.select(f'"{folder}"')
        return client

    def deliver(self, user: str, raw: bytes, folder: str = "INBOX", when: datetime | None = None) -> None:
        """A mail arrives, byte for byte."""
        client = imaplib.IMAP4("127.0.0.1", self.imap, timeout=PATIENCE)
        client.login(user, PASSWORD)
        typ, data = client.append(f'"{folder}"', None, when or datetime.now(UTC), raw)
        assert typ == "OK", data
        client.logout()

    def mails(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """All mails of a folder, oldest first."""
        client = self.client(user, folder)
        try:
            uids = client.uid("SEARCH", "ALL")[1][0].split()
            return [client.uid("FETCH", uid, "(BODY.PEEK[])")[1][0][1] for uid in uids]
        finally:
            client.logout()

    def wait_for_mails(self, user: str, number: int, folder: str = "INBOX") -> list[bytes]:
        """The mails of a folder as soon as there are so many."""
        mails: list[bytes] = []

        def are_there() -> bool:
            mails[:] = self.mails(user, folder)
            return len(mails) >= number

        wait_until(are_there, lambda: f"{number} mails of {user} in {folder}, not {len(mails)}")
        return mails

    def forget_numbers(self, user: str) -> None:
        """What a restored backup does: a new UIDVALIDITY and new UIDs."""
        # The number is a time in seconds: the new one must fall into another second.
        time.sleep(1.1)
        for path in (self.folder / "mail" / user / "Maildir").glob("dovecot*"):
            path.unlink()
