"""Mail that wants to sell to us (search-engine tricks, address lists, rival factories, advertisements), and bulk mail that informs us.

It is dangerous to be clever here, because buyers introduce themselves as well ("we are a leading manufacturer of
pumps and need bearings"). So signs are weighed. A phrase by which somebody offers something (``solicits``) weighs two, a word
of advertisements (``advertises``) one. One offer is enough from a stranger who wants nothing; who also says that he wants
something (``wants``), or goes on with a matter, must advertise much more before we believe that he only sells. Bulk mail is known
by what stands at its head and foot (``newsletter``), where it bears no list's header. The phrases are in ``languages/<xx>.toml``.
"""

from __future__ import annotations

import re

from mailagent.core.model.message import InboundMessage
from mailagent.core.model.policy import Policy
from mailagent.core.reading import lexicon
from mailagent.core.reading.clues import ALL, Clues
from mailagent.core.reading.lexicon import ADVERT, BULK, Lexicon, fold

LONGEST_READ = 6_000
#: What an offer and a word of advertisements weigh, and how much makes a solicitation.
OFFER, ADVERTISEMENT = 2, 1
ENOUGH = 2
#: Without any offer more words are needed, since letters hold one or another of them.
ENOUGH_WORDS = 4
# So much more is asked of somebody who says "I need", who asks for a price, and who answers.
VAGUELY_WANTS, SURELY_WANTS, ANSWERS = 3, 6, 4
#: Words by which advertisements, too, speak of wants: "all you need".
_VAGUE = re.compile(
    r"need\w*|looking for|to quote|require|we require|需要|必要|필요|ihtiyac\w*|besoin|нуж\w*|треб\w*|интересу\w*|precis(?:o|amos)|"
    r"necesit\w*|brauchen|"
    r"benötigen|suchen|anfrage|采购|购买|求购|询价|購入|検討して|希望して|구매|수입|찾고"
)
#: Advertisers speak of the reader's wants so.
_IF_YOU_WANT = re.compile(
    r"(?:如|若|有)(?:果)?(?:您|贵司|贵公司)?有?(?:任何)?需要?|欢迎(?:来电|来函|随时)?询价|"
    r"(?:if|should|whenever|whatever|all) (?:you|your company) (?:need|"
    r"require)\w*|"
    r"(?:any|your) (?:need|requirement)s?|(?:falls|wenn|was) sie .{0,30}(?:brauchen|benötigen|suchen)|si (?:usted )?necesita\w*|"
    r"si vous (?:avez besoin|cherchez)|se precisar\w*|se avete bisogno|если (?:вам|вы) .{0,20}(?:нуж\w+|ищете)|ihtiyacınız"
)
#: By these phrases makers of other things, who buy from us, tell who they are as well.
_INTRODUCES = re.compile(
    r"we (?:are|manufactur|produc|supply all)|our (?:factory|company)|manufactur|fabri[qc]|produ[cz]|hersteller|ein führender|somos|"
    r"sommes|siamo|"
    r"trabalhamos|nos dedicamos|мы произв|наша компания зан|生产|生產|主营|专业从事|製造|제조|전문|مصنع|متخصصة|nhà sản xuất|produsen|"
    r"üretic|üret|imalat|producent|fabrikant|виробля|door to door|leading|professional"
)
_QUESTION = re.compile(r"[?？؟]|(?:でしょうか|ですか|ますか)|吗")
# What stands below the requests for quotation of purchasing portals, too.
_FOOT = re.compile(
    r"subscri|preferenc|receiv|sent to|browser|online|all rights|désabonn|désinscri|abmelden|abbestell|baja|descadastr|disiscri|"
    r"отпис|退订|退訂|取消|不想再|"
    r"您不想|网页|配信|수신"
)
# "免 费 加 盟": advertisers part the characters so that filters do not see the words.
_PARTED = re.compile(r" (?<=[\u4e00-\u9fff] )(?=[\u4e00-\u9fff])")


def find(message: InboundMessage, policy: Policy, clues: Clues = ALL, *, answers: bool = False) -> str:
    """The words by which a mail offers something to us; "" if it does not, or if it wants to buy as well.

    Args:
        clues: which patterns have a chance.
        answers: it goes on with a matter: what a partner offers is business.
    """
    hints = _counted(ADVERT, clues)
    if "solicits" not in clues.text and hints < ENOUGH_WORDS:
        return ""
    words, text = lexicon.of(policy.languages), _read(message)
    offers = _distinct(words.solicits, text)
    adverts = _distinct(words.advertises, text) if hints else []
    if not offers and len(adverts) < ENOUGH_WORDS:
        return ""
    if offers and len(adverts) < ENOUGH_WORDS and _QUESTION.search(text) and all(map(_INTRODUCES.search, offers)):
        # "We make pumps and use 6205. Can you deliver?"
        return ""
    weight = OFFER * len(offers) + ADVERTISEMENT * len(adverts)
    enough = (ENOUGH if offers else ENOUGH_WORDS) + _reluctance(text, words) + (ANSWERS if answers else 0)
    return ", ".join((offers + adverts)[:4]) if weight >= enough else ""


def find_news(message: InboundMessage, policy: Policy, clues: Clues = ALL, *, answers: bool = False, listed: bool = False) -> str:
    """The words by which a mail shows that it was written for many readers, and offers us nothing of its own; else "".

    Args:
        clues: which patterns have a chance.
        answers: it goes on with a matter: then somebody wrote it to us.
        listed: it has a list's header; then the wants in it are those of others, if it says more than stands at the foot of such mail.
    """
    if answers or _counted(BULK, clues) < ENOUGH:
        return ""
    words, text = lexicon.of(policy.languages), _read(message)
    said = _distinct(words.newsletter, text)
    if listed and len([each for each in said if not _FOOT.search(each)]) >= ENOUGH:
        return ", ".join(said[:4])
    if len(said) < ENOUGH + _reluctance(text, words) or words.solicits.search(text):
        return ""
    return ", ".join(said[:4])


def _counted(name: str, clues: Clues) -> int:
    """How many different words of a list have a chance; any number, where nobody looked before."""
    return sum(each.startswith(name) for each in clues.text) if isinstance(clues.text, frozenset) else ENOUGH_WORDS


def _read(message: InboundMessage) -> str:
    # The small print of bulk mail stands at its foot, where an ordinary letter is signed.
    return joined(fold(f"{message.subject}\n{message.words[:LONGEST_READ]}\n{message.signature[:1_000]}"))


def joined(text: str) -> str:
    """A text whose Chinese characters stand without blanks between them."""
    return _PARTED.sub("", text)


def _distinct(pattern: re.Pattern, text: str) -> list[str]:
    return list(dict.fromkeys(match[0] for match in pattern.finditer(text)))


def _reluctance(text: str, words: Lexicon) -> int:
    """How much more a mail must offer because it also wants something."""
    wanted = [match[0] for match in words.wants.finditer(_IF_YOU_WANT.sub(" ", text))]
    if not wanted:
        return 0
    return VAGUELY_WANTS if all(map(_VAGUE.fullmatch, wanted)) else SURELY_WANTS
