"""Tables about persons' rights: who must not be written to, what is kept of somebody."""

from __future__ import annotations

from datetime import datetime

from rich.table import Table

from mailagent.core.model.policy import Policy
from mailagent.i18n import _
from mailagent.speech import words
from mailagent.terminal.screens import clip, local


def suppressions_table(rows: list[dict], policy: Policy) -> Table:
    """Everybody who must not be written to, the newest first. Of an erased person only the hash is known."""
    table = Table(title=_("Not to be written to"), title_justify="left", header_style="bold", expand=True)
    for name in (_("address"), _("since"), _("why"), _("the words")):
        table.add_column(name, ratio={_("the words"): 6, _("address"): 4}.get(name), overflow="fold")
    for row in rows:
        since = local(datetime.fromisoformat(row["created_at"]), policy, with_year=True)
        if row["scope"].startswith("campaign:"):
            address = _("only in lead {number}").format(number=row["scope"].partition(":")[2])
        else:
            address = clip(row["email"], 120) if row["email"] else _("erased, {hash}…").format(hash=row["key_hash"][:8])
        table.add_row(address, since, words.reason(row["reason"]), clip(row["evidence"], 200))
    return table
