"""READ ME FIRST. The whole product as eleven journeys, one file each, in straight lines of named steps.

    receive     server → ledger: raw bytes and cursor in one commit, nothing is thought about yet
    handle      ledger → events: parse, unwrap, then in one transaction: known, classify, score, decide, record
    recount     server against ledger, mail by mail: what is missing is fetched
    plan        what is due → drafts and tasks
    keep_time   what is late → acknowledgements, and who is told; letters beside the cadence, texts for platforms
    deliver     what a person approved → the wire, at most once
    reconcile   what is in doubt, what a dead worker left, copies for the Sent folder
    file_mails  handled mails → the folders where the company wants them; off unless it says so
    watch_over  do the mailboxes live: what fails, what has fallen silent, a full disk → alarms
    announce    notices to our own people: drafts that wait, alarms, the weekly digest
    tidy        backups, retention, and leads that cooled in silence
    forget      a person who asked for it leaves every table and file; what is kept of him can be given to him

Beside the journeys: ``replay`` tells the past again to a scratch ledger under the present rules; ``mailagent/evaluation.py`` asks the
rules alone about a folder of mails.

A person's verbs (approve, edit, reject, stop following, never write) are in ``ledger/review.py``. What every job
needs (rules, secrets, ledger, clock, ways to the outside) is the ``Office``.
"""

from mailagent.jobs.announce import announce, write_digest
from mailagent.jobs.deliver import deliver
from mailagent.jobs.handle import handle
from mailagent.jobs.keep_time import keep_time
from mailagent.jobs.plan import plan
from mailagent.jobs.receive import receive
from mailagent.jobs.reconcile import reconcile, reconcile_server
from mailagent.jobs.tidy import tidy

__all__ = ["announce", "deliver", "handle", "keep_time", "plan", "receive", "reconcile", "reconcile_server", "tidy", "write_digest"]
