"""The body of a mail as text: flowed lines joined, HTML walked, quotations in HTML found.

Theory. lxml repairs the page and writes it out again as clean markup, both in C; what is left is a row of tags and texts that
one loop reads, without recursion and in linear time, for mail is hostile: a page of 100,000 table cells or 3,000
nested boxes must cost milliseconds (``inscriptis`` takes seconds for the first and loses the second, measured; a walk over
lxml's elements in Python costs four times as much as the loop). What a reader cannot see (``display:none``, white space of the
source, scripts) is not text. What each tag means is in ``markup``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from html import unescape as whole_unescape

from mailagent.core.reading.markup import INLINE, LINE, PARAGRAPH, Tag, tag_of, unescape

MAX_TEXT = 2_000_000
MAX_LINKS = 500
MAX_CLIMB = 12
MAX_SIGNATURES = 20

#: Edges of boxes and paragraphs; they become line ends when the whole text is there (`_tidy`).
_RUN = re.compile(f"[{LINE}{PARAGRAPH}\n](?:[{LINE}{PARAGRAPH}\n ]*[{LINE}{PARAGRAPH}\n])?")
_TAG = re.compile("<([^>]*)>")
#: Elements whose links are no text; styles that hide, each behind the word that it begins with.
_HIDING = ("<noscript", "<template", "<object", "<iframe", "<svg", "<math", "<select", "<textarea", "<embed")
_HIDING_STYLES = {
    "display": re.compile(r"display\s*:\s*none"),
    "font-size": re.compile(r"font-size\s*:\s*0+(?:\.0*)?(?![\d.])"),
    "max-height": re.compile(r"max-height\s*:\s*0+(?![\d.])"),
    "mso-hide": re.compile(r"mso-hide\s*:\s*all"),
    "visibility": re.compile(r"visibility\s*:\s*hidden"),
}
_DECLARATION = re.compile(r"^\s{0,200}<\?xml[^>]{0,200}\?>")
# Where a page ends, and what may stand behind it without being lost.
_PAGE_END = re.compile(r"</(?:[hH][tT][mM][lL]|[bB][oO][dD][yY])\s*>")
_ONLY_ENDS = re.compile(r"\s*(?:</(?:html|body)\s*>\s*){0,4}$", re.I)
_NO_MARKS = str.maketrans({LINE: " ", PARAGRAPH: " "})
_parser = None


@dataclass(frozen=True)
class Page:
    """An HTML body read: all of it, and apart what the mail program itself marked as quotation or signature.

    Attributes:
        own: the text outside the marked quotations, each of which is a line ``>``; equal to ``text`` when nothing was marked.
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
    pieces: list[str] = []
    open_depth = -1
    for raw in text.replace("\r\n", "\n").split("\n"):
        depth = len(raw) - len(raw.lstrip(">"))
        line = raw[depth:]
        line = line[1:] if line.startswith(" ") else line
        flows = line.endswith(" ") and line != "-- "
        kept = line[:-1] if flows and delete_space else line
        if open_depth != depth or line == "-- ":
            pieces.append("\n" + ">" * depth + " " if depth else "\n")
        pieces.append(kept)
        open_depth = depth if flows else -1
    return "".join(pieces)[1:]


def glance(html: str, length: int) -> tuple[tuple[str, str], ...] | Page:
    """The links of a page that says no more than the plain text beside it, without reading it all.

    Args:
        length: the longest that its text may be.
    Returns:
        what ``read_html`` would give as links; the whole page where it must be read: its text may be longer, the mail program
        marked a signature, something is hidden, or a link holds more than words.
    """
    html = html[:MAX_TEXT]
    if "ignature" in html or "IGNATURE" in html:
        return read_html(html)
    rules = 40 * (html.count("<hr") + html.count("<HR"))
    linked = "<a" in html or "<A" in html
    if not linked and len(html) + rules <= length:
        return ()
    lowered = html.lower()
    for word in _HIDING:
        if word in lowered:
            return read_html(html)
    for word, style in _HIDING_STYLES.items():
        if word in lowered and style.search(lowered):
            return read_html(html)
    root = _tree(html)
    page = None if root is None else root.find("body")
    if page is None or _length(page) + 4 * html.count("<") + rules > length:
        return _page(html, root)
    links: list[tuple[str, str]] = []
    for link in root.iter("a") if linked else ():
        href = link.get("href")
        if not href:
            continue
        if len(links) >= MAX_LINKS or len(link) and any(child.tag not in INLINE for child in link.iterdescendants()):
            return _page(html, root)
        links.append((" ".join("".join(link.itertext()).split())[:300], href.strip()[:2000]))
    return tuple(links)


def _length(page) -> int:
    from lxml import etree

    return len(etree.tostring(page, method="text", encoding="unicode", with_tail=False))


def read_html(html: str) -> Page:
    """The visible text of an HTML body, its links, and what the mail program marked as quoted or signed."""
    html = html[:MAX_TEXT]
    if "<" not in html:
        # Plain text that only says it is a page: its lines are all the shape that it has.
        text = _tidy(whole_unescape(html).translate(_NO_MARKS))
        return Page(text, text, "", ())
    return _page(html, _tree(html))


def _page(html: str, root) -> Page:
    """The page that lxml understood so, read."""
    markup = _cleaned(root)
    if markup is None:
        text = _tidy(re.sub(r"<[^<>]{0,2000}>", " ", html))
        return Page(text, text, "", ())
    raw_texts = "<pre" in markup
    pieces = _TAG.split(markup if raw_texts else _one_spaced(markup))
    tags, texts = [tag_of(piece) for piece in pieces[1::2]], pieces[2::2]
    if raw_texts:
        texts = _spaced_outside_pre(tags, texts)
    if any(tag.quotes or tag.cuts or tag.signs for tag in tags):
        return _read_marked(tags, texts)
    text, links = _read(tags, texts)
    return Page(text, text, "", links)


def _tree(html: str):
    """The page as lxml understands it; None if it understands nothing."""
    global _parser
    from lxml import etree

    # A NUL ends the text for libxml2, and an XML declaration makes lxml refuse a str.
    source = _open_ended(_DECLARATION.sub("", html.replace("\x00", "")))
    if not source.strip():
        return None
    _parser = _parser or etree.HTMLParser(remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        return etree.fromstring(source, _parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None


def _open_ended(source: str) -> str:
    """The page without its ends where more stands behind them: libxml2 drops it, and every mail program shows it."""
    first = _PAGE_END.search(source)
    if first is None or _ONLY_ENDS.match(source, first.end()):
        return source
    return _PAGE_END.sub(" ", source)


def _cleaned(root) -> str | None:
    """The page as lxml understands it, written out again; None if it understands nothing."""
    from lxml import etree

    if root is None:
        return None
    try:
        # With the DOCTYPE of XHTML it would be written in another way, with ids made up from names.
        root.getroottree().docinfo.clear()
        for element in root.iter("script", "style"):
            element.text = None
        # The sign stands for control characters, which nobody sees.
        return etree.tostring(root, encoding="unicode", with_tail=False).replace("&#xFFFD;", "")
    except (etree.LxmlError, ValueError, AssertionError):
        return None


def _read(tags: list[Tag], texts: list[str]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The text and the links of a page in which nothing is marked."""
    out: list[str] = []
    links: list[tuple[str, str]] = []
    anchors: list[tuple[int, str | None]] = []
    hidden = 0
    for number, (tag, text) in enumerate(zip(tags, texts, strict=True)):
        if hidden:
            hidden += tag.opens - tag.closes
            if hidden:
                continue
        elif tag.opens:
            if tag.hides:
                if not tag.closes:
                    hidden = 1
                    continue
            else:
                if tag.before:
                    out.append(tag.before)
                if tag.name == "a":
                    anchors.append((len(out), tag.href))
                if tag.closes:
                    _close(tags, number, out, anchors, links)
        else:
            _close(tags, number, out, anchors, links)
        if text:
            out.append(text)
    return _tidy(unescape("".join(out))), tuple(links)


def _close(tags: list[Tag], number: int, out: list[str], anchors: list, links: list) -> None:
    tag = tags[number]
    if tag.after:
        out.append(tag.after)
    elif tag.name in ("td", "th"):
        out.append(" | " if number + 1 < len(tags) and tags[number + 1].opens else " ")
    elif tag.name == "a" and anchors:
        start, href = anchors.pop()
        if href is not None and len(links) < MAX_LINKS:
            links.append((" ".join(unescape("".join(out[start:])).translate(_NO_MARKS).split())[:300], href))


class _Box:
    """An open element on the way down to the place where the walk is.

    Attributes:
        start: where its text begins in what is outside quotations.
        first: nothing stands before it in the box around it.
        cut: what still follows in it is quotation.
        hidden, quoted: it cannot be seen; it is (in) a quotation.
    """

    __slots__ = ("cut", "first", "hidden", "name", "quoted", "signed", "start", "touched")

    def __init__(self, name: str, start: int, first: bool, hidden: bool, quoted: bool) -> None:
        self.name, self.start, self.first, self.hidden, self.quoted = name, start, first, hidden, quoted
        self.cut = self.touched = False
        self.signed = -1


def _read_marked(tags: list[Tag], texts: list[str]) -> Page:
    """The whole text, and the text outside what the mail program marked as quotation."""
    out: list[str] = []
    own: list[str] = []
    links: list[tuple[str, str]] = []
    anchors: list[tuple[int, str | None]] = []
    signatures: list[str] = []
    boxes = [_Box("", 0, False, False, False)]
    marked = signing = False
    for number, (tag, text) in enumerate(zip(tags, texts, strict=True)):
        if tag.opens and tag.closes and not (tag.cuts or tag.quotes):
            around = boxes[-1]
            if not around.hidden and not tag.hides and tag.before + tag.after:
                out.append(tag.before + tag.after)
                if not around.quoted and not around.cut:
                    own.append(tag.before + tag.after)
            around.touched = True
        elif tag.opens:
            around = boxes[-1]
            box = _Box(
                tag.name,
                len(own),
                around.name == "div" and not around.touched,
                around.hidden or tag.hides,
                around.quoted or around.cut or tag.quotes,
            )
            around.touched = True
            boxes.append(box)
            if tag.cuts and not around.cut:
                _cut(boxes, own)
            elif tag.quotes and not around.quoted and not around.cut:
                own.append(f"{LINE}>{LINE}")
            marked = marked or box.quoted
            if tag.signs and not signing and not box.quoted and len(signatures) < MAX_SIGNATURES:
                box.signed, signing = len(own), True
            if not box.hidden:
                if tag.before:
                    out.append(tag.before)
                    if not box.quoted:
                        own.append(tag.before)
                if tag.name == "a":
                    anchors.append((len(out), tag.href))
        if tag.closes and len(boxes) > 1 and not (tag.opens and not tag.cuts and not tag.quotes):
            box = boxes.pop()
            if not box.hidden:
                written = len(out)
                _close(tags, number, out, anchors, links)
                if not box.quoted:
                    own.extend(out[written:])
            if box.signed >= 0:
                signatures.append(_tidy(unescape("".join(own[box.signed :]))))
                signing = False
        around = boxes[-1]
        if text and not around.hidden:
            out.append(text)
            if not around.quoted:
                own.append(text)
        if text and not around.touched and not text.isspace():
            around.touched = True
    whole = _tidy(unescape("".join(out)))
    left = _tidy(unescape("".join(own))) if marked else whole
    return Page(whole, left if left.strip("> \n") else whole, "\n".join(filter(None, signatures)), tuple(links))


def _cut(boxes: list[_Box], own: list[str]) -> None:
    """Take the innermost box and all that will follow in the box around it for quotation.

    Outlook wraps the line in boxes of its own: climb while it is the first thing in its box.
    """
    top = len(boxes) - 1
    for _ in range(MAX_CLIMB):
        if not boxes[top].first:
            break
        top -= 1
    for box in boxes[top:]:
        box.quoted = True
    if top:
        boxes[top - 1].cut = True
    del own[boxes[top].start :]


def _one_spaced(markup: str) -> str:
    """White space of the source as HTML shows it: one space; a hard space stays a space."""
    for space in ("\n", "\t", "\u00a0", "\f", "\r", "&#13;"):
        if space in markup:
            markup = markup.replace(space, " ")
    while "  " in markup:
        markup = markup.replace("  ", " ")
    return markup


def _spaced_outside_pre(tags: list[Tag], texts: list[str]) -> list[str]:
    depth, found = 0, []
    for tag, text in zip(tags, texts, strict=True):
        if tag.name == "pre":
            depth += tag.opens - tag.closes
        found.append(text if depth else _one_spaced(text))
    return found


@lru_cache(maxsize=1024)
def _breaks(run: str) -> str:
    """A run of boxes' edges and ``<br>``: edges together are one line end, each ``<br>`` is one more."""
    if PARAGRAPH in run:
        return "\n\n"
    return "\n" * max(1, run.count("\n") + run.startswith(LINE))


def _tidy(text: str) -> str:
    """Lines without spaces at their ends, and at most one empty line between two."""
    text = _RUN.sub(lambda match: _breaks(match[0][:200]), text)
    text = "\n".join([line.strip(" \t") for line in text.split("\n")])
    if "\n\n\n" in text:
        text = re.sub(r"\n{3,}", "\n\n", text)
    return text.strip("\n")
