"""The others: what they need to read the same mailbox, each as the command of one process. Which of them are here is asked first.

    python peers.py stdlib PORT USER PASSWORD            the raw fetch, each mail parsed by the standard library (compat32)
    python peers.py imap-tools PORT USER PASSWORD        imap-tools in bulk, text and sender read
    python peers.py imap-tools-single PORT USER PASSWORD the same, a command for each mail
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

MBSYNCRC = """\
FSync {fsync}
IMAPAccount stage
Host 127.0.0.1
Port {port}
User {user}
Pass "{password}"
SSLType None
AuthMechs LOGIN

IMAPStore far
Account stage

MaildirStore near
Inbox {folder}/mail
Path {folder}/

Channel all
Far :far:
Near :near:
Patterns INBOX
Sync Pull
Create Near
SyncState *
"""
NOTMUCHRC = "[database]\npath={folder}/mail\n[new]\ntags=new\n[user]\nprimary_email={user}\nname=Sales\n"


def missing(*programmes: str) -> str:
    """What has to be installed before these can run; "" if all of them are here. Root has them installed now."""
    packages = {"mbsync": "isync"}
    absent = [packages.get(name, name) for name in programmes if not shutil.which(name)]
    if absent and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {"env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(["apt-get", "-qq", "update"], **quiet)
        subprocess.run(["apt-get", "-qq", "install", "-y", "--no-install-recommends", *absent], **quiet)
        absent = [packages.get(name, name) for name in programmes if not shutil.which(name)]
    return f"apt-get install {' '.join(absent)}" if absent else ""


def mbsync(folder: Path, port: int, user: str, password: str, fsync: bool = False, notmuch: bool = False) -> list[str]:
    """mbsync into an empty Maildir; with ``notmuch``, an index of it as well: a searchable store of the same mail."""
    rc = MBSYNCRC.format(fsync="yes" if fsync else "no", port=port, user=user, password=password, folder=folder)
    (folder / "mbsyncrc").write_text(rc)
    (folder / "notmuchrc").write_text(NOTMUCHRC.format(folder=folder, user=user))
    command = f'mbsync -q -c "{folder}/mbsyncrc" all'
    if notmuch:
        command += f' && NOTMUCH_CONFIG="{folder}/notmuchrc" notmuch new --quiet'
    return ["sh", "-c", command]


def in_python(which: str, port: int, user: str, password: str) -> list[str]:
    return [sys.executable, str(Path(__file__)), which, str(port), user, password]


def parse_with_stdlib(port: int, user: str, password: str) -> int:
    import email

    from rawfetch import Line

    line, number = Line(port, user, password), 0
    uids = [int(uid) for answer in line.ask("UID SEARCH ALL") for uid in answer.split()[2:]]
    for body in line.bodies(uids):
        mail = email.message_from_bytes(body)
        for name in ("Subject", "From", "Message-ID", "References", "Date"):
            mail.get(name)
        for part in mail.walk():
            if part.get_content_maintype() == "text":
                part.get_payload(decode=True)
        number += 1
    line.close()
    return number


def read_with_imap_tools(port: int, user: str, password: str, bulk: bool | int) -> int:
    from imap_tools import MailBoxUnencrypted

    number = 0
    with MailBoxUnencrypted("127.0.0.1", port).login(user, password) as box:
        for mail in box.fetch(mark_seen=False, bulk=bulk):
            # Everything is made when it is asked for.
            _ = mail.text, mail.from_, mail.subject
            number += 1
    return number


if __name__ == "__main__":
    which, address = sys.argv[1], (int(sys.argv[2]), sys.argv[3], sys.argv[4])
    if which == "stdlib":
        print(parse_with_stdlib(*address))
    else:
        print(read_with_imap_tools(*address, bulk=False if which == "imap-tools-single" else 500))
