"""Hypothesis walks the outbox: any order of verbs, good and stale tokens, against a model in plain Python."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from shelf import NOW, drafted

from mailagent.core.model import events as e
from mailagent.core.model.outbox import MOVES, content_hash
from mailagent.errors import IllegalMove
from mailagent.ledger import journal, outbox
from mailagent.ledger.db import Ledger, next_id

#: Verbs of a running attempt: they must show its token.
FENCED = ("transmit", "accept", "refuse", "lose", "defer", "withdraw")


class Outbox(RuleBasedStateMachine):
    """The model knows for each letter: state, token, approved text, bytes, and how often the server took it."""

    letters = Bundle("letters")

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.ledger = Ledger(Path(self.folder.name) / "l.sqlite")
        with self.ledger.transaction() as db:
            # The walk is about moves; waiting for the disk at each commit would only make it shorter.
            db.conn.commit()
            db.execute("PRAGMA synchronous = OFF")
            db.execute("BEGIN")
        self.model: dict[int, dict] = {}
        self.tokens: list[int] = [0]

    def teardown(self):
        self.ledger.close()
        self.folder.cleanup()

    @rule(target=letters)
    def draft(self):
        with self.ledger.transaction() as db:
            made = drafted(db)
        self.model[made.id] = {"state": "drafted", "token": None, "hash": made.content_hash, "approved": "", "raw": None, "taken": 0}
        return made.id

    @rule(number=letters, text=st.sampled_from(["one", "two"]))
    def edit(self, number, text):
        known = self.model[number]
        new = content_hash(f"buyer{number}@c.example", (), "Re: 6204", text, "Acme")
        done = self.record(e.DraftEdited(number, new, "Re: 6204", text))
        assert done == (known["state"] == "drafted")
        if done:
            known |= {"hash": new, "approved": ""}

    @rule(number=letters, right=st.booleans())
    def approve(self, number, right):
        known = self.model[number]
        seen = known["hash"] if right else "what he saw yesterday"
        try:
            done = self.record(e.LetterMoved(number, "approve", content_hash=seen, retry_at=NOW))
        except Exception as error:
            assert not right and known["state"] == "drafted" and "nobody approved" in str(error)
            return
        assert done == (known["state"] == "drafted")
        if done:
            known |= {"state": "approved", "approved": seen}

    @rule(number=letters)
    def claim(self, number):
        known = self.model[number]
        with self.ledger.transaction() as db:
            token = next_id(db, "attempts")
        raw = None if known["raw"] else f"bytes {token}".encode()
        done = self.record(e.LetterMoved(number, "claim", attempt_id=token, lease_until=NOW, raw=raw))
        assert done == (known["state"] == "approved")
        if done:
            self.tokens.append(token)
            known |= {"state": "claimed", "token": token, "raw": known["raw"] or raw}

    @rule(number=letters, verb=st.sampled_from(FENCED), own=st.booleans(), data=st.data())
    def attempt(self, number, verb, own, data):
        known = self.model[number]
        token = known["token"] if own and known["token"] else data.draw(st.sampled_from(self.tokens))
        starts, end = MOVES[verb]
        done = self.record(e.LetterMoved(number, verb, attempt_id=token, retry_at=NOW))
        assert done == (known["state"] in starts and token == known["token"]), (verb, known, token)
        if done:
            known |= {"state": end, "token": token if verb == "transmit" else None, "taken": known["taken"] + (verb == "accept")}

    @rule(number=letters, verb=st.sampled_from(["reject", "revise", "cancel", "confirm", "release", "abandon", "bounce"]))
    def other(self, number, verb):
        known = self.model[number]
        starts, end = MOVES[verb]
        done = self.record(e.LetterMoved(number, verb, retry_at=NOW))
        assert done == (known["state"] in starts)
        if done:
            known |= {"state": end} | ({"approved": "", "raw": None} if verb == "revise" else {})

    def record(self, event) -> bool:
        try:
            with self.ledger.transaction() as db:
                journal.record(db, [event], now=NOW, actor="Li Wei")
        except IllegalMove:
            return False
        return True

    @invariant()
    def the_ledger_is_as_the_model_says(self):
        with self.ledger.reading() as db:
            for number, known in self.model.items():
                letter = outbox.get(db, number)
                assert (letter.state, letter.attempt_id, letter.content_hash, letter.raw) == (
                    known["state"], known["token"], known["hash"], known["raw"],
                )  # fmt: skip
                if letter.state not in ("drafted", "rejected", "cancelled"):
                    assert letter.approved_by == "Li Wei"
                assert known["taken"] <= 1, "accepted twice"
                assert (letter.sent_at is not None) == (letter.state in ("sent", "bounced"))


Outbox.TestCase.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
TestOutbox = Outbox.TestCase
