"""mailagent: the agent that export companies run on their sales mailbox.

**Where to start.** ``jobs/`` is the whole product, one journey a file in straight lines: receive, handle, plan, deliver,
reconcile, announce, tidy. Everything they call is in one of these rooms:

* ``core/`` is pure: bytes and values in, values out; no clock, network, database or environment.
  ``core/reading`` turns bytes into an ``InboundMessage``; ``core/scoring`` turns facts into a tier with reasons;
  ``core/deciding`` turns what was read into *events*; ``core/writing`` turns a step into a letter.
* ``ledger/`` holds all SQL. ``ledger.journal.record(events)`` is the one door by which sales state changes.
* ``mailbox/`` (IMAP), ``delivery/`` (SMTP), ``oauth/`` (tokens), ``exchange/`` (files) and ``web/`` (pages) touch the outside.
* ``daemon.py`` runs the jobs by the clock and a ``watch.py`` for each mailbox; ``reader.py`` is the second process, which reads
  many mails ahead; ``cli.py`` is the commands, ``terminal/`` what they show; ``speech/`` says the ledger's codes and sentences in
  people's language; ``demo/`` plays a whole company.

Glossary (one meaning each)
    inquiry        a mail by which a buyer opens a matter
    lead           one matter with one buyer: the inquiry and all that follows it
    contact        a person with an address; **company**: where he works
    tier           1 to 4, how near a lead is to an order (DOMAIN §1); None: not graded, verify first
    signs          what a mail itself says of its kind; **facts**: what it says of its buyer; both need no ledger
    signal         one reason of one score: points and the words that led to it
    cadence        the ordered steps by which a lead of a tier is followed up
    step           one entry of a cadence: a letter, a task, or a rest
    round          one run through a cadence; every mail of the buyer begins a new one
    letter         a mail of ours to a buyer, from draft to end; **notice**: a mail to our own staff
    draft          a letter that nobody has approved yet
    basis          why a letter may go: answer, acknowledgement, follow_up, or notice
    outbox         the table of letters; its states are in ``core/model/outbox.py``
    claim          taking an approved letter for one attempt, with a fencing token
    attempt        one SMTP conversation about one letter
    withheld       a mail that the server lists and does not hand out; kept in ``not_fetched`` until it comes
    in doubt       the text was handed over and no answer came; only evidence or a person decides
    suppression    an address that must not be written to, and why
    bounce         a report that a letter was not delivered; hard (never will be) or soft
    quarantine     where a mail goes that broke us three times, to be looked at by a person
    source         the raw bytes of one received mail; **location**: where on a server they were seen
    cursor         how far a folder has been read (UIDVALIDITY and last UID)
    journal        the append-only table of events
    alarm          what is wrong with a mailbox or the house, from the moment it is found until it is over
    desk           the private web page where drafts are read, edited and approved
    home           the folder with a company's own ``config/``, ``.env``, ledger, spool and backups
"""

__version__ = "0.1.0"
