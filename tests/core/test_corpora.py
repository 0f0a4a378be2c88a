"""Samples of the mail that lies beside the project in development, and all of the strangest: nothing raises or takes two seconds.

The folder is not part of the project; without it these tests are skipped, visibly.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from policies import policy

from mailagent.core.model.known import Known
from mailagent.core.reading import kind, relay
from mailagent.core.reading.parse import parse

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
SAMPLE = {
    "a_bounces": 60,
    "b_replies": 80,
    "c_autoreply_unsub": 50,
    "d_mime": 10_000,
    "e_fraud_spam": 80,
    "f_business_threads": 40,
    "g_inquiries": 20,
    "inquiries": 80,
}


@pytest.mark.parametrize("category", SAMPLE)
def test_every_sampled_mail_is_read_in_time(category):
    folder = CORPORA / category
    if not folder.is_dir():
        pytest.skip(f"no corpora at {CORPORA}")
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json")
    assert files
    step = max(1, len(files) // SAMPLE[category])
    for path in files[::step]:
        began = time.perf_counter()
        message = parse(path.read_bytes(), languages=policy().languages)
        verdict = kind.classify(relay.unwrap(message, policy()), Known(), policy())
        assert not [d for d in message.defects if d.startswith("unreadable")], path
        assert verdict.kind, path
        assert time.perf_counter() - began < 2.0, path
