"""What mail programs write above a quoted mail, in the languages of the world.

Three kinds of mark, tried in this order at every line:

* a *separator*: ``-----Original Message-----``, ``Begin forwarded message:``, ``------ 原始邮件 ------``;
* a *header block*: ``From: … Sent: … To: … Subject: …``, in any order, at least three of them with an address or time;
* an *attribution*: ``On Friday Jane <j@x> wrote:``, on one to four lines, known by its verb or by date and address.

A mark must prove itself by more than one sign, because buyers write "From: Shanghai, To: Hamburg" as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from mailagent.core.reading.anchors import Anchors
from mailagent.core.reading.quote_words import FORWARD_STEMS, KEYS, PLAIN_ENDS, SEPARATOR_WORDS, VERBS_AT_END, VERBS_BEFORE

ADDRESS = r"[^\s<>()@\[\]:]{1,80}@[^\s<>()@\[\]]{1,120}"
_INDENT = r"^[>\s*|_\u3000]{0,40}"

_KEY = {name: re.compile(rf"{_INDENT}(?:{words})[\s*_\u3000]{{0,6}}(?:[:：]|\|)(?P<value>.*)$", re.I) for name, words in KEYS.items()}
_TIME = re.compile(r"\d{1,2}[:.h]\d{2}|\d{1,2}点|\d{1,2}時|\b(?:19|20)\d\d\b|[٠-٩]{2,4}")

_WROTE_AT_END = re.compile(
    r"(?:\bwrote|\bwrites|\bsaid|\ba\s+écrit|\ba\s+ecrit|\bescribió|\bescribio|\bescreveu|\bha\s+scritto|"
    r"\bnapisał(?:\(a\)|a)?|\bgeschreven|\bgeschrieben|\bschrieb|"
    r"\bskrev|\bkirjoitti|\bнаписал(?:\(а\)|а)?|\bпишет|\bпише|\byazdı|\ba\s+scris|\bnapsal(?:\(a\)|a)?|"
    r"\bnapísal(?:\(a\))?|\bírta|\bđã viết|\bmenulis|"
    r"写道|寫道|写到|님이 작성|님이\s*작성(?:하였습니다|함)?|작성|のメール|書きました|wrote ---|كتب(?:ت)?|"
    r"เขียนว่า|เขียน|έγραψε|ha escrit)\s*[*_]?\s*[:：]?\s*[*_]?\s*$",
    re.I,
)
_WROTE_BEFORE_NAME = re.compile(
    r"(?:\bschrieb|\bschreef|\bskrev|\bkirjoitti|\bhar\b.{0,80}\bskrevet|بواسطة|\bnapsal|\bnapísal|\bírta|"
    r"מאת|\bот\b|\bвід\b)(?:\s|\b).{0,160}[:：]\s*$|"
    # "Jane wrote on 17.11.2026 15:04:", with nothing but the time behind it.
    r"\b(?:wrote on|a écrit le|escribió el|escreveu em|ha scritto il|napisał w dniu)\b[\s\d.,:/-]{6,40}[:：]\s*$",
    re.I,
)
_DASHED = re.compile(r"^[-–—]{2,}\s?(\S.{8,300}?)\s?[-–—]{2,}$")
_SENTENCE = re.compile(r"[.!?。！？]\s+\S.{40,}")
_STOP = re.compile("[.!?。！？]")
_DIGIT = re.compile(r"\d")
_SHORTENED = re.compile(r"\b\w{1,5}\.")
_DATE = re.compile(
    r"\b(?:19|20)\d\d\b|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{1,2}:\d{2}|(?:19|20)\d\d\s?[年년]|[٠-٩]{4}|\d{1,2}月\d{1,2}日",
)
_ENDS_WITH_COLON = re.compile(r"[:：]\s*[*_]?\s*$")
_ENDS_LIKE_ATTRIBUTION = re.compile(
    r"[:：]\s*[*_]{0,2}\s*$|\b(?:wrote|schrieb|escreveu|escribió|a écrit|ha scritto|yazdı)\s*[-*_]{0,"
    r"4}\s*$|写道|寫道|작성\s*$",
    re.I,
)
_OPENER = re.compile(
    r"^[>\s*]{0,20}(?:On|At|Am|Le|El|Em|No dia|Il|Il giorno|Op|W dniu|Den|Dne|Dňa|Vào|Pada|La|În|Ma|A|On "
    r"behalf|在|于|於|В|пн|вт|ср|чт|пт|сб|вс|فى|في|בתאריך|ב-|ในวัน)[\s,.:]",
    re.I,
)
_LINK_ADDRESS = re.compile(
    rf"<\s*(?:mailto:)?{ADDRESS}\s*>|\[\s*(?:mailto:)?{ADDRESS}\s*\]|\(\s*<?(?:mailto:)?{ADDRESS}>?\s*\)|"
    rf"\s\"?{ADDRESS}\"?\s*[:：]|,\s*{ADDRESS}",
    re.I,
)

_SEPARATOR = re.compile(rf"{_INDENT}[-_=—–*#]{{2,}}\s*(?:{SEPARATOR_WORDS})\s*[:：]?\s*[-_=—–*#]{{2,}}[\s*]*$", re.I)
#: Yahoo puts the whole header block behind the dashes, on the same line and without spaces between its keys.
_GLUED = re.compile(
    rf"{_INDENT}-{{3,}}\s?(?:{SEPARATOR_WORDS}|[^-\n]{{3,40}})\s?-{{3,}}\s{{1,5}}[^:：<>\n]{{1,"
    rf"20}}[:：]\s?(?P<from>[^<>\n]{{0,120}}<{ADDRESS}>)",
    re.I,
)
_FORWARD_LINE = re.compile(
    rf"{_INDENT}(?:begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-?mail)|début du "
    rf"message (?:réexpédié|transféré)|inicio del mensaje reenviado|início da mensagem (?:reencaminhada|"
    rf"encaminhada)|inizio messaggio inoltrato|"
    r"begin doorgestuurd bericht|начало переадресованного сообщения|начало пересылаемого сообщения|"
    r"iletilen mesajın başlangıcı|下面是被转发的邮件|以下是轉寄的郵件|開始轉寄郵件|転送されたメッセージ|"
    r"전달된 메시지의 시작|بدء الرسالة المُ?عاد "
    r"توجيهها|"
    r"začátek přeposílané zprávy|začiatok preposlanej správy|start på videresendt besked|videresendt "
    r"melding|välitetty viesti alkaa|vidarebefordrat brev|początek przekazywanej wiadomości|továbbított "
    r"levél kezdete|început mesaj redirecționat|începe mesajul redirecționat|початок листа, що пересилається|"
    r"započni proslijeđenu poruku|mulai pesan terusan|bắt đầu thư được chuyển tiếp|"
    r"เริ่มต้นข้อความที่ส่งต่อ|תחילת ההודעה שהועברה)\s*[:：]?\s*$",
    re.I,
)
_FORWARD_STEMS = Anchors({"forward": FORWARD_STEMS})
_RULE = re.compile(r"^[\s>*]{0,10}(?:[-_=—–]{3,}|[-_=]{2,}.{1,80}[-_=]{2,})\s*$")


#: What a separator, a rule or an indented mark begins with.
_EDGES = frozenset("-_=—–*#>|")
_ENDINGS = " \t*_:：-\u00a0\u202f\u3000"
_RULED = " \t>*|_\u3000\u00a0-=—–#:："
_INDENTS = " \t>*|_\u3000\u00a0"
#: The last letters of the verbs that end an attribution without a colon.
_LAST_LETTERS = frozenset("eEbBuUóÓtToOıIİ道성")
_AFTER_COLON = frozenset(":：*_")
_LAST_SIGNS = _AFTER_COLON | {"-"}
#: What the ASCII ones among the lines of ``_FORWARD_LINE`` begin with.
_FORWARD_STARTS = frozenset(["begi", "anfa", "inic", "iniz", "ilet", "star", "vide", "vida", "pocz", "zapo", "mula"])
_FORWARD_FIRST = frozenset("baidvspzmBAIDVSPZM")
_VERBS = ("wrote", "schrieb", "escreveu", "escribió", "a écrit", "ha scritto", "yazdı", "yazdi", "写道", "寫道", "작성")
_COLONS = re.compile("[:：|]")


def candidates(lines: list[str]) -> Iterator[int]:
    """The lines that can be a mark, judged by single characters; whoever is not among them surely is none.

    A mark may itself carry ``>`` as its program's habit (mail.ru, Apple), when no quotation stands right above it.
    """
    quoted = -9
    forwards: bool | None = None
    for i, line in enumerate(lines):
        bare = line.lstrip()
        if not bare:
            continue
        first, last = bare[0], bare[-1]
        if first == ">":
            above, quoted = quoted, i
            if i - above <= 3:
                continue
        if last in _LAST_SIGNS or first in _EDGES:
            yield i
        elif ":" in bare or "：" in bare or "|" in bare:
            if last in _LAST_LETTERS and bare[-10:].lower().endswith(_VERBS) or ":  " in bare and "@" in bare or _begins_with_key(bare):
                yield i
        elif last in _LAST_LETTERS and bare[-10:].lower().endswith(_VERBS):
            yield i
        elif (first in _FORWARD_FIRST or first > "\x7f") and len(bare) < 200 and _may_forward(bare):
            if forwards is None:
                forwards = bool(_FORWARD_STEMS.present("\n".join(lines).lower()))
            if forwards and _FORWARD_LINE.match(bare):
                yield i


def _may_forward(bare: str) -> bool:
    """Whether a line can be one of ``_FORWARD_LINE``, judged by its first letters."""
    start = bare[:4]
    return not start.isascii() or start[:1] in _EDGES or start.lower() in _FORWARD_STARTS


@lru_cache(maxsize=1024)
def _folded(key: str) -> str:
    return "".join(key.split()).lower().replace("i\u0307", "i").replace("ı", "i")


def _spellings(pattern: str) -> list[str]:
    """The words that a plain pattern of optional groups can match."""
    group = re.search(r"\(\?:([^()]*)\)(\?)?", pattern)
    if not group:
        return [pattern.replace("\\s?", "")]
    choices = [*group[1].split("|"), *([""] if group[2] else [])]
    return [word for choice in choices for word in _spellings(pattern[: group.start()] + choice + pattern[group.end() :])]


_KEY_WORDS = frozenset(
    _folded(word) for words in KEYS.values() for pattern in re.findall(r"(?:[^|()]|\([^()]*\))+", words) for word in _spellings(pattern)
)


def _is_edged(line: str) -> bool:
    return line.lstrip(" \t>|\u3000\u00a0")[:1] in _EDGES


def _begins_with_key(line: str) -> bool:
    """Whether a line begins with the name of a header, whatever follows."""
    head = line[:60].lstrip(_INDENTS)
    colon = _COLONS.search(head)
    return bool(colon) and _folded(head[: colon.start()].rstrip(" \t*_\u3000\u00a0")) in _KEY_WORDS


def separator(lines: list[str], i: int) -> int:
    """How many lines a separator at line ``i`` takes; 0 if there is none."""
    line = lines[i]
    if "---" in line and _GLUED.match(line[:2000]):
        return 1
    if len(line) > 200:
        return 0
    # A bare rule has no words, and would be tried in very many ways.
    if line.strip(_RULED) and (_is_edged(line) and _SEPARATOR.match(line) or _may_forward(line.lstrip()) and _FORWARD_LINE.match(line)):
        return 1
    # A rule, or a short line ending in a colon, belongs to the header block that follows it.
    if _RULE.match(line) or len(line) < 70 and line.rstrip()[-1:] in _AFTER_COLON and _ENDS_WITH_COLON.search(line):
        for j in range(i + 1, min(i + 4, len(lines))):
            if not lines[j].strip(" >\t"):
                continue
            return j - i if header_block(lines, j) else 0
    return 0


def header_block(lines: list[str], i: int) -> int:
    """How many lines a quoted header block at line ``i`` takes; 0 if there is none.

    At least three of from, date, to, subject, the sender among them, and an address, a time or a year.
    """
    if not header_key(lines[i]):
        return 0
    seen: set[str] = set()
    last, blanks, strange = i, 0, 0
    for j in range(i, min(i + 14, len(lines))):
        line = lines[j]
        name = header_key(line)
        if name:
            seen.add(name)
            last, blanks, strange = j, 0, 0
        elif not line.strip(" >*|\t_-"):
            blanks += 1
            if blanks > 1:
                break
        else:
            # A wrapped value: a long list of recipients goes on in the next lines.
            strange += 1
            if strange > 3 or blanks:
                break
    block = " ".join(lines[i : last + 1])[:2000]
    if "from" not in seen or len(seen - {"cc"}) < 3 and len(seen) < 4:
        return 0
    if not (re.search(ADDRESS, block) or _TIME.search(block)):
        return 0
    return last - i + 1


@lru_cache(maxsize=256)
def header_key(line: str) -> str:
    """Which header a line such as ``Sent: Friday`` names: from, date, to, subject or cc; "" for none."""
    if len(line) > 1000 or not _begins_with_key(line):
        return ""
    return next((name for name, pattern in _KEY.items() if pattern.match(line)), "")


def header_values(lines: list[str], i: int) -> dict[str, str]:
    """The first value of each key of the block at line ``i``: from, date, to, subject."""
    values: dict[str, str] = {}
    size = header_block(lines, i)
    for j in range(i, i + size):
        name = header_key(lines[j])
        if name and name not in values:
            value = _KEY[name].match(lines[j])["value"].strip(" *|\t")
            values[name] = value or (lines[j + 1].strip(" *|\t") if j + 1 < i + size else "")
    return values


def attribution(lines: list[str], i: int) -> tuple[int, float]:
    """How many lines *up to and including* line ``i`` are an attribution, and how sure; (0, 0.0) for none."""
    line = lines[i]
    if ":  " in line and "@" in line and _goes_on(line):
        return 1, 0.9
    if len(line) > 400 or not _ends_like_attribution(line):
        return 0, 0.0
    joined = ""
    for size in range(1, 5):
        j = i - size + 1
        if j < 0 or not lines[j].strip():
            break
        joined = f"{lines[j].strip()} {joined}".strip()
        if len(joined) > 500:
            break
        sure = _is_attribution(joined)
        if sure:
            # "On Fri, Nov 20," may stand on a line of its own above.
            if j > 0 and _begins_attribution(lines[j - 1], joined):
                size += 1
            return size, sure
    if not (_next_is_quoted(lines, i) and _ENDS_WITH_COLON.search(line)):
        return 0, 0.0
    if len(line) < 120 and _WROTE_AT_END.search(line):
        return 1, 0.85
    if re.search(ADDRESS, line) or (_OPENER.match(line) and _DATE.search(line)):
        return 1, 0.8
    return 0, 0.0


def _goes_on(line: str) -> bool:
    """Whether a line is an attribution with the quoted mail right behind it, as Yahoo's program for phones writes."""
    head, _, rest = line[:500].strip().partition(":  ")
    while rest and not head.endswith(">") and "<" not in head:
        more, _, rest = rest.partition(":  ")
        head = f"{head}:  {more}"
    return bool(rest.strip()) and len(head) <= 300 and "<" in head and _has_verb(f"{head}:") and _is_attribution(f"{head}:") > 0


def _ends_like_attribution(line: str) -> bool:
    bare = line.rstrip()
    last = bare[-1:]
    if len(line) - len(bare) < 10:
        if last in (":", "："):
            return True
        # Of ASCII nothing but one of the verbs is left, or an ornament behind it.
        if last not in ("*", "_", "-") and line.isascii() and not bare[-10:].lower().endswith(_VERBS):
            return False
    return bool(_ENDS_LIKE_ATTRIBUTION.search(line, max(0, len(line) - 60)))


def _begins_attribution(above: str, joined: str) -> bool:
    """Whether the line above a found attribution is its first half: "On Fri, Nov 20," or "pe 20. lokakuuta 2017 John"."""
    if not above.strip() or len(above) > 120 or re.search(r"[.!?:：。]\s*$", above) or above.lstrip().startswith(">"):
        return False
    if _OPENER.match(above) and not _OPENER.match(joined):
        return True
    return bool(_DATE.search(above)) and not _DATE.search(joined)


def _is_attribution(joined: str) -> float:
    # Zoho: "---- On Wed, 24 Feb 2021 john@x wrote ----".
    dashed = _DASHED.match(joined) if joined[0] in "-–—" else None
    if dashed:
        return 0.95 if _WROTE_AT_END.search(dashed[1]) and _DATE.search(dashed[1]) else 0.0
    colon = joined[-1] in ":：" or bool(_ENDS_WITH_COLON.search(joined, max(0, len(joined) - 20)))
    addressed = "@" in joined and bool(_LINK_ADDRESS.search(joined))
    if not (colon or addressed):
        return 0.0
    dated = bool(_DIGIT.search(joined)) and bool(_DATE.search(joined))
    if dated and addressed and colon:
        return 0.97
    # Two signs are needed, and without a colon all three.
    if dated + addressed + colon < 2:
        return 0.0
    verb = _has_verb(joined)
    if not colon:
        return 0.9 if verb and dated and addressed else 0.0
    if dated and verb and not (_STOP.search(joined) and _SENTENCE.search(_SHORTENED.sub("", joined))):
        return 0.9
    if verb and addressed:
        return 0.9
    return 0.0


def _has_verb(joined: str) -> bool:
    """Whether it says "wrote" in one of the languages, at its end or before a name."""
    lowered = joined.lower()
    if lowered.endswith(PLAIN_ENDS):
        return True
    if lowered.rstrip(_ENDINGS).endswith(VERBS_AT_END) and _WROTE_AT_END.search(joined, max(0, len(joined) - 30)):
        return True
    return any(verb in lowered for verb in VERBS_BEFORE) and bool(_WROTE_BEFORE_NAME.search(joined))


def _next_is_quoted(lines: list[str], i: int) -> bool:
    for line in lines[i + 1 : i + 4]:
        if line.strip():
            return line.lstrip().startswith(">")
    return False


def sender_in(lines: list[str], i: int) -> str:
    """Who wrote what stands below line ``i``, when the mark is an attribution or a separator with the sender in it."""
    glued = _GLUED.match(lines[i][:2000])
    if glued:
        return glued["from"]
    size, _ = attribution(lines, i)
    joined = " ".join(line.strip() for line in lines[i - size + 1 : i + 1]) if size else ""
    found = re.search(rf"(?P<name>[^<>,:()]{{0,80}})[(<]{{1,2}}(?P<address>{ADDRESS})[)>]", joined)
    return f"{found['name'].strip()} <{found['address']}>" if found else ""


def is_mark_line(line: str) -> bool:
    """A separator or rule by itself, without looking at what follows."""
    return bool(_SEPARATOR.match(line) or _FORWARD_LINE.match(line) or _RULE.match(line))
