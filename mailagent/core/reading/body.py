"""The body of a mail as text: flowed lines joined, HTML walked, quotations in HTML found.

HTML is walked once, without recursion and in linear time: mail is hostile, and a page of 100,000 table cells or
3,000 nested boxes must cost milliseconds (``inscriptis`` takes seconds for the first and loses the second, measured).
What a reader cannot see (``display:none``, white space of the source, scripts) is not text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_TEXT = 2_000_000
MAX_LINKS = 500
MAX_CLIMB = 12

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
_HIDDEN = re.compile(r"display\s*:\s*none|font-size\s*:\s*0(?:\D|$)|mso-hide\s*:\s*all|visibility\s*:\s*hidden", re.I)

#: The edge of a box and of a paragraph; they become line ends when the whole text is there (`_tidy`).
_LINE, _PARAGRAPH = "\x01", "\x02"
_RUN = re.compile("[\x01\x02\n](?:[\x01\x02\n ]*[\x01\x02\n])?")

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


@dataclass(frozen=True)
class Page:
    """An HTML body read: all of it, and apart what the mail program itself marked as quotation or signature.

    Attributes:
        own: the text outside the marked quotations; equal to ``text`` when nothing was marked.
        signature: the text that the mail program marked as signature; it is part of ``own`` as well.
    """

    text: str
    own: str
    signature: str
    links: tuple[tuple[str, str], ...]


def unflow(text: str, delete_space: bool = False) -> str:
    """Text of ``format=flowed`` with its paragraphs on one line each (RFC 3676).

    A line that ends with a space goes on in the next one of the same quote depth; ``-- `` never does.
    """
    lines: list[str] = []
    open_depth = -1
    for raw in text.replace("\r\n", "\n").split("\n"):
        depth = len(raw) - len(raw.lstrip(">"))
        line = raw[depth:]
        line = line[1:] if line.startswith(" ") else line
        flows = line.endswith(" ") and line != "-- "
        kept = line[:-1] if flows and delete_space else line
        if open_depth == depth and lines and line != "-- ":
            lines[-1] += kept
        else:
            lines.append(">" * depth + (" " if depth else "") + kept)
        open_depth = depth if flows else -1
    return "\n".join(lines)


def read_html(html: str) -> Page:
    """The visible text of an HTML body, its links, and what the mail program marked as quoted or signed."""
    html = html[:MAX_TEXT]
    root = _tree(html)
    if root is None:
        text = _tidy(re.sub(r"<[^<>]{0,2000}>", " ", html))
        return Page(text, text, "", ())
    quoted = _quotations(root)
    text, links = _text(root, frozenset())
    own = _text(root, quoted)[0] if quoted else text
    if not own.strip():
        own = text
    signature = "\n".join(filter(None, (_text(element, quoted)[0] for element in _signatures(root, quoted))))
    return Page(text, own, signature, links)


def _tree(html: str):
    from lxml import etree
    from lxml import html as lxml_html

    # A NUL ends the text for libxml2, and an XML declaration makes lxml refuse a str.
    source = re.sub(r"^\s*<\?xml[^>]{0,200}\?>", "", re.sub("[\x00-\x02]", "", html))
    if not source.strip():
        return None
    try:
        root = lxml_html.document_fromstring(source, parser=lxml_html.HTMLParser(remove_comments=True, remove_pis=True, huge_tree=True))
    except (etree.LxmlError, ValueError, AssertionError):
        return None
    return root


def _tag(element) -> str:
    tag = element.tag
    return tag.rpartition(":")[2].lower() if isinstance(tag, str) else ""


def _words_of(element, attribute: str) -> list[str]:
    return (element.get(attribute) or "").lower().split()


def _quotations(root) -> frozenset:
    """Elements that are quotation, with all that follows a cutting line inside its parent."""
    found = set()
    for element in root.iter():
        tag = _tag(element)
        # What already follows a cut is skipped, or siblings would be counted again for each of them.
        if not tag or element in found or (not element.attrib and tag != "includetail"):
            continue
        if _is_quotation(element, tag):
            found.add(element)
        elif _cuts(element, tag):
            found.add(element)
            # Outlook wraps the line in boxes of its own: climb while it is the first thing in its box.
            top = element
            for _ in range(MAX_CLIMB):
                if not _is_first_in_box(top):
                    break
                top = top.getparent()
            found.add(top)
            found.update(top.itersiblings())
    return frozenset(found)


def _is_first_in_box(element) -> bool:
    box = element.getparent()
    return box is not None and _tag(box) == "div" and element.getprevious() is None and not (box.text or "").strip()


def _is_quotation(element, tag: str) -> bool:
    if tag == "includetail":
        return True
    if tag == "blockquote" and ((element.get("type") or "").lower() == "cite" or element.get("cite")):
        return True
    if element.get("data-marker") == "__QUOTED_TEXT__" or (element.get("name") or "").lower() in ("messagereplysection", "quote"):
        return True
    if (element.get("id") or "").lower() in _QUOTE_IDS:
        return True
    return any(word in _QUOTE_CLASSES for word in _words_of(element, "class"))


def _cuts(element, tag: str) -> bool:
    if (element.get("id") or "").lower() in _CUT_IDS:
        return True
    style = element.get("style") or ""
    return tag in ("div", "p", "td") and bool(_CUT_STYLE.search(style[:500]) or _CUT_STYLE_LOOSE.search(style[:500]))


def _signatures(root, quoted: frozenset) -> list:
    found = []
    for element in root.iter():
        if not isinstance(element.tag, str) or not element.attrib:
            continue
        marked = (element.get("id") or "").lower() in _SIGNATURE_IDS or any(w in _SIGNATURE_CLASSES for w in _words_of(element, "class"))
        if marked and not any(up in quoted or up in found for up in (element, *element.iterancestors())):
            found.append(element)
        if len(found) >= 20:
            break
    return found


def _text(root, skip: frozenset) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Walk the tree with a stack of our own (no recursion); returns the text and the links in it."""
    out: list[str] = []
    links: list[tuple[str, str]] = []
    # A step is (what, element): "open" handles the element, "close" ends it and adds its tail.
    stack: list[tuple[str, object, object]] = [("open", root, None)]
    preformatted = 0
    while stack:
        what, element, memory = stack.pop()
        if what == "close":
            tag = _tag(element)
            if tag in _BLOCKS:
                out.append(_PARAGRAPH if tag in _SPACED else _LINE)
            elif tag in ("td", "th"):
                out.append(" | " if memory == "cell" else " ")
            if tag == "pre":
                preformatted -= 1
            if tag == "a" and memory is not None and len(links) < MAX_LINKS:
                start, href = memory
                links.append((_squeeze("".join(out[start:]))[:300], href))
            if element is not root and element.tail:
                out.append(element.tail if preformatted else _squeeze_keep(element.tail))
            continue
        tag = _tag(element)
        if not tag or tag in _DROPPED or element in skip or _HIDDEN.search((element.get("style") or "")[:500]):
            if element is not root and element.tail:
                out.append(element.tail if preformatted else _squeeze_keep(element.tail))
            continue
        memory = None
        if tag in _BLOCKS:
            out.append(_PARAGRAPH if tag in _SPACED else _LINE)
        if tag == "br":
            out.append("\n")
        elif tag == "li":
            out.append("* ")
        elif tag == "hr":
            out.append("________________________________\n")
        elif tag == "pre":
            preformatted += 1
        elif tag == "a" and element.get("href"):
            memory = (len(out), element.get("href").strip()[:2000])
        elif tag in ("td", "th") and element.getnext() is not None:
            memory = "cell"
        if element.text:
            out.append(element.text if preformatted else _squeeze_keep(element.text))
        stack.append(("close", element, memory))
        children = list(element)
        stack.extend(("open", child, None) for child in reversed(children))
    return _tidy("".join(out)), tuple(links)


def _squeeze(text: str) -> str:
    return " ".join(text.split())


def _squeeze_keep(text: str) -> str:
    """White space of the source as HTML shows it: one space, also at the ends; a hard space stays a space."""
    return re.sub(r"[ \t\r\n\f\u00a0]+", " ", text)


def _breaks(match: re.Match) -> str:
    """A run of boxes' edges and ``<br>``: edges together are one line end, each ``<br>`` is one more."""
    run = match[0]
    if _PARAGRAPH in run:
        return "\n\n"
    return "\n" * max(1, run.count("\n") + run.startswith(_LINE))


def _tidy(text: str) -> str:
    """Lines without spaces at their ends, and at most one empty line between two."""
    text = _RUN.sub(_breaks, text)
    lines = [re.sub(r"^[ \t]+|[ \t]+$", "", line) for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
