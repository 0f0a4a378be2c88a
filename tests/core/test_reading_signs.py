"""What a mail says of itself: a gate spares work and hides nothing, and signs found ahead give the same verdict."""

from __future__ import annotations

import pickle
import random
import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from messages import mail
from policies import policy

from mailagent.core.model.known import Known
from mailagent.core.model.lead import Contact
from mailagent.core.reading import autoreply, clues, kind, lexicon, machinewords
from mailagent.core.reading.lexicon import fold
from mailagent.core.reading.literals import ALWAYS, anchors_of, needs_of
from mailagent.core.reading.signs import Signs, find_clues, find_signs

WORDS = lexicon.of(policy().languages)
LISTS = ("automatic_subjects", "absent", "left", "running", "solicits", "wants", "unsubscribe_whole_only", "return_words")
PHRASES = sorted({phrase for language in policy().languages.values() for name in LISTS for phrase in getattr(language, name)})
REQUESTS = sorted({pattern for language in policy().languages.values() for pattern in language.unsubscribe_strong})
GATED = {
    **{name: pattern.pattern for name, pattern in machinewords.PATTERNS.items()},
    "declared": autoreply._DECLARED.pattern,
    "more_subjects": autoreply._MORE_SUBJECTS.pattern,
    "only_away": autoreply._ONLY_AWAY.pattern,
    "is_away": autoreply._IS_AWAY.pattern,
    "other_automatic": autoreply._OTHER_AUTOMATIC.pattern,
    "in_brackets": autoreply._IN_BRACKETS.pattern,
}
AROUND = (
    "we are ordered to return stopped goods in the end . Dear Sir, please, thank you very much! our list\n\n is near the market? "
    "500 pcs, Guten Tag bitte danke für alles; hola gracias por favor . 您好 请 我们公司 谢谢 ， お世話になります 안녕하세요 "
    "السلام عليكم merhaba lütfen mailto:a@b.example https://www.b.example/unsubscribe\n Re: AUTO office İyi ß"
)
FILLER = AROUND.split(" ")


@pytest.mark.parametrize(
    ("pattern", "anchors"),
    [
        ("(?:please )?take (?:me|us) off", {"take me off", "take us off", "please take me off", "please take us off"}),
        (r"\bstops?\b", {"stop", "stops"}),
        ("gr[ae]y.{0,9}wolves|fox", {"wolves", "fox"}),
        ("no (?:more )+mail", {"more"}),
        ("a*(?=b)", {""}),
        ("[^a]b?|c", {""}),
        ("(?i)stop", {""}),
        ("(?i:stop) it", {"it"}),
        ("x{3}", {"x"}),
        ("(?>ab)(c)?", {"ab", "abc"}),
    ],
)
def test_the_strings_without_which_a_pattern_cannot_match(pattern, anchors):
    assert anchors_of(pattern) == anchors


def test_what_a_pattern_spells_out():
    assert needs_of("opt[ -]?out") == (({"optout", "opt out", "opt-out"},), {"optout", "opt out", "opt-out"})
    assert needs_of("stop.*") == (({"stop"},), None)
    assert needs_of("take .{0,9}(?:us|me) off.*lists?") == (({"us off", "me off"}, {"list", "lists"}), None)
    assert needs_of("me .{0,9}off.*list") == (({"list"},), None), "what is in every text is not looked for"


@pytest.mark.parametrize("pattern", [*REQUESTS, *GATED.values()])
def test_every_pattern_of_ours_has_anchors(pattern):
    assert anchors_of(pattern) != ALWAYS, "it would be tried on every mail"


@settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.sampled_from([*REQUESTS, *GATED.values()]).flatmap(lambda pattern: st.tuples(st.just(pattern), st.from_regex(pattern))))
def test_a_text_that_a_pattern_matches_holds_an_anchor(case):
    pattern, text = case
    folded = fold(text)
    if re.search(pattern, folded):
        assert any(anchor in folded for anchor in anchors_of(pattern))
        assert all(any(anchor in folded for anchor in row) for row in needs_of(pattern)[0])


def _in_some_place(said: str, chance: random.Random):
    said = chance.choice((str, str.upper, str.capitalize, lambda s: s.replace(" ", "\n"), lambda s: s.replace(" ", "\xa0  ")))(said)
    before, after = (" ".join(chance.choices(FILLER, k=chance.choice((0, 0, 1, 3, 30)))) for _ in range(2))
    text = chance.choice((" ", "\n", ". ", ", ")).join(part for part in (before, said, after) if part)
    subject = chance.choice(("", "Lamps", "Re: lamps", "[list] lamps", said, f"Re: {said}", f"[{said}] lamps", f"lamps {said}"))
    headers = chance.choice(({}, {}, {"list-unsubscribe": ("<mailto:x@y.example>",)}, {"list-id": ("a",)}))
    words = chance.choice((text, text, text, "", "Thanks."))
    quoted, language = chance.choice(("", "> lamps")), chance.choice(("en", "es", ""))
    return mail(words, subject, text=text or words, headers=headers, quoted=quoted, language=language)


def _assert_gate_hides_nothing(message):
    assert find_signs(message, policy()) == find_signs(message, policy(), clues.ALL)


@pytest.mark.parametrize("part", range(8))
def test_the_gate_hides_no_phrase(part):
    chance = random.Random(part)
    for phrase in PHRASES[part::8]:
        _assert_gate_hides_nothing(_in_some_place(phrase, chance))


@settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from([*REQUESTS, *GATED.values()]).flatmap(lambda pattern: st.from_regex(pattern, fullmatch=True)), st.integers(0, 1_000_000)
)
def test_the_gate_hides_no_pattern(said, seed):
    _assert_gate_hides_nothing(_in_some_place(said, random.Random(seed)))


def test_an_ordinary_mail_opens_no_gate_but_that_of_wishes():
    found = find_clues(mail("Dear Sir, please send us the price of 300 lamps and when they can be in Hamburg.", "Lamps"), WORDS)
    assert found.subject == frozenset() and found.text <= {"wants"}


def test_signs_can_be_found_in_another_process():
    message = mail("Baja", "Re: lamparas", language="en")
    ahead = pickle.loads(pickle.dumps(find_signs(message, policy())))
    assert ahead == find_signs(message, policy()) != Signs()
    spaniard = Contact(1, 1, "a@b.example", "Ana", "es", "ES", "active")
    # The ledger knows his language; what was found ahead is judged by it.
    assert kind.classify(message, Known(), policy(), ahead).unsubscribe == "review"
    assert kind.classify(message, Known(contact=spaniard), policy(), ahead).unsubscribe == "auto"


def test_the_day_of_return_is_found_ahead_in_both_orders():
    message = mail("I am out of the office until 06/07/2026.", "Automatic reply: lamps", language="en")
    ahead = find_signs(message, policy())
    american = Contact(1, 1, "a@b.example", "Ann", "en", "US", "active")
    assert str(kind.classify(message, Known(), policy(), ahead).return_on) == "2026-07-06"
    assert str(kind.classify(message, Known(contact=american), policy(), ahead).return_on) == "2026-06-07"


STRANGE = ("stop " * 200_000, "a" * 1_000_000, "remove me from your list. " * 40_000, "\ud800 take me off", "t d" * 300_000)


@pytest.mark.parametrize("said", STRANGE, ids=range(len(STRANGE)))
def test_no_text_is_too_strange(said):
    verdict = kind.classify(replace(mail(said, said[:5_000]), quote_confidence=0.9), Known(), policy())
    assert verdict.kind in ("inquiry", "unsubscribe")
