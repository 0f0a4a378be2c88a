"""Looking mails up by the words in them: SQLite's full-text index, made to work for Chinese, Japanese and Korean.

Theory. The index cuts a text at spaces and marks, and these languages write neither between words: a whole Chinese
sentence would be one word that nobody types. So every such character is indexed as a word of its own, and several in a
row are asked for as a phrase. The index keeps no copy of the texts; to forget a mail, its words are said once more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlite_utils import Database

#: What is indexed of one mail, characters: nobody looks for what stands behind.
INDEXED = 8_000
MOST_WORDS = 12

_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_WORD = re.compile(r"[\w@.+-]{1,100}")
_ADD = "INSERT INTO search (rowid, subject, sender, words) VALUES (?, ?, ?, ?)"
_FORGET = "INSERT INTO search (search, rowid, subject, sender, words) VALUES ('delete', ?, ?, ?, ?)"


def spaced(text: str) -> str:
    """A text as it is indexed: every Chinese, Japanese or Korean character stands alone."""
    return text if text.isascii() else _UNSPACED.sub(r" \g<0> ", text)


def add_all(db: Database, mails: Iterable[tuple[int, str, str, str]]) -> None:
    """Index mails: number, subject, sender, words. Only what was not indexed before: an index that keeps no copy cannot replace."""
    rows = ((number, spaced(subject), spaced(sender), spaced(words[:INDEXED])) for number, subject, sender, words in mails)
    db.conn.executemany(_ADD, rows)


def add(db: Database, inbound_id: int, subject: str, sender: str, words: str) -> None:
    """Index one mail."""
    add_all(db, [(inbound_id, subject, sender, words)])


def forget(db: Database, inbound_id: int, subject: str, sender: str, words: str) -> None:
    """Take a mail out of the index; the texts must be those that were added."""
    db.execute(_FORGET, [inbound_id, spaced(subject), spaced(sender), spaced(words[:INDEXED])])


def rebuild(db: Database) -> None:
    """Index every handled mail anew, from what the ledger keeps of it."""
    db.execute("INSERT INTO search (search) VALUES ('delete-all')")
    rows = db.execute("SELECT id, subject, sender_name || ' ' || sender_email AS sender, words FROM inbound WHERE state = 'handled'")
    for row in rows:
        add(db, row["id"], row["subject"], row["sender"], row["words"])


def question(text: str) -> str:
    """What a person typed, as the index understands it: all of the words, the last one perhaps only begun.

    Everything is quoted, so that no character of it has a meaning of its own. "" if there is no word in it.
    """
    words = [word for word in _WORD.findall(text) if any(char.isalnum() for char in word)][:MOST_WORDS]
    quoted = [f'"{" ".join(spaced(word).split())}"' for word in words]
    if quoted and not _UNSPACED.search(words[-1][-1]):
        quoted[-1] += " *"
    return " AND ".join(quoted)


def find(db: Database, text: str, limit: int = 50) -> list[dict]:
    """Mails that hold all the words, the newest first: the row of ``inbound``, and nothing for a question without words."""
    asked = question(text)
    if not asked:
        return []
    rows = db.execute(
        "SELECT i.* FROM inbound i WHERE i.id IN (SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid DESC LIMIT ?)"
        " ORDER BY i.received_at DESC",
        [asked, limit],
    )
    return [dict(row) for row in rows]
