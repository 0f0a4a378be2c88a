"""Acknowledgements that need not be read each time: their texts, as they are now, and whether they hold nothing that binds us."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailagent.core.writing import sample
from mailagent.errors import MailagentError
from mailagent.ledger import work
from mailagent.ledger.worker import Worker
from mailagent.office import Office

NAME = "acknowledgement"
#: Money, or a word that binds us: an acknowledgement holds neither (DOMAIN §3).
BINDS = re.compile(
    r"[$€£¥₽]\s?\d|\b(?:USD|EUR|CNY|RMB|GBP|RUB)\b|\d\s?%|\b(?:guarantee|warrant|discount|rabatt|garantie|descuento|remise|desconto|скидк\w*|гарант\w*)"
    r"|折扣|优惠|保证|元/",
    re.IGNORECASE,
)


def texts(office: Office) -> Iterator[tuple[str, str, str]]:
    """Every language's acknowledgement, filled with the company's own samples: (template, text, hash).

    Raises:
        MailagentError: a text names money or binds us.
    """
    found = []
    for language in office.templates.languages():
        if not office.templates.has(language, NAME):
            continue
        key = f"{language}/{NAME}"
        for values in sample.samples(language, office.policy):
            # His own subject may say anything; the products that he named are not said here.
            text = office.templates.render(language, NAME, values | {"subject": ""}).body
            if binding := BINDS.search(text):
                raise MailagentError(
                    f"The text of templates/{key}.txt says “{binding[0]}”: an acknowledgement holds no money and no promise."
                )
        found.append((key, text, office.templates.fingerprint(language, NAME)))
    yield from found


def end(office: Office, worker: Worker) -> None:
    """Every acknowledgement is read again before it leaves."""
    with office.ledger.reading() as db:
        known = [row["name"] for row in work.preapprovals(db)]
    for name in known:
        worker.preapprove(name, "")
