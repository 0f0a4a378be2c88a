"""Mistakes in files that a company writes itself (its configuration, ``.env``, its lists), in the reader's language.

``policy.py``, ``consistency/`` and ``exchange/`` say in English what is wrong, as a log keeps it; here it is said again for whoever reads
it on the screen. ``{x}`` stands for what differs. A sentence that is not in the table stays English, as do the words of TOML and of
patterns.
"""

from __future__ import annotations

import re
from functools import lru_cache

from mailagent.errors import Problem
from mailagent.i18n import N_, _, language

MISTAKES = (
    # how a file is written
    N_("is larger than {number} MB; this is not a configuration file"),
    N_("is not UTF-8; open the file in an editor and save it as UTF-8"),
    N_("is not UTF-8; save it as UTF-8"),
    N_("cannot be read ({why}); check its permissions"),
    N_("cannot be read ({why}); check who owns {path}"),
    N_("this is not TOML: {error}"),
    N_('this is not TOML: {error}; texts stand in quotes, as in letters = "off"'),
    N_("is not a file that mailagent reads; {hint}"),
    N_("is not a known key; {hint}"),
    N_('did you mean "{name}"?'),
    N_("known are: {names}"),
    N_("remove it"),
    N_("secrets do not belong here; put it into .env as {name}"),
    N_("is missing; add it"),
    N_("{value} is not possible here; write {expected}"),
    N_("{value} does not fit; write a table of its keys, as docs/configuration.md lists them"),
    N_("{value} does not fit; write {expected}"),
    N_("a valid string"),
    N_("a valid integer"),
    N_("a valid integer, unable to parse string as an integer"),
    N_("a valid number"),
    N_("a valid boolean, unable to interpret input"),
    N_("a valid boolean"),
    N_("a valid list"),
    N_("a valid tuple"),
    N_("a valid dictionary"),
    N_("greater than or equal to {number}"),
    N_("less than or equal to {number}"),
    N_("greater than {number}"),
    N_("less than {number}"),
    N_("line {line}, column {column}"),
    N_("line {line}"),
    N_("end of document"),
    # .env, keys and passwords
    N_("there is no such file"),
    N_("a control character in the login"),
    N_("is missing: the password of {address}"),
    N_("line {line} cannot be read; write NAME='value'"),
    N_("has no value; write NAME='value'"),
    N_("is missing; run: mailagent init"),
    N_("is not a key (64 hexadecimal digits); run: mailagent init"),
    N_("other users of this computer can read it; run: chmod 600 {path}"),
    N_("is not a list of number:key, divided by commas, each number once"),
    N_("is missing: the path of {what}"),
    N_("is missing: the secret of the app {name}"),
    N_("is not a hash; run: mailagent desk-password NAME"),
    N_("is damaged; remove it and run: mailagent desk-password NAME"),
    N_("names a file that holds no private key; run: mailagent dkim-key"),
    N_("needs packages of its own: pip install 'mailagent[dkim]'"),
    N_("the letters of {domain} cannot be signed: {error}"),
    N_("the log cannot be written ({why}); check the folder's permissions"),
    # the house: mailagent.toml
    N_('nobody has role = "manager": tier 1 cannot be approved and nobody gets the weekly digest'),
    N_("nobody is named; drafts have no owner and no signature"),
    N_("no mailbox is named; there is nothing to read (run: mailagent init)"),
    N_("is empty: mail of colleagues cannot be told from mail of buyers"),
    N_('is empty, and sending is on; write your own domains, as ["acme.example"]'),
    N_("is empty, and sending is on; the law wants it in every letter"),
    N_('is "on" without a mailbox; add a [[mailbox]]'),
    N_("is empty; it stands under every letter"),
    N_("needs at least one of the letters a-z: the password's name in .env is made from it"),
    N_('has no folder with role = "inbox"; there is nothing to read'),
    N_('"{name}" is not a [[person]]; known are: {names}'),
    N_('"{name}" is no [[person]] of mailagent.toml; there is {names}'),
    N_('"{name}" is not in providers.toml; known are: {names}'),
    N_('"{domain}" is not a domain; write it as "acme.example", without @'),
    N_("is not a port; write a number from 1 to 65535, or 0 for the provider's"),
    N_("is missing; write the server's name, or choose a provider that is known"),
    N_('"{text}" is not the name of a server; write one as "imap.acme.example", without https:// and without a port'),
    N_('"{text}" is not a time zone; write one as "Asia/Shanghai"'),
    N_('"{text}" is not a mail address'),
    N_('"{text}" is neither an address nor a domain'),
    N_('"{flow}" is not offered by {provider}; there are: {names}'),
    N_("is not a directory; write its domain or its id"),
    N_("is not an https address"),
    N_("is missing; the provider's row knows none"),
    N_("is missing; docs/providers.md says how to register an app and where it shows its id"),
    N_("is missing; an app that logs in by itself needs the company's own directory"),
    N_("idle_seconds and timeout_seconds are {number} together; they must stay below {most}, or a dead link goes unnoticed"),
    N_('"{text}" is not an https address of letters, digits and slashes; write one as "https://mail.acme.example"'),
    # the rules of the trade
    N_("no cadence for tier {tier}: such leads are not followed up"),
    N_('tier {tier} already belongs to "{name}"; a tier has one cadence'),
    N_("{tier} is not a tier; tiers are 1, 2, 3 and 4"),
    N_("nobody ever comes into it: give it tiers or shows, or take it out"),
    N_('must end with a step that has do = "rest"'),
    N_("a rest can only be the last step; nothing after it would happen"),
    N_("is missing: which letter?"),
    N_("an {basis} can only be the first step: after it the buyer is silent"),
    N_("is for follow-up letters; everything else goes on any day"),
    N_('"{name}" is no kind of task that a step opens; known are: {names}'),
    N_("says how long at_least_tier of a show holds; name both, and its shows"),
    N_("the first time must be earlier than the second"),
    N_("overlaps another window; make them one"),
    N_("days are numbers from 0 (Monday) to 6 (Sunday)"),
    N_("days are numbers from 0 (Monday) to 6 (Sunday), and not all seven"),
    N_("there is none: no letter could ever leave"),
    N_('allows no follow-up at all, and "{name}" has some'),
    N_('"{name}" is not among the places'),
    N_('"{code}" is not among the places; write two capital letters, as DE'),
    N_('"{code}" is not a country; write its two capital letters, as DE'),
    N_("is not a country; write its two capital letters, as DE"),
    N_("is not a country; write its two capital letters, as IN"),
    N_('is not a country; write its two capital letters, as DE, or "unknown" for all others'),
    N_("is not a language; write its code, as en"),
    N_('is not a language; write its two small letters, as "es"'),
    N_("has no English; add en = …"),
    N_("there is such a template in English only"),
    N_("there is no file {file}"),
    N_('is missing; "{when}" looks so many days ahead or back'),
    N_("is {days_to}, farther than days = {days}: it would never be true"),
    N_("is {until}, before valid_from: it would never be told"),
    N_('no pretext of pretexts.toml tells news of the kind "{kind}"'),
    N_('"{kind}" is no kind of news; known are: {names}'),
    N_("asks something; the letter asks one thing already, so say only what is new"),
    N_('"{code}" is no product of catalogue.toml'),
    N_('"{family}" is no family of catalogue.toml; known are: {names}'),
    N_('"{family}" is no family of catalogue.toml; it has {names}'),
    N_("is not a known level; remove it"),
    N_("suspicious must be fewer points than likely"),
    N_("asks for {least} but only {number} stand in of"),
    N_("is missing: how many of these must be there?"),
    N_('"{name}" is not among the groups; known are: {names}'),
    N_("is made of itself: {names}"),
    N_('"{name}" is neither a signal, a sign nor a fact of a language file'),
    N_('"{value}" stands there twice; each row needs its own'),
    N_("is not a known field; known are: {names}"),
    N_("is missing: the page in English, which stands for every language without a table"),
    N_('"{name}" is the name of relay[{number}] already; give each its own'),
    N_("names no sender; add from_domains, from_addresses, or from_own_domain = true"),
    N_("has no group; put the value into parentheses"),
    N_("must be one line"),
    N_("begin and end at the same time; leave the key out if there are none"),
    N_("is below zero"),
    N_('"{domain}" is no domain; write it as alibaba.com'),
    N_('"{address}" is no e-mail address'),
    N_("is not a pattern: {error}"),
    N_('match: "{text}" is not a pattern: {error}'),
    N_('"(?P<{name}>" is not a known field; known are: {names}'),
    N_('is empty; write text = { en = "…" }'),
    N_('has no English; write name = { en = "…" }'),
    N_('"why" has no English; write why = { en = "…" }'),
    N_("may hold {company} and no other braces"),
    N_('"{name}" is no key of [company] in mailagent.toml that holds a text'),
    N_("is compared with small letters and would never be found; write small letters, and ss for ß"),
    N_("is empty"),
    N_("has a group with a number; write (?:…) in place of (…)"),
    N_("is found in every mail, because it matches without a word; leave nothing but words in it"),
    N_("is sooner than manager_after_hours; the manager is told first"),
    N_("lies before the first day"),
    N_("must be above zero; whoever gets no leads has takes_leads = false in mailagent.toml"),
    N_("{code} already stands in place[{number}]; only the first one counts"),
    N_("place[{number}] is for all others already; only the first one counts"),
    N_('"{value}" is no day; write 2026-12-24, "12-24" for every year, or "12-24/01-02" for several days in a row'),
    N_('"{value}" is no day of the calendar: {error}'),
    N_("{first} comes after {last}; turn them round"),
    N_("start must be earlier than end"),
    N_('"from" and "to" belong together; write both or neither'),
    N_('"from" and "to" are the same; leave both out for the whole day'),
    N_('"only" names the hours in which letters go, "from" and "to" those in which none goes; write one of them'),
    N_('"{key}" and scope = "{scope}" belong together'),
    N_('"before" and "after" count from a holiday: name it with "around"'),
    N_('"{number}" is no month; months are 1 to 12'),
    N_('"{number}" is no number; write it in digits, as "12" or "1.5"'),
    N_("recency_days must grow from the best grade to the worst, as [60, 120, 240, 480]"),
    N_("{name} must fall from the best grade to the worst, as [8, 4, 2, 1]"),
    N_('"{does}" needs minutes, or until_midnight'),
    N_('"{does}" knows no minutes, doubles or until_midnight'),
    N_('"wait" knows only minutes'),
    N_("words are written in small letters, and none is empty"),
    N_("name exactly one of within_hours, within_days, by and before_we_leave"),
    # lists that a company brings along
    N_('{file}, line {line}, column "{column}": {error}'),
    N_("{file}, line {line}, column {column}: the row has more cells than there are titles"),
    N_('{file}, line {line}, column {column}: "{name}" says the same as an earlier column; keep one'),
    N_("{file}, line {line}: no column for {name}; its title may be one of {names}"),
    N_("{file}, line {line}: {error}; a quotation mark may be missing"),
    N_("{file}: is empty; the first row must hold the titles of the columns"),
    N_("{file}: is an Excel file; save it as CSV (UTF-8)"),
    N_("{file}: is neither UTF-8 nor GB18030 text; save it as CSV (UTF-8)"),
    N_("{file}: is larger than {number} MB; divide it"),
    N_("{file}: cannot be read ({why})"),
    N_('"{text}" is not a date; write it as 2026-03-09'),
)

#: Gaps that hold a sentence of the table themselves.
SENTENCES = frozenset({"hint", "expected", "error", "why"})
#: Gaps that hold digits, and gaps that hold a name without a blank.
DIGITS = frozenset({"line", "number", "tier"})
LONGEST = 2_000


def say(problem: Problem) -> str:
    """A mistake with its place, as "mailagent.toml：sending.letters：这里不能写 …"."""
    if language() == "en":
        return str(problem)
    said = told(problem.message)
    for part in (told(problem.key), problem.file):
        said = _("{where}: {error}").format(where=part, error=said) if part else said
    return said


def told(sentence: str) -> str:
    """One sentence of the table in the reader's language; any other as it is."""
    if sentence in MISTAKES or len(sentence) > LONGEST:
        return _(sentence) if sentence in MISTAKES else sentence
    for saying, pattern in _patterns():
        if found := pattern.fullmatch(sentence):
            return _(saying).format(**{gap: told(said) if gap in SENTENCES else said for gap, said in found.groupdict().items()})
    return sentence


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern], ...]:
    """Each sentence with gaps, as a pattern: those with most words of ours first."""
    gapped = sorted((saying for saying in MISTAKES if "{" in saying), key=lambda saying: -len(re.sub(r"\{\w+\}", "", saying)))
    made = []
    for saying in gapped:
        pieces = re.split(r"\{(\w+)\}", saying)
        filled = (_gap(piece) if number % 2 else re.escape(piece) for number, piece in enumerate(pieces))
        made.append((saying, re.compile("".join(filled), re.DOTALL)))
    return tuple(made)


def _gap(name: str) -> str:
    return rf"(?P<{name}>[\d.-]{{1,20}})" if name in DIGITS else rf"(?P<{name}>.{{1,{LONGEST}}}?)"
