"""A lead's grade in sentences: fit and engagement apart, the other gradings beside the tier; the same for ``explain`` and the desk."""

from __future__ import annotations

from datetime import datetime

from mailagent.core.deciding import outlook
from mailagent.core.model.lead import Lead
from mailagent.core.model.policy import Policy
from mailagent.core.scoring import lifetime
from mailagent.i18n import _
from mailagent.ledger.leads import Standing


def lines(lead: Lead, standing: Standing, now: datetime, policy: Policy) -> list[str]:
    """What is to be said of a lead's grade beside its tier."""
    said = [points(standing, now, policy)]
    if standing.abcd:
        said.append(_("Grade {letter}: {meaning}").format(letter=standing.abcd, meaning=abcd(standing.abcd)))
    shown = outlook.show_class_of(lifetime.names(lead.memory))
    if shown:
        said.append(_("Met at a trade show: {what}").format(what=show_class(shown)))
    customer = lifetime.rfm(standing.business, now, policy) if lead.stage == "customer" or lead.tier == 1 else None
    if customer:
        what = _("As a customer {grade}: recency {r}, frequency {f}, money {m} (by his words {orders} orders, {payments} payments)")
        numbers = {"orders": standing.business.orders, "payments": standing.business.payments}
        said.append(what.format(grade=customer, r=customer.recency, f=customer.frequency, m=customer.money, **numbers))
    return said


def points(standing: Standing, now: datetime, policy: Policy) -> str:
    """Fit and engagement, and what is left of the latter."""
    days = (now - standing.heard_at).days
    left = lifetime.faded(standing.engagement, days, policy)
    if standing.engagement - left < 1:
        return _("Fit {fit} of 100, engagement {engagement} of 100").format(fit=f"{standing.fit:g}", engagement=f"{standing.engagement:g}")
    return _("Fit {fit} of 100, engagement {left} of 100 ({engagement} with the last mail, {days} days ago)").format(
        fit=f"{standing.fit:g}", left=f"{left:.0f}", engagement=f"{standing.engagement:g}", days=days
    )


def abcd(letter: str) -> str:
    """The other common grading of inquiries."""
    return {
        "A": _("asks for something specific"),
        "B": _("collects information or compares"),
        "C": _("invitation, tender or stock lots"),
        "D": _("hunts samples"),
    }[letter]


def show_class(code: str) -> str:
    """The class of somebody met at a trade show."""
    return {
        "signed": _("signed or ordered"),
        "intends_order": _("intends to order"),
        "disputes_terms": _("disputes a price or a term"),
        "asks_materials": _("wants material"),
        "just_looking": _("just looking"),
    }[code]
