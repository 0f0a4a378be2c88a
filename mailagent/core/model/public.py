"""The public page on which buyers stop letters, as values: where it stands, and what it says in each language."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator

from mailagent.core.model.company import Table

#: A host name and a path of plain words: nothing that a header or a mail program could read as something else.
_PUBLIC_URL = re.compile(r"https://[a-z0-9](?:[a-z0-9.-]{0,200}[a-z0-9])?(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~-]{1,60}){0,4}", re.IGNORECASE)


class PublicPage(Table):
    """``mailagent.toml [unsubscribe]``: the page on which buyers stop letters with one click (RFC 8058; docs/unsubscribe.md).

    Attributes:
        public_url: the https address under which everybody reaches it, as "https://mail.acme.example"; "": there is no page.
        host, port: where it listens on this computer; the web server with the certificate passes requests on to it.
        trusted_proxy: the address of that web server, whose X-Forwarded-For is believed; "" if none stands before it.
        requests_per_minute: from one address; above it everybody is told to come back later. A signed wish to stop counts all the same.
    """

    public_url: str = ""
    host: str = "127.0.0.1"
    port: int = Field(8026, ge=0, le=65535)
    trusted_proxy: str = "127.0.0.1"
    requests_per_minute: int = Field(120, ge=1)

    @field_validator("public_url")
    @classmethod
    def _is_https(cls, value: str) -> str:
        value = value.rstrip("/")
        if value and not _PUBLIC_URL.fullmatch(value):
            raise ValueError(f'"{value}" is not an https address of letters, digits and slashes; write one as "https://mail.acme.example"')
        return value


class PageWords(Table):
    """``unsubscribe.toml [<xx>]``: what the page says in one language. ``{company}`` stands for our name.

    Attributes:
        direction: rtl for a language that is written from the right.
        title: above the page; asks: what the button does; all_letters, this_matter: the two choices; button: on it.
        done, done_matter: after it; otherwise: what to do if a letter comes all the same.
        not_understood, too_many, not_now: what could not be done, and what helps.
    """

    direction: Literal["ltr", "rtl"] = "ltr"
    title: str
    asks: str
    all_letters: str
    this_matter: str
    button: str
    done: str
    done_matter: str
    otherwise: str
    not_understood: str
    too_many: str
    not_now: str
