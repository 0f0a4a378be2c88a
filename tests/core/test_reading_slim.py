"""What travels from the reading process to the deciding one is enough to decide: the answer is the same as for the whole mail."""

from __future__ import annotations

from pathlib import Path

import pytest
from policies import policy

from mailagent.core.model.known import Known
from mailagent.core.reading import kind
from mailagent.core.reading.read import read, slim

SAMPLES = sorted((Path(__file__).parents[1] / "mail").glob("*.eml"))
CHALLENGE = b"""From: filter@customer.example
To: sales@ours.example
Subject: Re: your letter
Message-ID: <c1@customer.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Your message is being held. To confirm that you are a person and have it delivered, please click the link below.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.customer.example

Final-Recipient: rfc822; anna@customer.example
Action: delivered
Status: 2.0.0

--b--
"""


@pytest.mark.parametrize("raw", [*(path.read_bytes() for path in SAMPLES), CHALLENGE], ids=[*(path.stem for path in SAMPLES), "challenge"])
def test_a_slim_reading_is_decided_like_the_whole_one(raw):
    whole = read(raw, policy())
    light = slim(whole)
    assert kind.classify(light.message, Known(), policy(), light.signs) == kind.classify(whole.message, Known(), policy(), whole.signs)
