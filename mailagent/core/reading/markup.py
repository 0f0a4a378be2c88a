"""What the tags of a page mean for its text: which break the line, which hide, which the mail programs quote and sign with."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

#: The edge of a box, and of a paragraph.
LINE, PARAGRAPH = "\x01", "\x02"

_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
        "includetail",
    ]
)
#: Elements whose text runs on in the line around them.
INLINE = frozenset(["span", "font", "b", "i", "u", "em", "strong", "small", "big", "img", "sup", "sub", "tt", "code"])
#: What a tag writes by itself.
_INSTEAD = {"br": "\n", "li": "* ", "hr": "________________________________\n"}
_SPACED = frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "pre", "blockquote", "table"])
_DROPPED = frozenset(
    [
        "script",
        "style",
        "head",
        "title",
        "template",
        "noscript",
        "object",
        "embed",
        "iframe",
        "svg",
        "math",
        "select",
        "textarea",
        "base",
        "link",
        "meta",
    ]
)
_HIDDEN = re.compile(r"display\s*:\s*none|font-size\s*:\s*0+(?:\.0*)?(?![\d.])|mso-hide\s*:\s*all|visibility\s*:\s*hidden", re.I)
# A box without height of which nothing may stand out: how newsletters hide the words that only the list of mails shows.
_FLAT = re.compile(
    r"max-height\s*:\s*0+(?![\d.])(?=.*overflow\s*:\s*hidden)|overflow\s*:\s*hidden(?=.*max-height\s*:\s*0+(?![\d.]))", re.I | re.S
)

#: What mail programs wrap around the quoted mail: (attribute, value) → the element itself is the quotation.
_QUOTE_CLASSES = frozenset(
    [
        "gmail_quote",
        "gmail_quote_container",
        "gmail_attr",
        "yahoo_quoted",
        "protonmail_quote",
        "zmail_extra",
        "zmail_extra_hr",
        "tutanota_quote",
        "ntes-mailmaster-quote",
        "moz-cite-prefix",
        "moz-forward-container",
        "moz-email-headers-table",
        "ox_quote",
        "quoted-mail",
        "outlook_quote",
        "wordsection_quote",
        "ecxgmail_quote",
        "cloudhq__gmail_quote",
        "mailbirdquote",
        "airmail_ext_on",
        "gmail_default_quote",
        "x_gmail_quote",
        "x_moz-cite-prefix",
        "edo-quote",
    ]
)
_QUOTE_IDS = frozenset(["isreplycontent", "mail-editor-reference-message-container", "reply-intro", "x_reply-intro"])
#: From this element on, everything that follows it in its parent is the quoted mail.
_CUT_IDS = frozenset(
    [
        "divrplyfwdmsg",
        "appendonsend",
        "stopspelling",
        "x_divrplyfwdmsg",
        "x_appendonsend",
        "original-content",
        "divrplyfwdmsg_1",
        "olk_src_body_section",
    ]
)
_CUT_STYLE = re.compile(r"border-top\s*:\s*(?:solid\s+#?(?:E1E1E1|B5C4DF)|#?(?:E1E1E1|B5C4DF)\b.{0,20}solid)", re.I)
_CUT_STYLE_LOOSE = re.compile(r"border(?:-top)?\s*:\s*(?:none;\s*border-top\s*:\s*)?solid\s+#?(?:E1E1E1|B5C4DF)", re.I)
_SIGNATURE_CLASSES = frozenset(
    ["gmail_signature", "moz-signature", "gmail_signature_prefix", "protonmail_signature_block", "x_gmail_signature", "tutanota_signature"]
)
_SIGNATURE_IDS = frozenset(["signature", "applemailsignature", "x_signature", "ms-outlook-mobile-signature", "ntes-mailmaster-signature"])

_ATTRIBUTE = re.compile(r'([^\s="]+)="([^"]*)"')
_NUMBER = re.compile(r"&#(\d{1,7});")


class Tag(NamedTuple):
    """One tag as the walk over a page needs it.

    Attributes:
        name: without a namespace; a tag that opens and closes at once has both ``opens`` and ``closes``.
        before, after: what stands in the text in its place.
        hides: nothing inside is text.
        quotes: the element is a quotation. cuts: so is everything behind it in its box. signs: it is a signature.
        href: where a link leads; None for everything else.
    """

    name: str
    opens: bool = False
    closes: bool = False
    before: str = ""
    after: str = ""
    hides: bool = False
    quotes: bool = False
    cuts: bool = False
    signs: bool = False
    href: str | None = None


def tag_of(markup: str) -> Tag:
    """What stands between angle brackets in clean markup, read."""
    # Addresses of links are long and each is another: they would push the tags out that come again and again.
    return _remembered(markup) if len(markup) < 120 else _read(markup)


def unescape(text: str) -> str:
    """Text out of clean markup, where only what must be is escaped."""
    if "&" not in text:
        return text
    if "&#" in text:
        text = _NUMBER.sub(lambda match: chr(int(match[1])) if int(match[1]) < 0x110000 else "\ufffd", text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")


def _read(markup: str) -> Tag:
    if markup.startswith("/"):
        name = _name(markup[1:])
        return Tag(name, closes=True, after=_after(name))
    closes = markup.endswith("/")
    head, space, rest = markup.rstrip("/").partition(" ")
    name = _name(head)
    found: dict[str, str] = {}
    if space:
        for key, value in _ATTRIBUTE.findall(rest):
            found.setdefault(key.lower(), unescape(value))
    edge = PARAGRAPH if name in _SPACED else LINE if name in _BLOCKS else ""
    style = found.get("style", "")[:500]
    quotes = name == "includetail" or bool(found) and _is_quotation(name, found)
    return Tag(
        name,
        opens=True,
        closes=closes,
        before=edge + _INSTEAD.get(name, ""),
        after=_after(name) if closes else "",
        hides=name in _DROPPED
        or "hidden" in found
        or bool(style)
        and bool(_HIDDEN.search(style) or "max-h" in style and _FLAT.search(style)),
        quotes=quotes,
        cuts=not quotes and bool(found) and _cuts(name, found, style),
        signs=bool(found) and _signs(found),
        href=found["href"].strip()[:2000] if name == "a" and found.get("href") else None,
    )


_remembered = lru_cache(maxsize=4096)(_read)


def _name(markup: str) -> str:
    name = markup.rstrip(" /").lower()
    # Word ends its paragraphs with an empty ``o:p``, which is none.
    return name if name.startswith("o:") else name.rpartition(":")[2]


def _after(name: str) -> str:
    return PARAGRAPH if name in _SPACED else LINE if name in _BLOCKS else ""


def _is_quotation(name: str, found: dict[str, str]) -> bool:
    if name == "blockquote" and (found.get("type", "").lower() == "cite" or found.get("cite")):
        return True
    if found.get("data-marker") == "__QUOTED_TEXT__" or found.get("name", "").lower() in ("messagereplysection", "quote"):
        return True
    return found.get("id", "").lower() in _QUOTE_IDS or not _QUOTE_CLASSES.isdisjoint(found.get("class", "").lower().split())


def _cuts(name: str, found: dict[str, str], style: str) -> bool:
    if found.get("id", "").lower() in _CUT_IDS:
        return True
    return bool(style) and name in ("div", "p", "td") and bool(_CUT_STYLE.search(style) or _CUT_STYLE_LOOSE.search(style))


def _signs(found: dict[str, str]) -> bool:
    return found.get("id", "").lower() in _SIGNATURE_IDS or not _SIGNATURE_CLASSES.isdisjoint(found.get("class", "").lower().split())
