"""Ledger → events. Every kept mail is thought about once, oldest first.

Parsing comes before the bracket; everything that asks the ledger, and everything that is decided from the answers,
happens inside one IMMEDIATE transaction, so nothing it knows can be stale (DESIGN, "The journeys").
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

from mailagent.core.deciding.inbound import Case, Decision, decide
from mailagent.core.model.message import InboundMessage
from mailagent.core.reading import country, kind, language, parse, relay
from mailagent.core.reading import facts as fact_finder
from mailagent.core.scoring import score as scorer
from mailagent.errors import LedgerError
from mailagent.ledger import inbox, journal, known, suppressions
from mailagent.ledger.db import next_id
from mailagent.office import Office

log = logging.getLogger(__name__)


def handle(office: Office, limit: int = 500, saw: Callable[[inbox.Handled], None] = lambda handled: None) -> int:
    """Think about every kept mail, oldest first. One that breaks us is tried three times, then quarantined.

    Args:
        saw: told about each handled mail, for progress and tables.

    Returns:
        How many were handled.
    """
    done = 0
    with office.ledger.reading() as db:
        waiting = inbox.waiting(db, office.now(), limit)
    for item in waiting:
        try:
            saw(handle_one(office, item))
            done += 1
        except LedgerError:
            raise
        except Exception as error:  # whatever a mail does to us, the next one goes on
            log.exception("mail %d of %s broke us", item.inbound_id, item.account)
            with office.ledger.transaction() as db:
                if inbox.note_failure(db, item.inbound_id, f"{type(error).__name__}: {error}", office.now()):
                    log.error("mail %d is quarantined: mailagent quarantine", item.inbound_id)
    return done


def handle_one(office: Office, item: inbox.Waiting) -> inbox.Handled:
    """Parse and unwrap; then, in one transaction, known → classify → score → decide → record."""
    message = read_source(office, item)
    with office.ledger.transaction() as db:
        handled, decision = think(office, db, item.inbound_id, message)
        journal.record(db, decision.events, now=office.now(), handled=handled)
    return handled


def read_source(office: Office, item: inbox.Waiting) -> InboundMessage:
    limit = office.policy.reading.max_parse_bytes
    with office.ledger.reading() as db:
        raw = inbox.raw(db, item.source_id, office.settings.sources_folder, limit + 1)
    message = parse.parse(raw, received_at=item.received_at, folder_role=item.role, max_bytes=limit, languages=office.policy.languages)
    message = relay.unwrap(message, office.policy)
    return replace(message, language=language.detect(message.words or message.text[:2000], message.subject)[0])


def think(office: Office, db, inbound_id: int, message: InboundMessage) -> tuple[inbox.Handled, Decision]:
    """What a mail is and what follows from it; writes nothing."""
    policy = office.policy
    stop_for = office.asks_to_stop(message)
    about = known.known_about(db, message, policy, suppressions.checker(db, office.settings.suppression_key), stop_for=stop_for)
    if about.id_collision:
        message = replace(message, defects=(*message.defects, "id_collision"))
    verdict = kind.classify(message, about, policy)
    is_person = verdict.kind in ("inquiry", "reply")
    facts = fact_finder.find(message, policy) if is_person else ()
    place = country.find(message, facts, policy) if is_person else None
    facts = (*facts, place) if place else facts
    decision = decide(
        Case(
            inbound_id=inbound_id,
            message=message,
            verdict=verdict,
            facts=facts,
            score=scorer.score(facts, message, about, policy) if is_person else None,
            known=about,
            policy=policy,
            ids=partial(next_id, db),
            hash_address=office.hash_address,
            now=office.now(),
            draft_after=office.now() - timedelta(days=policy.reading.draft_max_age_days),
        )
    )
    handled = inbox.Handled(
        inbound_id,
        message,
        verdict,
        decision.outcome,
        decision.lead_id,
        decision.contact_id,
        facts,
        about.match_method,
        about.match_strength,
    )
    return handled, decision
