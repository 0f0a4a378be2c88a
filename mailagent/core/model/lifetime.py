"""``tiers.toml [lifetime]`` and ``[rfm]``: how a lead's grade lives on between the mails, and how customers are told apart."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from mailagent.core.model.company import Table


class Lifetime(Table):
    """``tiers.toml [lifetime]``: up at once, down slowly.

    Attributes:
        remembers_days: what earlier mails of a matter said counts for its tier for so long.
        half_life_days: interest that was shown earlier counts half as much after so many days.
        cools_after_days: after so long without a mail of the buyer a lead goes one tier down, and again after as long; 0: never.
        cools: the tiers that cool; customers and those near an order do not.
    """

    remembers_days: int = Field(120, ge=1, le=3650)
    half_life_days: float = Field(45, gt=0, le=3650)
    cools_after_days: int = Field(120, ge=0, le=3650)
    cools: tuple[Literal[2, 3], ...] = (2, 3)


class Rfm(Table):
    """``tiers.toml [rfm]``: customers in grades from 5 (best) to 1, by when they ordered last, how often, and how often they paid.

    Attributes:
        recency_days: the last order was at most so many days ago for a 5, 4, 3, 2.
        orders, payments: so many orders, so many payments for a 5, 4, 3, 2.
    """

    recency_days: tuple[int, int, int, int] = (60, 120, 240, 480)
    orders: tuple[int, int, int, int] = (8, 4, 2, 1)
    payments: tuple[int, int, int, int] = (8, 4, 2, 1)

    @model_validator(mode="after")
    def _in_order(self) -> Rfm:
        if tuple(sorted(self.recency_days)) != self.recency_days:
            raise ValueError("recency_days must grow from the best grade to the worst, as [60, 120, 240, 480]")
        for name in ("orders", "payments"):
            if tuple(sorted(getattr(self, name), reverse=True)) != getattr(self, name):
                raise ValueError(f"{name} must fall from the best grade to the worst, as [8, 4, 2, 1]")
        return self
