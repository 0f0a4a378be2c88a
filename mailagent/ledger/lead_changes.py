"""What events change in the row of a lead: assignments, so that those of one mail are written at once.

Theory. Nearly every event sets a few columns of one lead, and each UPDATE of its own would write the whole row anew. So an
event of these kinds is a piece of an UPDATE; the pieces of events that follow each other are put together as long as they are
of one lead, and none sets or reads a column that an earlier one has set: then it makes no difference whether they are
written one after the other or at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from sqlite_utils import Database

from mailagent.core.model import events as e
from mailagent.ledger.db import to_text


class Piece(NamedTuple):
    """A piece of an UPDATE of ``leads``.

    Attributes:
        columns: those that it sets or reads.
        values: of an event, for the question marks.
    """

    sql: str
    columns: frozenset[str]
    values: Callable[..., tuple]


def _piece(sql: str, values: Callable[..., tuple]) -> Piece:
    # SQL's own words stand in capitals; a text in quotes that is taken for a column as well does no harm.
    return Piece(sql, frozenset(re.findall(r"\b[a-z_]+\b", sql)), values)


_HEARD = _piece(
    "inbound_count = inbound_count + 1, last_inbound_at = MAX(COALESCE(last_inbound_at, ''), ?)", lambda event: (to_text(event.at),)
)

PIECES: dict[type[e.Event], Piece] = {
    e.InquiryReceived: _HEARD,
    e.ReplyReceived: _HEARD,
    e.OwnAnswerSeen: _piece(
        "outbound_count = outbound_count + 1, last_outbound_at = MAX(COALESCE(last_outbound_at, ''), ?)",
        lambda event: (to_text(event.at),),
    ),
    e.QuotationSeen: _piece("quote_ends = ?", lambda event: (event.ends,)),
    e.LeadScored: _piece(
        "tier = ?, fit = ?, engagement = ?, fraud = ?, abcd = ?, memory = COALESCE(?, memory)",
        lambda event: (
            event.tier, event.fit, event.engagement, event.fraud, event.abcd, event.score.memory or None if event.score else None
        ),
    ),
    e.StageChanged: _piece("stage = ?", lambda event: (event.stage,)),
    e.LeadReassigned: _piece("owner = ?, owner_reason = ?", lambda event: (event.owner, event.reason)),
    # A day that he named before is past with a new mail of his; a hold stays.
    e.RoundBegun: _piece(
        "cadence = ?, round = ?, step = ?, next_due_at = ?, due_reason = ?, rest_reason = '',"
        " held_until = CASE WHEN hold_reason = '' THEN NULL ELSE held_until END",
        lambda event: (event.cadence, event.round, event.step, to_text(event.due_at), event.reason),
    ),
    e.StepPlanned: _piece(
        "step = ?, next_due_at = ?, due_reason = ?, wanted_at = ?, rest_reason = ''",
        lambda event: (event.step, to_text(event.due_at), event.reason, to_text(event.wanted_at)),
    ),
    e.MetAtShow: _piece(
        "show = ?, show_class = ?, tier = ?, show_ends_at = ?",
        lambda event: (event.show, event.show_class, event.tier, to_text(event.ends_at)),
    ),
    e.WaitBegun: _piece("next_due_at = NULL, due_reason = ?", lambda event: (event.reason,)),
    # His absence ends with the cadence; a pause or an alarm stays until one of us takes it off.
    e.CadenceEnded: _piece(
        "next_due_at = NULL, due_reason = '', rest_reason = ?,"
        " held_until = CASE WHEN hold_reason IN ('', 'out_of_office') THEN NULL ELSE held_until END,"
        " hold_reason = CASE WHEN hold_reason = 'out_of_office' THEN '' ELSE hold_reason END",
        lambda event: (event.reason,),
    ),
    e.LeadHeld: _piece("hold_reason = ?, held_until = ?", lambda event: (event.reason, to_text(event.until))),
    e.LeadResumed: _piece(
        "hold_reason = '', held_until = NULL, next_due_at = COALESCE(?, next_due_at),"
        " due_reason = CASE WHEN ? = '' THEN due_reason ELSE ? END",
        lambda event: (to_text(event.due_at), event.reason, event.reason),
    ),
}  # fmt: skip


class LeadChanges:
    """The pieces that wait to be written together."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.lead_id: int | None = None
        self.pieces: list[str] = []
        self.values: list[object] = []
        self.columns: frozenset[str] = frozenset()

    def add(self, event: e.Event) -> None:
        """Put an event of one of these kinds to the others; they are written before, if it cannot be."""
        piece = PIECES[type(event)]
        if self.pieces and (event.lead_id != self.lead_id or not self.columns.isdisjoint(piece.columns)):
            self.write()
        self.lead_id = event.lead_id
        self.pieces.append(piece.sql)
        self.values += piece.values(event)
        self.columns |= piece.columns

    def write(self) -> None:
        """Write what waits; before anything else touches the lead."""
        if self.pieces:
            self.db.execute(f"UPDATE leads SET {', '.join(self.pieces)} WHERE id = ?", [*self.values, self.lead_id])
            self.pieces, self.values, self.columns = [], [], frozenset()
