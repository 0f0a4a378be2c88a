"""The public page under load: ``serve FOLDER BUYERS`` is the server, ``rush PORT BUYERS`` the crowd; each a process of its own.

Of ten requests of the crowd six look at the page, three bring a forged token and one is the wish of a buyer. The server says
at the end how many wishes are in its ledger, so that whatever was answered and is not there counts as lost.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

from mailagent import policy as rules
from mailagent.core.model import events as e
from mailagent.core.model.public import PublicPage
from mailagent.core.writing import tokens
from mailagent.ledger import journal, suppressions
from mailagent.ledger.db import Ledger
from mailagent.public import serve
from mailagent.web.unsubscribe import UnsubscribePage

KEYS = [b"b" * 32]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
THREADS = 8


def be_server(folder: Path, buyers: int) -> None:
    """Serve the page over a ledger with so many buyers until a line comes in; then say how many of them have stopped."""
    ledger = Ledger(folder / "public.sqlite")
    now = datetime.now(UTC)
    with ledger.transaction() as db:
        people = range(1, buyers + 1)
        journal.record(db, (e.CompanyMet(number, name=f"B{number}", domain=f"b{number}.example") for number in people), now=now)
        journal.record(db, (e.ContactMet(number, number, email=f"buyer@b{number}.example", name="B") for number in people), now=now)
    page = PublicPage(public_url="https://mail.acme.example", requests_per_minute=10_000_000)
    policy = rules.load(None).model_copy(update={"public_page": page})
    app = UnsubscribePage(ledger, policy, KEYS, lambda email: suppressions.key_hash(email, b"k" * 32), lambda: datetime.now(UTC))
    server = serve(app, page, 0)
    server.start()
    print(server.port, flush=True)
    sys.stdin.readline()
    with ledger.reading() as db:
        print(len(suppressions.listing(db)), flush=True)
    server.stop()


def be_crowd(port: int, buyers: int) -> None:
    """Ask as quickly as it answers; the answers are counted."""

    def come(first: int) -> tuple[int, int]:
        line, asked, good = HTTPConnection("127.0.0.1", port, timeout=60), 0, 0
        for number in range(first, buyers + 1, THREADS):
            link, forged = (f"/u/en/{tokens.unsubscribe_token(number, keys)}" for keys in (KEYS, [b"f" * 32]))
            for method, path, body in (
                *(("GET", link, None) for _ in range(6)),
                *(("POST", forged, b"List-Unsubscribe=One-Click") for _ in range(3)),
                ("POST", link, b"List-Unsubscribe=One-Click"),
            ):
                line.request(method, path, body, FORM if body else {})
                answer = line.getresponse()
                answer.read()
                asked, good = asked + 1, good + (answer.status == 200)
        line.close()
        return asked, good

    began = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as crowd:
        counted = list(crowd.map(come, range(1, THREADS + 1)))
    seconds = time.perf_counter() - began
    print(json.dumps({"asked": sum(asked for asked, _ in counted), "good": sum(good for _, good in counted), "seconds": seconds}))


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        be_server(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        be_crowd(int(sys.argv[2]), int(sys.argv[3]))
