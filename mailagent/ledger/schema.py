"""The tables, as numbered migrations. A migration that has been released is never edited: add the next one.

Times are UTC text (``db.to_text``). Tables are STRICT. What is *truth* and what is *derived* (can be computed again
from ``sources`` and ``config/``) is said above each table.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from mailagent.core.model.outbox import LIVE, STATES, legal_moves
from mailagent.ledger import doubts, search

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


ACCOUNTED_FOR = """
-- truth: what a server has and could not hand out: asked for again, told to people, never forgotten
CREATE TABLE not_fetched (
  account TEXT NOT NULL, folder TEXT NOT NULL, uidvalidity INTEGER NOT NULL, uid INTEGER NOT NULL, tries INTEGER NOT NULL,
  error TEXT NOT NULL DEFAULT '', first_at TEXT NOT NULL, next_try_at TEXT NOT NULL,
  PRIMARY KEY (account, folder, uidvalidity, uid)) STRICT, WITHOUT ROWID;
ALTER TABLE locations ADD COLUMN filed_as TEXT;
ALTER TABLE cursors ADD COLUMN read_from TEXT;
ALTER TABLE cursors ADD COLUMN reconciled_at TEXT;
CREATE INDEX inbound_account ON inbound (account, received_at);
-- a mail enters these indexes when it is handled, not twice
DROP INDEX inbound_message;
CREATE INDEX inbound_message ON inbound (message_id) WHERE message_id <> '';
DROP INDEX inbound_lead;
CREATE INDEX inbound_lead ON inbound (lead_id, received_at) WHERE lead_id IS NOT NULL;
DROP INDEX inbound_handled;
CREATE INDEX inbound_handled ON inbound (handled_at) WHERE handled_at IS NOT NULL;

-- derived: how many open leads each person has, kept by triggers so that nobody counts them for every mail
CREATE TABLE owners_load (owner TEXT PRIMARY KEY, leads INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO owners_load SELECT owner, COUNT(*) FROM leads WHERE stage <> 'closed' GROUP BY owner;
CREATE TRIGGER lead_opened AFTER INSERT ON leads WHEN NEW.stage <> 'closed' BEGIN
  INSERT INTO owners_load VALUES (NEW.owner, 1) ON CONFLICT (owner) DO UPDATE SET leads = leads + 1; END;;
CREATE TRIGGER lead_left AFTER UPDATE OF owner, stage ON leads WHEN OLD.stage <> 'closed' BEGIN
  UPDATE owners_load SET leads = leads - 1 WHERE owner = OLD.owner; END;;
CREATE TRIGGER lead_taken AFTER UPDATE OF owner, stage ON leads WHEN NEW.stage <> 'closed' BEGIN
  INSERT INTO owners_load VALUES (NEW.owner, 1) ON CONFLICT (owner) DO UPDATE SET leads = leads + 1; END;;

-- derived: the words of every mail, to be looked up; see search.py
CREATE VIRTUAL TABLE search USING fts5 (subject, sender, words, content = '', tokenize = "unicode61 remove_diacritics 2");
"""


@migrations()
def m003_every_mail_is_accounted_for(db: Database) -> None:
    """Server and ledger can be compared mail by mail, and what the mails say can be searched."""
    run(db, ACCOUNTED_FOR)
    search.rebuild(db)


WATCH = """
-- truth: how each mailbox was when it was last looked at
CREATE TABLE mailbox_health (
  account TEXT PRIMARY KEY, looked_at TEXT, failing_since TEXT, failure TEXT NOT NULL DEFAULT '',
  error TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID;

-- truth: what is wrong with the house or a mailbox, until it is over
CREATE TABLE alarms (
  id INTEGER PRIMARY KEY, account TEXT NOT NULL, trouble TEXT NOT NULL, about TEXT NOT NULL DEFAULT '', title TEXT NOT NULL,
  since TEXT NOT NULL, raised_at TEXT NOT NULL, over_at TEXT, task_id INTEGER REFERENCES tasks (id)) STRICT;
CREATE UNIQUE INDEX alarms_open ON alarms (account, trouble, about) WHERE over_at IS NULL;
CREATE INDEX alarms_over ON alarms (over_at);
"""


@migrations()
def m004_mailboxes_are_watched(db: Database) -> None:
    """A mailbox that has gone silent or cannot be read is known, and so is who was told."""
    run(db, WATCH)


@migrations()
def m005_persons_by_name(db: Database) -> None:
    """A buyer whom a platform named is found again when he writes from his own address."""
    run(db, "CREATE INDEX contacts_name ON contacts (name COLLATE NOCASE) WHERE name <> '';")


@migrations()
def m006_leads_remember(db: Database) -> None:
    """What the mails of a lead have said so far stands in its row: who he is does not fade, what he wants does, slowly."""
    db.execute("ALTER TABLE leads ADD COLUMN memory TEXT NOT NULL DEFAULT ''")


DOUBTS = """
-- derived: the strings under which the domain of a company is found when somebody imitates it
CREATE TABLE domain_shapes (
  shape TEXT NOT NULL, company_id INTEGER NOT NULL REFERENCES companies (id), PRIMARY KEY (shape, company_id)) STRICT, WITHOUT ROWID;
-- derived: marks of the texts of first requests, by the day on which they came
CREATE TABLE request_marks (
  mark INTEGER NOT NULL, day INTEGER NOT NULL, inbound_id INTEGER NOT NULL, PRIMARY KEY (mark, day, inbound_id)) STRICT, WITHOUT ROWID;
-- truth: matters that hang together; each pair stands here both ways
CREATE TABLE lead_links (
  lead_id INTEGER NOT NULL REFERENCES leads (id), other_id INTEGER NOT NULL REFERENCES leads (id), at TEXT NOT NULL,
  PRIMARY KEY (lead_id, other_id)) STRICT, WITHOUT ROWID;
"""


@migrations()
def m007_doubts_by_index(db: Database) -> None:
    """Imitated domains and repeated requests are found by index, and the matters that hang together know of each other."""
    run(db, DOUBTS)
    for company_id, domain in db.execute("SELECT id, domain FROM companies WHERE domain <> ''").fetchall():
        doubts.remember_shapes(db, company_id, domain)


# The domain is word for word that of quotas.py, or no question finds the index.
WINDOWS = """
CREATE INDEX outbox_account_sent ON outbox (account, sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX outbox_domain_sent ON outbox (LOWER(SUBSTR(recipient, INSTR(recipient, '@') + 1)), sent_at) WHERE sent_at IS NOT NULL;
"""


@migrations()
def m008_windows_by_index(db: Database) -> None:
    """How much an account sent lately, and to whom, is asked before every letter."""
    run(db, WINDOWS)


ERASURE = """
ALTER TABLE outbox ADD COLUMN erased_at TEXT;
-- truth: keyed hashes of the Message-IDs of mails that were erased, so that the server's copies are not taken in again
CREATE TABLE erased_mails (message_key TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX inbound_erased ON inbound (source_id) WHERE outcome = 'erased';
DROP TRIGGER approved_text_is_fixed;
CREATE TRIGGER approved_text_is_fixed BEFORE UPDATE OF recipient, cc, subject, body, footer, content_hash ON outbox
  WHEN OLD.state <> 'drafted' AND NOT (NEW.erased_at IS NOT NULL AND NEW.state NOT IN ('approved', 'claimed', 'transmitting', 'in_doubt'))
  BEGIN SELECT RAISE(ABORT, 'only a draft can be changed'); END;;
DROP TRIGGER letter_bytes_are_built_once;
CREATE TRIGGER letter_bytes_are_built_once BEFORE UPDATE OF raw ON outbox WHEN OLD.raw IS NOT NULL AND NEW.raw IS NOT OLD.raw
  AND NOT (NEW.raw IS NULL AND (NEW.state IN ('drafted', 'cancelled', 'rejected') OR NEW.erased_at IS NOT NULL))
  BEGIN SELECT RAISE(ABORT, 'the bytes of a letter are built once'); END;;
CREATE TRIGGER erased_letters_stay_erased BEFORE UPDATE ON outbox WHEN OLD.erased_at IS NOT NULL
  AND (NEW.erased_at IS NULL OR NEW.raw IS NOT NULL OR NEW.state IN ('approved', 'claimed', 'transmitting'))
  BEGIN SELECT RAISE(ABORT, 'this letter was erased'); END;;
"""


@migrations()
def m009_persons_can_be_forgotten(db: Database) -> None:
    """What was said by and to a person can be taken out, and the server's copies of it are known again."""
    run(db, ERASURE)


PERMISSIONS = """
-- truth: a person lets one question of a silenced buyer be answered, and why (STANDARDS §4.4)
CREATE TABLE permissions (
  lead_id INTEGER NOT NULL REFERENCES leads (id), round INTEGER NOT NULL, reason TEXT NOT NULL, actor TEXT NOT NULL, at TEXT NOT NULL,
  PRIMARY KEY (lead_id, round)) STRICT, WITHOUT ROWID;
"""


@migrations()
def m010_questions_of_the_silenced(db: Database) -> None:
    """Whoever asked for silence and then asks something else may be answered, once, by a person who says why."""
    run(db, PERMISSIONS)
