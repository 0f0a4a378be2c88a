"""Messages and policies made by hand, for tests of the core that need no bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from mailagent import policy
from mailagent.core.model.address import Address
from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Catalogue, CompanyProfile, Policy, Product

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)

# Another trade than the shipped example, so that nothing can be written for lamps alone.
BEARINGS = Catalogue(
    industry=("bearing", "轴承", "rodamiento", "подшипник*"),
    families={"pillow block": ("pillow block", "带座轴承", "UCP###"), "taper roller": ("taper roller", "302##")},
    product=(
        Product(code="6204-2RS", name={"en": "deep groove ball bearing 6204", "zh": "深沟球轴承6204"}, aliases=("6204RS",)),
        Product(code="NU 312 ECP", name={"en": "cylindrical roller bearing NU 312"}),
    ),
)


LUMENA = Path(__file__).resolve().parents[2] / "mailagent" / "demo" / "company"


@lru_cache(maxsize=1)
def lamp_policy() -> Policy:
    """The shipped rules and the goods of the demo's company, for a company with one domain."""
    company = CompanyProfile(legal_name="Lumena Lighting Co., Ltd.", domains=("lumena.example",))
    return policy.load(None).model_copy(update={"company": company, "catalogue": policy.load(LUMENA).catalogue})


@lru_cache(maxsize=1)
def bearing_policy() -> Policy:
    """The same rules for a bearing maker."""
    return lamp_policy().model_copy(update={"catalogue": BEARINGS})


def mail(words: str = "", subject: str = "", sender: str = "Ann Field <ann@fieldworks.example>", **more) -> InboundMessage:
    """A mail as ``parse`` would read it."""
    name, _, email = sender.rpartition("<")
    address = Address(name.strip(), email.strip("> "))
    fields = {"text": words, **more}
    return InboundMessage("0" * 64, "m1@fieldworks.example", address, NOON, subject=subject, words=words, **fields)
