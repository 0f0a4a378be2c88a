"""From the moment when IDLE tells of a new inquiry to the moment when the draft of its answer is in the ledger.

The daemon runs as its own process. It says when IDLE woke it; the draft is seen from here, by somebody else who reads the ledger. Both
look at the same clock, the system's monotonic one. What Dovecot itself takes to tell (half a second, compiled in) is not ours.
"""

from __future__ import annotations

import random
import sqlite3
import subprocess
import threading
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from stage import Stage

DRAFTS = "SELECT count(*) FROM outbox WHERE basis IN ('answer', 'acknowledgement')"
GLANCE_SECONDS = 0.0005
PATIENCE_SECONDS = 30.0

INQUIRY = """\
From: Buyer Number{number} <buyer@garden-market{number}.example>
To: Acme Sales <{to}>
Subject: Inquiry garden shears
Date: {date}
Message-ID: <idle.{number}@garden-market{number}.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Hello,

we are a distributor in Poland and interested in your garden shears.
Please quote your best FOB price for {pieces} pcs, with lead time and payment terms.

Best regards
Buyer Number{number}
Purchasing Manager, Garden Market {number} Ltd.
"""


def wake_to_draft(stage: Stage, user: str, number: int) -> list[float]:
    """Milliseconds of each of ``number`` inquiries; an inquiry that the daemon found without IDLE is not counted.

    Raises:
        RuntimeError: the daemon ended, or made no draft.
    """
    command = stage.ours(user, "daemon")
    ledger = Path(command[3]) / "ledger.sqlite"
    daemon = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    woke: list[float] = []
    threading.Thread(target=lambda: woke.extend(float(line.split()[1]) for line in daemon.stdout), daemon=True).start()
    # What it complains of is kept for us; a full pipe would stop it.
    complaints: list[str] = []
    threading.Thread(target=lambda: complaints.extend(daemon.stderr), daemon=True).start()
    pauses = random.Random(1)
    taken: list[float] = []
    try:
        for count in range(1, 2 * number + 10):
            # It has to be back in IDLE, and Dovecot's clock must not beat in time with ours.
            time.sleep(pauses.uniform(1.0, 1.6) if count > 1 else 3.0)
            before = len(woke)
            text = INQUIRY.format(number=count, to=stage.address(user), date=format_datetime(datetime.now(UTC)), pieces=500 + count)
            stage.server.deliver(stage.address(user), text.replace("\n", "\r\n").encode())
            drafted = _wait_for_drafts(ledger, count, daemon, complaints)
            if len(woke) > before:
                taken.append(1000 * (drafted - woke[before]))
            if len(taken) == number:
                break
        return taken
    finally:
        daemon.kill()
        daemon.wait()


def _wait_for_drafts(ledger: Path, number: int, daemon: subprocess.Popen, complaints: list[str]) -> float:
    """When so many drafts were there, on the monotonic clock."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not ledger.exists() and daemon.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    if not ledger.exists():
        raise RuntimeError(f"the daemon made no ledger: {''.join(complaints)[-1000:]}")
    db = sqlite3.connect(f"file:{ledger}?mode=ro", uri=True, timeout=20)
    try:
        while db.execute(DRAFTS).fetchone()[0] < number:
            if daemon.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"no draft came for inquiry {number}: {''.join(complaints)[-1000:]}")
            time.sleep(GLANCE_SECONDS)
        return time.monotonic()
    finally:
        db.close()
