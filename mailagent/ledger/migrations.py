"""The numbered migrations that came after the tables of ``schema.py``. One that has been released is never edited: add the next one."""

from __future__ import annotations

from sqlite_utils import Database

from mailagent.ledger import doubts, search
from mailagent.ledger.schema import migrations, run

__all__ = ["migrations"]

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


SETBACKS = """
-- derived: letters that were not taken, and why; what the brakes and the patience with an address are counted from
CREATE TABLE setbacks (
  id INTEGER PRIMARY KEY, at TEXT NOT NULL, account TEXT NOT NULL, domain TEXT NOT NULL,
  contact_id INTEGER REFERENCES contacts (id), letter_id INTEGER NOT NULL REFERENCES outbox (id),
  kind TEXT NOT NULL CHECK (kind IN ('hard', 'host', 'soft', 'delay', 'policy', 'account')),
  reason TEXT NOT NULL DEFAULT '', evidence TEXT NOT NULL DEFAULT '') STRICT;
CREATE INDEX setbacks_account ON setbacks (account, at);
CREATE INDEX setbacks_domain ON setbacks (domain, at);
CREATE INDEX setbacks_contact ON setbacks (contact_id, at) WHERE contact_id IS NOT NULL;
CREATE INDEX setbacks_letter ON setbacks (letter_id);
"""


@migrations()
def m011_setbacks_are_counted(db: Database) -> None:
    """What was refused and what came back is counted for each account, domain and person."""
    run(db, SETBACKS)


BUYERS_CLOCK = """
-- where a person's clock stands, how we know, and how sure that is (core/deciding/whereabouts.py)
ALTER TABLE contacts ADD COLUMN zone TEXT NOT NULL DEFAULT '';
ALTER TABLE contacts ADD COLUMN region TEXT NOT NULL DEFAULT '';
ALTER TABLE contacts ADD COLUMN place_source TEXT NOT NULL DEFAULT '';
ALTER TABLE contacts ADD COLUMN place_sureness TEXT NOT NULL DEFAULT '';
-- when the next step would come if no holiday, night or limit stood in its way; how late it is, is counted from here
ALTER TABLE leads ADD COLUMN wanted_at TEXT;
"""


@migrations()
def m012_the_buyers_clock(db: Database) -> None:
    """Where a buyer's clock stands is known of the person, with its source; a step remembers the day it was meant for."""
    run(db, BUYERS_CLOCK)


WORK = """
-- truth: an answer that a buyer waits for, until when and why until then; met by a letter, a colleague, a talk or a task done
CREATE TABLE answers_owed (
  id INTEGER PRIMARY KEY, lead_id INTEGER NOT NULL REFERENCES leads (id), inbound_id INTEGER, asked_at TEXT NOT NULL,
  known_at TEXT NOT NULL, due_at TEXT NOT NULL, reason TEXT NOT NULL, answered_at TEXT, how TEXT NOT NULL DEFAULT '',
  told INTEGER NOT NULL DEFAULT 0, acknowledged_at TEXT) STRICT;
CREATE UNIQUE INDEX answers_owed_one_a_lead ON answers_owed (lead_id) WHERE answered_at IS NULL;
CREATE INDEX answers_owed_untold ON answers_owed (due_at) WHERE answered_at IS NULL AND told < 3;
CREATE INDEX answers_owed_silent ON answers_owed (due_at) WHERE answered_at IS NULL AND acknowledged_at IS NULL;
CREATE INDEX answers_owed_asked ON answers_owed (asked_at);
-- truth: what was said elsewhere, as one of us typed it; leaves with the person when he is erased
CREATE TABLE talks (
  id INTEGER PRIMARY KEY, lead_id INTEGER NOT NULL REFERENCES leads (id), channel TEXT NOT NULL, at TEXT NOT NULL,
  logged_at TEXT NOT NULL, actor TEXT NOT NULL, text TEXT NOT NULL DEFAULT '', facts TEXT NOT NULL DEFAULT '[]') STRICT;
CREATE INDEX talks_lead ON talks (lead_id, at);
-- truth: the dates of an order, as people typed them
CREATE TABLE order_dates (
  lead_id INTEGER NOT NULL REFERENCES leads (id), what TEXT NOT NULL, day TEXT NOT NULL, needs TEXT NOT NULL DEFAULT '',
  actor TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (lead_id, what)) STRICT, WITHOUT ROWID;
-- truth: letters beside the cadence that are still to be written
CREATE TABLE letters_wanted (
  id INTEGER PRIMARY KEY, lead_id INTEGER NOT NULL REFERENCES leads (id), step TEXT NOT NULL, author TEXT NOT NULL,
  note TEXT NOT NULL DEFAULT '', at TEXT NOT NULL, letter_id INTEGER, done_at TEXT) STRICT;
CREATE INDEX letters_wanted_open ON letters_wanted (id) WHERE done_at IS NULL;
-- truth: texts that a person let go without being read each time, by the hash of the template's text
CREATE TABLE preapprovals (name TEXT PRIMARY KEY, text_hash TEXT NOT NULL, actor TEXT NOT NULL, at TEXT NOT NULL) STRICT, WITHOUT ROWID;
-- truth: who of us is away, both days included
CREATE TABLE absences (
  person TEXT PRIMARY KEY, first TEXT NOT NULL, last TEXT NOT NULL, deputy TEXT NOT NULL DEFAULT '', actor TEXT NOT NULL,
  at TEXT NOT NULL) STRICT, WITHOUT ROWID;
-- truth: keyed hashes of the addresses under which people's calendars are read
CREATE TABLE calendar_keys (person TEXT PRIMARY KEY, key_hash TEXT NOT NULL UNIQUE, at TEXT NOT NULL) STRICT, WITHOUT ROWID;
ALTER TABLE tasks ADD COLUMN text TEXT NOT NULL DEFAULT '';
ALTER TABLE tasks ADD COLUMN escalated_at TEXT;
CREATE INDEX tasks_owner ON tasks (owner, due_at) WHERE done_at IS NULL;
CREATE INDEX tasks_quiet ON tasks (due_at) WHERE done_at IS NULL AND escalated_at IS NULL;
CREATE INDEX tasks_unwritten ON tasks (id) WHERE done_at IS NULL AND kind IN ('platform_answer', 'call') AND text = '';
-- a letter beside the cadence may wait while the answer waits
DROP INDEX outbox_one_waiting_draft_per_lead;
CREATE UNIQUE INDEX outbox_one_waiting_draft_per_lead ON outbox (lead_id, step IN ('acknowledgement', 'recap', 'introduction'))
  WHERE lead_id IS NOT NULL AND basis <> 'notice' AND state = 'drafted' AND step NOT IN ('recap', 'introduction');
"""


@migrations()
def m013_peoples_work(db: Database) -> None:
    """Who waits for an answer until when, what was said elsewhere, the dates of orders, and who of us is away."""
    run(db, WORK)


# As they were in the outbox; what is erased may have none, and only what is erased or a draft again may lose them.
LETTER_BYTES = """
-- truth: the bytes of a letter as they go over the wire; apart from the letter, because its row is written anew with every move
CREATE TABLE letter_bytes (letter_id INTEGER PRIMARY KEY REFERENCES outbox (id), raw BLOB NOT NULL) STRICT;
INSERT INTO letter_bytes (letter_id, raw) SELECT id, raw FROM outbox WHERE raw IS NOT NULL;
DROP TRIGGER letter_bytes_are_built_once;
DROP TRIGGER erased_letters_stay_erased;
ALTER TABLE outbox DROP COLUMN raw;
CREATE TRIGGER letter_bytes_are_built_once BEFORE UPDATE ON letter_bytes
  BEGIN SELECT RAISE(ABORT, 'the bytes of a letter are built once'); END;;
CREATE TRIGGER letter_bytes_are_kept BEFORE DELETE ON letter_bytes WHEN EXISTS (SELECT 1 FROM outbox WHERE id = OLD.letter_id
  AND state NOT IN ('drafted', 'cancelled', 'rejected') AND erased_at IS NULL)
  BEGIN SELECT RAISE(ABORT, 'the bytes of a letter are built once'); END;;
CREATE TRIGGER erased_letters_have_no_bytes BEFORE INSERT ON letter_bytes
  WHEN EXISTS (SELECT 1 FROM outbox WHERE id = NEW.letter_id AND erased_at IS NOT NULL)
  BEGIN SELECT RAISE(ABORT, 'this letter was erased'); END;;
CREATE TRIGGER erased_letters_stay_erased BEFORE UPDATE ON outbox WHEN OLD.erased_at IS NOT NULL
  AND (NEW.erased_at IS NULL OR NEW.state IN ('approved', 'claimed', 'transmitting'))
  BEGIN SELECT RAISE(ABORT, 'this letter was erased'); END;;
-- only a customer is imitated
DELETE FROM domain_shapes WHERE company_id NOT IN (SELECT id FROM companies WHERE is_customer = 1)
  AND company_id NOT IN (SELECT company_id FROM leads WHERE stage = 'customer');
"""


@migrations()
def m014_bytes_of_letters(db: Database) -> None:
    """A letter's state moves without its bytes, and only customers' domains are watched for imitations."""
    run(db, LETTER_BYTES)


GROUNDS = """
-- on which ground a letter was written, why it is true, and what it quoted: the same ground is never used twice
ALTER TABLE outbox ADD COLUMN pretext TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN because TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN quoted TEXT NOT NULL DEFAULT '[]';
CREATE INDEX outbox_contact ON outbox (contact_id, id) WHERE contact_id IS NOT NULL;
-- where a buyer was met, and how much he wanted
ALTER TABLE leads ADD COLUMN show TEXT NOT NULL DEFAULT '';
ALTER TABLE leads ADD COLUMN show_class TEXT NOT NULL DEFAULT '';
-- only if he told us: MM-DD
ALTER TABLE contacts ADD COLUMN birthday TEXT NOT NULL DEFAULT '';
CREATE INDEX contacts_birthday ON contacts (birthday) WHERE birthday <> '';
"""


@migrations()
def m015_grounds_and_shows(db: Database) -> None:
    """A letter knows the ground it was written on, a lead the trade show it comes from, a person the birthday he told us."""
    run(db, GROUNDS)


# The conditions are word for word those of leads.py, or no question finds the index.
DUE = """
-- what is held, or waits for a day without being held, need not be passed by in every tick; what is due is found without its rows
DROP INDEX leads_due;
CREATE INDEX leads_due ON leads (next_due_at, cadence, step, hold_reason, rest_reason)
  WHERE next_due_at IS NOT NULL AND hold_reason = '' AND rest_reason = '';
DROP INDEX leads_held;
CREATE INDEX leads_held ON leads (held_until) WHERE held_until IS NOT NULL AND hold_reason <> '';
"""


@migrations()
def m016_what_is_due_lies_together(db: Database) -> None:
    """A tick costs as much as is due, however much is stored."""
    run(db, DUE)


VOUCHED = """
-- whether our own side told us, or a report that anybody may have written; only the first brakes an account
ALTER TABLE setbacks ADD COLUMN vouched INTEGER NOT NULL DEFAULT 1;
"""


@migrations()
def m017_reports_that_nobody_vouches_for(db: Database) -> None:
    """Reports of letters that came back are told apart by who wrote them."""
    run(db, VOUCHED)


RHYTHM = """
-- a letter knows whether it may go on days for calls, and the last day (by our calendar) on which what it says is true
ALTER TABLE outbox ADD COLUMN any_day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN true_until TEXT NOT NULL DEFAULT '';
CREATE INDEX outbox_true_until ON outbox (true_until) WHERE state = 'drafted' AND true_until <> '';
-- the last day of our newest quotation in a matter; when the show was over at which its buyer was met
ALTER TABLE leads ADD COLUMN quote_ends TEXT NOT NULL DEFAULT '';
ALTER TABLE leads ADD COLUMN show_ends_at TEXT;
CREATE INDEX leads_show ON leads (show_class, show_ends_at) WHERE show_class <> '';
UPDATE leads SET quote_ends = COALESCE((SELECT MAX(json_extract(line.value, '$[5]')) FROM outbox o, json_each(o.quoted) line
  WHERE o.lead_id = leads.id AND o.state = 'sent' AND o.quoted <> '[]'), '')
  WHERE id IN (SELECT lead_id FROM outbox WHERE state = 'sent' AND quoted <> '[]' AND lead_id IS NOT NULL);
"""


@migrations()
def m018_what_a_letter_rests_on_ends(db: Database) -> None:
    """Quotations, news and closures end; a letter about them knows when, and a lead from which show its tier comes."""
    run(db, RHYTHM)
