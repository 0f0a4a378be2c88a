"""What the files of the configuration must agree on: every check is a small generator over the finished ``Policy``.

The checks stand by what they look at: ``house``, ``grading``, ``rhythm`` and ``feasible``,
``grounds``, ``words``, ``phrasing``, ``learnt``.
Each names the files it reads, so that it keeps quiet when one of them is already broken: one mistake, one line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from mailagent.consistency import feasible, grading, grounds, house, learnt, phrasing, rhythm, words, work
from mailagent.consistency.scene import MAIN, TIERS, Scene
from mailagent.core.model.policy import Policy
from mailagent.errors import Problem

Check = Callable[[Scene], Iterator[Problem]]

CHECKS: tuple[tuple[frozenset[str], Check], ...] = tuple(
    (frozenset(files.split()), check)
    for files, check in (
        (MAIN, house.people),
        (MAIN, house.mailboxes),
        (f"{MAIN} providers.toml", house.mailbox_providers),
        (MAIN, house.sending),
        (MAIN, house.limits),
        ("signals.toml", grading.signals),
        ("signals.toml tiers.toml languages", grading.tiers),
        ("cadences.toml", rhythm.cadences),
        ("cadences.toml", rhythm.cadence_templates),
        ("pretexts.toml", grounds.pretexts),
        ("news.toml pretexts.toml catalogue.toml", grounds.news),
        ("calendar.toml", rhythm.calendar),
        ("deadlines.toml", work.deadlines),
        ("mailagent.toml catalogue.toml assignment.toml", work.assignment),
        ("calendar.toml", feasible.rules_of_days),
        ("cadences.toml", feasible.steps),
        (f"{MAIN} cadences.toml", feasible.pace),
        (f"{MAIN} calendar.toml", feasible.days_left),
        (f"{MAIN} calendar.toml", feasible.approvals),
        ("relays.toml", words.relays),
        ("languages", words.languages),
        ("languages", phrasing.languages),
        ("languages", learnt.wishes),
        ("trade.toml", phrasing.trade),
        ("law.toml", words.law),
        (f"{MAIN} unsubscribe.toml", words.public_page),
        ("catalogue.toml", words.catalogue),
    )
)


def problems(
    policy: Policy, templates: frozenset[str], broken: frozenset[str] = frozenset(), trusted: frozenset[str] = frozenset()
) -> list[Problem]:
    """Everything in which the files contradict themselves or one another.

    Args:
        templates: names of all templates, ``<language>/<name>``.
        broken: files that already have a problem; checks that need them are left out.
        trusted: languages that were checked before they were shipped.
    """
    scene = Scene(policy, templates, trusted)
    language_broken = any(name.startswith("languages/") for name in broken)
    found: list[Problem] = []
    for needed, check in CHECKS:
        if broken.isdisjoint(needed) and not (language_broken and "languages" in needed):
            found.extend(check(scene))
    return found


def advice(policy: Policy) -> list[Problem]:
    """What works as it is and still deserves a look."""
    return [replace(problem, warning=True) for problem in _advice(policy)]


def _advice(policy: Policy) -> Iterator[Problem]:
    if policy.people and not policy.managers:
        yield Problem(MAIN, "person", 'nobody has role = "manager": tier 1 cannot be approved and nobody gets the weekly digest')
    if not policy.people:
        yield Problem(MAIN, "person", "nobody is named; drafts have no owner and no signature")
    if not policy.mailboxes:
        yield Problem(MAIN, "mailbox", "no mailbox is named; there is nothing to read (run: mailagent init)")
    if policy.mailboxes and not policy.company.domains:
        yield Problem(MAIN, "company.domains", "is empty: mail of colleagues cannot be told from mail of buyers")
    graded = {tier for cadence in policy.cadences.values() for tier in cadence.tiers}
    for tier in TIERS:
        if policy.cadences and tier not in graded:
            yield Problem("cadences.toml", "", f"no cadence for tier {tier}: such leads are not followed up")
