"""The end of every letter: who we are, why we write, how to stop.

The law of most countries asks for the sender's legal name and postal address and for a plain way out, in the
letter's language (STANDARDS §4.6, §4.7). A company that has not filled in both cannot send at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from mailagent.core.model import policy as rules
from mailagent.core.writing.plain import dictionary_of_day, one_line
from mailagent.core.writing.templates import TemplateSet
from mailagent.errors import TemplateError

#: Stands between letter and footer; mail programs and our own reader cut there (RFC 3676 §4.3).
DELIMITER = "-- "


def build(
    company: rules.CompanyProfile,
    templates: TemplateSet,
    language: str,
    *,
    wrote_on: date | None = None,
    subject: str = "",
    wanted: Iterable[str] = (),
) -> str:
    """The footer of a letter to a buyer, without the "-- " line above it.

    Args:
        company: must have its legal name and postal address.
        wrote_on: the day of the buyer's own mail, on our calendar; None if he never wrote.
        subject: of that mail.
        wanted: what else of the company the law of his country wants there (``law.toml footer``).

    Raises:
        TemplateError: legal name or postal address is missing, or the template cannot be filled.
    """
    for key in dict.fromkeys(("legal_name", "postal_address", *wanted)):
        if not getattr(company, key, "").strip():
            raise TemplateError(f"mailagent.toml: company.{key}: fill it in, no letter may leave without it")
    variables: Mapping[str, object] = {
        "legal_name": one_line(company.legal_name),
        "postal_address": one_line(company.postal_address, 400),
        "website": one_line(company.website),
        "wrote_on": dictionary_of_day(wrote_on) if wrote_on else {},
        "subject": one_line(subject, 80),
    }
    return templates.render_part(language, "footer", variables)
