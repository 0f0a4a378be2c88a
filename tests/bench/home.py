"""A fresh home folder of a garden-tool maker with one mailbox, as ``mailagent init`` would leave it."""

from __future__ import annotations

from pathlib import Path

import phrases
import tomli_w

ADDRESS_OF_BOSS = "boss@acme.example"


def write_home(home: Path, address: str, password: str, port: int) -> Path:
    """Everything an office needs to open: rules, catalogue and keys; the ledger is made by whoever opens it.

    Args:
        home: does not exist yet.
        address: the mailbox on the stage's Dovecot, at ``port`` of 127.0.0.1; the line is plain, as it was for the peers.
    """
    words = tuple(zip(*(phrases.PRODUCTS[language] for language in phrases.PRODUCTS), strict=True))
    products = [
        {"code": f"GT-{number}", "family": names[0], "name": {"en": names[0], "zh": names[-1]}, "price": 1.5 + number, "moq": 500}
        for number, names in enumerate(words, 1)
    ]
    rules = {
        "company": {
            "legal_name": "Acme Garden Tools Ltd.",
            "postal_address": "1 West Lake Road, Hangzhou 310000, China",
            "domains": ["acme.example"],
        },
        "person": [
            {"name": "Boss", "email": ADDRESS_OF_BOSS, "role": "manager", "takes_leads": False},
            {"name": "Li Wei", "email": "li.wei@acme.example", "role": "sales"},
        ],
        "mailbox": [
            {
                "name": "sales",
                "address": address,
                "imap_host": "127.0.0.1",
                "imap_port": port,
                "imap_security": "none",
                # Nothing is sent on this stage; the port is one where nobody answers.
                "smtp_host": "127.0.0.1",
                "smtp_port": 9,
                "smtp_security": "none",
            }
        ],
        # Everything in the mailbox is read, whatever its date.
        "reading": {"start_date": "2020-01-01"},
        "sending": {"letters": "off", "notices": "off"},
        "desk": {"port": 0},
    }
    catalogue = {"industry": ["garden tool*", "Garten*", "园林"], "families": {row[0]: list(row) for row in words}, "product": products}
    (home / "config").mkdir(parents=True)
    (home / "config" / "mailagent.toml").write_text(tomli_w.dumps(rules), "utf-8")
    (home / "config" / "catalogue.toml").write_text(tomli_w.dumps(catalogue), "utf-8")
    names = ("MAILAGENT_MESSAGE_ID_KEY", "MAILAGENT_SUPPRESSION_KEY", "MAILAGENT_DESK_SECRET")
    lines = [f"{name}={number:064x}" for number, name in enumerate(names, 1)]
    lines += [f"MAILAGENT_UNSUBSCRIBE_KEYS=1:{9:064x}", f"MAILAGENT_SALES_PASSWORD='{password}'"]
    env = home / ".env"
    env.touch(mode=0o600)
    env.write_text("\n".join(lines), "utf-8")
    return home
