"""The tables of the first release. What came later is in ``migrations.py``, and so does the next migration.

Times are UTC text (``db.to_text``). Tables are STRICT. What is *truth* and what is *derived* (can be computed again
from ``sources`` and ``config/``) is said above each table.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from mailagent.core.model.outbox import LIVE, STATES, legal_moves

migrations = Migrations("mailagent")


def run(db: Database, script: str) -> None:
    """Run statements one by one inside the migration's transaction (``executescript`` would commit it)."""
    statement = ""
    for line in script.splitlines(keepends=True):
        if line.lstrip().startswith("--"):
            continue
        statement += line
        if line.rstrip().endswith(";;") or (line.rstrip().endswith(";") and "CREATE TRIGGER" not in statement):
            db.execute(statement.strip().rstrip(";"))
            statement = ""


TABLES = """
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;

-- truth: the bytes as they came, zlib-compressed; a large one lies in a file beside the ledger
CREATE TABLE sources (
  id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, raw BLOB, path TEXT,
  kept_at TEXT NOT NULL, purged_at TEXT,
  CHECK (raw IS NOT NULL OR path IS NOT NULL OR purged_at IS NOT NULL)) STRICT;
CREATE INDEX sources_kept ON sources (kept_at) WHERE purged_at IS NULL;

-- truth: where a source was seen
CREATE TABLE locations (
  account TEXT NOT NULL, folder TEXT NOT NULL, uidvalidity INTEGER NOT NULL, uid INTEGER NOT NULL,
  source_id INTEGER REFERENCES sources (id), internal_date TEXT, flags TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (account, folder, uidvalidity, uid)) STRICT, WITHOUT ROWID;
CREATE INDEX locations_source ON locations (source_id);

-- truth: how far a folder was read
CREATE TABLE cursors (
  account TEXT NOT NULL, folder TEXT NOT NULL, role TEXT NOT NULL, uidvalidity INTEGER NOT NULL, last_uid INTEGER NOT NULL,
  started_at TEXT NOT NULL, checked_at TEXT NOT NULL, skipped INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (account, folder)) STRICT, WITHOUT ROWID;

-- derived: what we made of a mail
CREATE TABLE inbound (
  id INTEGER PRIMARY KEY, source_id INTEGER NOT NULL UNIQUE REFERENCES sources (id), account TEXT NOT NULL,
  role TEXT NOT NULL, received_at TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('new', 'handled', 'quarantined')),
  tries INTEGER NOT NULL DEFAULT 0, error TEXT NOT NULL DEFAULT '', next_try_at TEXT, handled_at TEXT,
  message_id TEXT NOT NULL DEFAULT '', body_hash TEXT NOT NULL DEFAULT '', sender_email TEXT NOT NULL DEFAULT '',
  sender_name TEXT NOT NULL DEFAULT '', subject TEXT NOT NULL DEFAULT '', language TEXT NOT NULL DEFAULT '',
  kind TEXT NOT NULL DEFAULT '', kind_reason TEXT NOT NULL DEFAULT '', kind_evidence TEXT NOT NULL DEFAULT '',
  automatic TEXT NOT NULL DEFAULT '', lead_id INTEGER REFERENCES leads (id), contact_id INTEGER REFERENCES contacts (id),
  match_method TEXT NOT NULL DEFAULT '', match_strength TEXT NOT NULL DEFAULT '', words TEXT NOT NULL DEFAULT '',
  answer_head TEXT NOT NULL DEFAULT '{}', facts TEXT NOT NULL DEFAULT '[]',
  defects TEXT NOT NULL DEFAULT '[]', outcome TEXT NOT NULL DEFAULT '', sent_at TEXT) STRICT;
CREATE INDEX inbound_waiting ON inbound (received_at) WHERE state = 'new';
CREATE INDEX inbound_quarantined ON inbound (id) WHERE state = 'quarantined';
CREATE INDEX inbound_message ON inbound (message_id);
CREATE INDEX inbound_lead ON inbound (lead_id, received_at);
CREATE INDEX inbound_handled ON inbound (handled_at);

-- derived: every Message-ID of a lead's thread, ours and theirs
CREATE TABLE thread_ids (
  message_id TEXT NOT NULL, lead_id INTEGER NOT NULL REFERENCES leads (id), letter_id INTEGER, inbound_id INTEGER,
  PRIMARY KEY (message_id, lead_id)) STRICT, WITHOUT ROWID;

-- truth
CREATE TABLE companies (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT '', domain TEXT NOT NULL DEFAULT '', country TEXT NOT NULL DEFAULT '',
  is_customer INTEGER NOT NULL DEFAULT 0, owner TEXT NOT NULL DEFAULT '', met_at TEXT NOT NULL) STRICT;
CREATE UNIQUE INDEX companies_domain ON companies (domain) WHERE domain <> '';
CREATE TABLE contacts (
  id INTEGER PRIMARY KEY, company_id INTEGER NOT NULL REFERENCES companies (id), email TEXT NOT NULL,
  match_key TEXT NOT NULL UNIQUE, name TEXT NOT NULL DEFAULT '', title TEXT NOT NULL DEFAULT '', phone TEXT NOT NULL DEFAULT '',
  language TEXT NOT NULL DEFAULT '', country TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'left', 'erased')), met_at TEXT NOT NULL) STRICT;
CREATE INDEX contacts_company ON contacts (company_id);
CREATE TABLE leads (
  id INTEGER PRIMARY KEY, contact_id INTEGER NOT NULL REFERENCES contacts (id),
  company_id INTEGER NOT NULL REFERENCES companies (id), source TEXT NOT NULL, subject TEXT NOT NULL DEFAULT '',
  language TEXT NOT NULL DEFAULT '', country TEXT NOT NULL DEFAULT '',
  stage TEXT NOT NULL DEFAULT 'new' CHECK (stage IN ('new', 'talking', 'customer', 'closed')),
  tier INTEGER CHECK (tier BETWEEN 1 AND 4), fit REAL NOT NULL DEFAULT 0, engagement REAL NOT NULL DEFAULT 0,
  abcd TEXT NOT NULL DEFAULT '', fraud TEXT NOT NULL DEFAULT 'none' CHECK (fraud IN ('none', 'suspicious', 'likely')),
  owner TEXT NOT NULL DEFAULT '', owner_reason TEXT NOT NULL DEFAULT '', cadence TEXT NOT NULL DEFAULT '',
  round INTEGER NOT NULL DEFAULT 0, step TEXT NOT NULL DEFAULT '', next_due_at TEXT, due_reason TEXT NOT NULL DEFAULT '',
  hold_reason TEXT NOT NULL DEFAULT '', held_until TEXT, rest_reason TEXT NOT NULL DEFAULT '',
  pinned_tier INTEGER, pinned_by TEXT NOT NULL DEFAULT '', opened_at TEXT NOT NULL, last_inbound_at TEXT, last_outbound_at TEXT,
  inbound_count INTEGER NOT NULL DEFAULT 0, outbound_count INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX leads_due ON leads (next_due_at) WHERE next_due_at IS NOT NULL;
CREATE INDEX leads_held ON leads (held_until) WHERE held_until IS NOT NULL;
CREATE INDEX leads_contact ON leads (contact_id, opened_at);
CREATE INDEX leads_company ON leads (company_id, opened_at);
CREATE INDEX leads_opened ON leads (opened_at);

-- derived: one reason of one score
CREATE TABLE signals (
  id INTEGER PRIMARY KEY, lead_id INTEGER NOT NULL REFERENCES leads (id), inbound_id INTEGER, name TEXT NOT NULL,
  grp TEXT NOT NULL, points REAL NOT NULL, evidence TEXT NOT NULL DEFAULT '', decides_tier INTEGER NOT NULL DEFAULT 0,
  at TEXT NOT NULL) STRICT;
CREATE INDEX signals_lead ON signals (lead_id, id);

-- truth: a letter from draft to end; times of attempts are rows of their own
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY, ulid TEXT NOT NULL UNIQUE, lead_id INTEGER REFERENCES leads (id),
  contact_id INTEGER REFERENCES contacts (id), account TEXT NOT NULL, recipient TEXT NOT NULL,
  recipient_name TEXT NOT NULL DEFAULT '', cc TEXT NOT NULL DEFAULT '[]',
  basis TEXT NOT NULL CHECK (basis IN ('answer', 'acknowledgement', 'follow_up', 'notice')),
  round INTEGER NOT NULL DEFAULT 0, step TEXT NOT NULL DEFAULT '', template TEXT NOT NULL DEFAULT '',
  language TEXT NOT NULL DEFAULT '', subject TEXT NOT NULL, body TEXT NOT NULL, footer TEXT NOT NULL DEFAULT '',
  warnings TEXT NOT NULL DEFAULT '[]', why TEXT NOT NULL DEFAULT '', message_id TEXT NOT NULL UNIQUE,
  in_reply_to TEXT NOT NULL DEFAULT '', thread TEXT NOT NULL DEFAULT '[]',
  state TEXT NOT NULL CHECK (state IN (%(states)s)), content_hash TEXT NOT NULL, needs_manager INTEGER NOT NULL DEFAULT 0,
  author TEXT NOT NULL DEFAULT '', approved_by TEXT NOT NULL DEFAULT '', approved_at TEXT, approved_hash TEXT NOT NULL DEFAULT '',
  planned_at TEXT NOT NULL, next_attempt_at TEXT, attempts INTEGER NOT NULL DEFAULT 0, attempt_id INTEGER, lease_until TEXT,
  raw BLOB, sent_at TEXT, filed TEXT NOT NULL DEFAULT '', provider_message_id TEXT NOT NULL DEFAULT '',
  state_reason TEXT NOT NULL DEFAULT '', dedupe_key TEXT NOT NULL DEFAULT '', created_at TEXT NOT NULL,
  changed_at TEXT NOT NULL) STRICT;
CREATE UNIQUE INDEX outbox_one_live_letter_per_step ON outbox (lead_id, round, step)
  WHERE lead_id IS NOT NULL AND basis <> 'notice' AND state IN (%(live)s);
CREATE UNIQUE INDEX outbox_one_waiting_draft_per_lead ON outbox (lead_id)
  WHERE lead_id IS NOT NULL AND basis <> 'notice' AND state = 'drafted';
CREATE UNIQUE INDEX outbox_dedupe ON outbox (dedupe_key) WHERE basis = 'notice' AND dedupe_key <> '';
CREATE INDEX outbox_ready ON outbox (next_attempt_at) WHERE state = 'approved';
CREATE INDEX outbox_drafted ON outbox (planned_at) WHERE state = 'drafted';
CREATE INDEX outbox_underway ON outbox (lease_until) WHERE state IN ('claimed', 'transmitting', 'in_doubt');
CREATE INDEX outbox_lead ON outbox (lead_id, id);
CREATE INDEX outbox_sent ON outbox (sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX outbox_recipient ON outbox (recipient, sent_at);
CREATE INDEX outbox_provider_id ON outbox (provider_message_id) WHERE provider_message_id <> '';

-- truth: one SMTP conversation about one letter, written down before it is made
CREATE TABLE attempts (
  id INTEGER PRIMARY KEY, letter_id INTEGER NOT NULL REFERENCES outbox (id), began_at TEXT NOT NULL, worker TEXT NOT NULL,
  ended_at TEXT, outcome TEXT NOT NULL DEFAULT '', smtp_code INTEGER, smtp_text TEXT NOT NULL DEFAULT '') STRICT;
CREATE INDEX attempts_letter ON attempts (letter_id);

CREATE TABLE tasks (
  id INTEGER PRIMARY KEY, lead_id INTEGER REFERENCES leads (id), kind TEXT NOT NULL, owner TEXT NOT NULL DEFAULT '',
  title TEXT NOT NULL, evidence TEXT NOT NULL DEFAULT '', due_at TEXT NOT NULL, opened_at TEXT NOT NULL, done_at TEXT,
  done_by TEXT NOT NULL DEFAULT '', note TEXT NOT NULL DEFAULT '') STRICT;
CREATE INDEX tasks_open ON tasks (due_at) WHERE done_at IS NULL;
CREATE INDEX tasks_lead ON tasks (lead_id);

-- truth: an address never to be written to; the keyed hash survives erasure of the address
CREATE TABLE suppressions (
  id INTEGER PRIMARY KEY, key_hash TEXT NOT NULL, scope TEXT NOT NULL DEFAULT 'global', reason TEXT NOT NULL,
  email TEXT, evidence TEXT NOT NULL DEFAULT '', inbound_id INTEGER, created_at TEXT NOT NULL,
  lifted_at TEXT, lifted_by TEXT NOT NULL DEFAULT '', lifted_reason TEXT NOT NULL DEFAULT '') STRICT;
CREATE UNIQUE INDEX suppressions_live ON suppressions (key_hash, reason) WHERE lifted_at IS NULL;

-- switches that people throw: pause of all sending, the digest's last week, …
CREATE TABLE switches (
  name TEXT PRIMARY KEY, value TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '', at TEXT NOT NULL, actor TEXT NOT NULL) STRICT;

-- truth: the journal, append-only
CREATE TABLE events (
  id INTEGER PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL, type TEXT NOT NULL, lead_id INTEGER, letter_id INTEGER,
  body TEXT NOT NULL) STRICT;
CREATE INDEX events_lead ON events (lead_id, id) WHERE lead_id IS NOT NULL;
CREATE INDEX events_letter ON events (letter_id, id) WHERE letter_id IS NOT NULL;
CREATE INDEX events_type ON events (type, at);
"""

TRIGGERS = """
CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;;
CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;;
CREATE TRIGGER letters_begin_as_drafts BEFORE INSERT ON outbox WHEN NEW.state <> 'drafted'
  BEGIN SELECT RAISE(ABORT, 'a letter begins as a draft'); END;;
CREATE TRIGGER letters_are_never_deleted BEFORE DELETE ON outbox BEGIN SELECT RAISE(ABORT, 'letters are kept'); END;;
CREATE TRIGGER outbox_moves BEFORE UPDATE OF state ON outbox WHEN NEW.state <> OLD.state AND NOT (%(moves)s)
  BEGIN SELECT RAISE(ABORT, 'this move does not exist'); END;;
CREATE TRIGGER letters_need_an_approval BEFORE UPDATE OF state ON outbox WHEN NEW.state = 'approved' AND OLD.state = 'drafted'
  AND (NEW.approved_by = '' OR NEW.approved_hash <> NEW.content_hash)
  BEGIN SELECT RAISE(ABORT, 'nobody approved this text'); END;;
CREATE TRIGGER approved_text_is_fixed BEFORE UPDATE OF recipient, cc, subject, body, footer, content_hash ON outbox
  WHEN OLD.state <> 'drafted' BEGIN SELECT RAISE(ABORT, 'only a draft can be changed'); END;;
CREATE TRIGGER letter_bytes_are_built_once BEFORE UPDATE OF raw ON outbox WHEN OLD.raw IS NOT NULL AND NEW.raw IS NOT OLD.raw
  AND NOT (NEW.raw IS NULL AND NEW.state IN ('drafted', 'cancelled', 'rejected'))
  BEGIN SELECT RAISE(ABORT, 'the bytes of a letter are built once'); END;;
"""


def quoted(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)


@migrations()
def m001_the_house(db: Database) -> None:
    """Everything the first release needs."""
    moves = " OR ".join(f"(OLD.state = '{start}' AND NEW.state = '{end}')" for start, end in legal_moves())
    run(db, TABLES % {"states": quoted(STATES), "live": quoted(LIVE)})
    run(db, TRIGGERS % {"moves": moves})


INDEXES = """
CREATE INDEX leads_owner ON leads (owner) WHERE stage <> 'closed';
CREATE INDEX inbound_received ON inbound (received_at);
CREATE INDEX outbox_changed ON outbox (changed_at);
"""


@migrations()
def m002_indexes_of_the_long_lists(db: Database) -> None:
    """The desk's lists and the count of everybody's leads stay quick with a hundred thousand rows."""
    run(db, INDEXES)
