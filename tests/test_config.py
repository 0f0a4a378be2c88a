"""The configuration: what ships is right, what is wrong is said in one line with file, key and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailagent import policy
from mailagent.errors import ConfigError, Problem
from mailagent.resources import shipped

OWN = """
[company]
legal_name = "Acme Garden Tools Co., Ltd."
postal_address = "1 Lake Road, Hangzhou 310000, China"
domains = ["acme.example"]

[[person]]
name = "Wang Hua"
email = "wang@acme.example"
role = "manager"

[[person]]
name = "Lin Mei"
email = "lin@acme.example"

[[mailbox]]
name = "sales"
address = "sales@acme.example"
imap_host = "imap.acme.example"
smtp_host = "smtp.acme.example"
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write(tmp_path, "mailagent.toml", OWN)
    return tmp_path


def write(home: Path, name: str, text: str | bytes) -> None:
    path = home / "config" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)


def problems(home: Path) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        policy.load(home)
    return list(caught.value.problems)


# ── what ships ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_shipped_files_are_valid():
    rules = policy.load(None)
    assert rules.sending.letters == "off"
    assert len(rules.calendar.places) >= 200
    assert {1, 2, 3, 4} == {tier for cadence in rules.cadences.values() for tier in cadence.tiers}
    assert {"en", "zh"} <= set(rules.languages)
    assert rules.signals and rules.tiers and rules.providers and rules.law and rules.freemail


def test_every_shipped_file_is_read_by_somebody():
    readers = {*policy.FILES, policy.FREEMAIL}
    files = {path.name for path in shipped("config").iterdir() if path.suffix in (".toml", ".txt")}
    assert files == readers


@pytest.mark.parametrize("name", sorted(path.name for path in shipped("config").glob("*.toml")))
def test_a_copy_of_a_shipped_file_in_the_home_is_valid(tmp_path, name):
    write(tmp_path, name, (shipped("config") / name).read_bytes())
    assert policy.load(tmp_path) == policy.load(None)


def test_a_new_relay_is_one_row_and_a_new_label_one_word(tmp_path):
    row = "[[relay]]\nname = 'Bearing Market'\nkind = 'platform'\nfrom_domains = ['bearingmarket.example']\nmasked = true\n"
    changed = "[[relay]]\nname = 'Kompass'\nkind = 'platform'\nfrom_domains = ['kompass.example']\n"
    write(tmp_path, "relays.toml", f"{row}{changed}[words.labels]\nquantity = ['how many']\n".encode())
    ours, theirs = policy.load(tmp_path), policy.load(None)
    assert [relay.name for relay in ours.relays[:2]] == ["Bearing Market", "Kompass"]
    assert len(ours.relays) == len(theirs.relays) + 1
    assert ours.relay_words.labels["quantity"] == ("how many", *theirs.relay_words.labels["quantity"])
    assert ours.relay_words.labels["email"] == theirs.relay_words.labels["email"]


def test_every_template_renders_in_every_language(home):
    assert [problem for problem in policy.check(home) if not problem.warning] == []


@pytest.mark.parametrize(
    ("place", "zone", "weekend"),
    [
        ("US", "America/New_York", (5, 6)),
        ("CN", "Asia/Shanghai", (5, 6)),
        ("BR", "America/Sao_Paulo", (5, 6)),
        ("RU", "Europe/Moscow", (5, 6)),
        ("AU", "Australia/Sydney", (5, 6)),
        ("ID", "Asia/Jakarta", (5, 6)),
        ("KZ", "Asia/Almaty", (5, 6)),
        ("PT", "Europe/Lisbon", (5, 6)),
        ("UA", "Europe/Kyiv", (5, 6)),
        ("SA", "Asia/Riyadh", (4, 5)),
        ("IL", "Asia/Jerusalem", (4, 5)),
        ("EG", "Africa/Cairo", (4, 5)),
        ("BD", "Asia/Dhaka", (4, 5)),
        ("IR", "Asia/Tehran", (4,)),
        ("BN", "Asia/Brunei", (4, 6)),
        ("AE", "Asia/Dubai", (5, 6)),
    ],
)
def test_places(place, zone, weekend):
    found = policy.load(None).calendar.places[place]
    assert (found.zone, found.weekend) == (zone, weekend)


# ── the company's own files ─────────────────────────────────────────────────────────────────────────────────────


def test_own_tables_lie_over_the_shipped_ones(home):
    write(home, "mailagent.toml", OWN + "[sending]\npace_seconds = 5\n[digest]\nat = 07:15:00\n")
    rules = policy.load(home)
    assert rules.sending.pace_seconds == 5
    assert rules.sending.per_day == policy.load(None).sending.per_day
    assert rules.digest.at.isoformat() == "07:15:00"
    assert [person.name for person in rules.managers] == ["Wang Hua"]


def test_an_own_file_replaces_the_shipped_one(home):
    write(home, "freemail.txt", "# ours\nFree.Example  # comment\n\n")
    write(home, "calendar.toml", 'default_place = "DE"\n[places]\nDE = { zone = "Europe/Berlin" }\n')
    rules = policy.load(home)
    assert rules.freemail == {"free.example"}
    assert list(rules.calendar.places) == ["DE"]


def test_a_home_without_config_takes_what_ships(tmp_path):
    assert policy.load(tmp_path) == policy.load(None)


def test_a_file_with_a_byte_order_mark(home):
    write(home, "mailagent.toml", b"\xef\xbb\xbf" + OWN.encode())
    assert policy.load(home).company.domains == ("acme.example",)


def test_own_templates_replace_shipped_ones(home):
    own = home / "templates" / "en"
    own.mkdir(parents=True)
    (own / "ours.txt").write_text("Subject: Hello\n\nText\n")
    texts = policy.load_templates(home)
    assert texts["en/ours"].startswith("Subject: Hello")
    assert set(policy.load_templates(None)) < set(texts)


# ── mistakes ────────────────────────────────────────────────────────────────────────────────────────────────────

STEP = '[[x.step]]\nid = "{id}"\ndo = "{do}"\ntemplate = "{template}"\n'
LETTER = STEP.format(id="one", do="letter", template="no_such_template")
RELAY = "[[relay]]\nname = 'x'\nkind = 'platform'\n"
REST = STEP.format(id="rest", do="rest", template="")

MISTAKES = {
    "unknown table": ("mailagent.toml", "[sendin]\nletters = 'on'\n", "mailagent.toml", "sendin", 'did you mean "sending"?'),
    "unknown key": ("mailagent.toml", "[sending]\nletter = 'on'\n", "mailagent.toml", "sending.letter", 'did you mean "letters"?'),
    "unknown key in a row": ("mailagent.toml", OWN + "postt = 1\n", "mailagent.toml", "mailbox[1].postt", "not a known key"),
    "wrong word": ("mailagent.toml", "[sending]\nletters = 'yes'\n", "mailagent.toml", "sending.letters", "write 'off' or 'on'"),
    "truth value": ("mailagent.toml", "[sending]\nletters = true\n", "mailagent.toml", "sending.letters", "true is not possible"),
    "bare word": ("mailagent.toml", "[sending]\nletters = on\n", "mailagent.toml", "line 2, column 11", "texts stand in quotes"),
    "too small": ("mailagent.toml", "[sending]\nper_hour = 0\n", "mailagent.toml", "sending.per_hour", "greater than or equal to 1"),
    "not a number": ("mailagent.toml", "[desk]\nport = 'x'\n", "mailagent.toml", "desk.port", '"x" does not fit'),
    "time zone": ("mailagent.toml", "[company]\ntime_zone = 'Peking'\n", "mailagent.toml", "company.time_zone", '"Asia/Shanghai"'),
    "address": ("mailagent.toml", "[[person]]\nname = 'A'\nemail = 'a at b'\n", "mailagent.toml", "person[1].email", "not a mail address"),
    "not a table": (
        "mailagent.toml",
        "[[mailbox]]\nname = 'a'\naddress = 'a@b.example'\nfolders = ['INBOX']\n",
        "mailagent.toml",
        "mailbox[1].folders[1]",
        "write a table of its keys",
    ),
    "missing key": ("mailagent.toml", "[[person]]\nname = 'A'\n", "mailagent.toml", "person[1].email", "is missing"),
    "same address": (
        "mailagent.toml",
        OWN + "[[person]]\nname = 'B'\nemail = 'LIN@acme.example'\n",
        "mailagent.toml",
        "person[3].email",
        "stands there twice",
    ),
    "same password": (
        "mailagent.toml",
        OWN + "[[mailbox]]\nname = 'Sales'\naddress = 'x@acme.example'\nimap_host = 'i.example'\nsmtp_host = 's.example'\n",
        "mailagent.toml",
        "mailbox[2].name",
        "MAILAGENT_SALES_PASSWORD",
    ),
    "password in config": ("mailagent.toml", OWN + "password = 'geheim'\n", "mailagent.toml", "mailbox[1].password", "into .env"),
    "unknown provider": ("mailagent.toml", OWN + "provider = 'gmial'\n", "mailagent.toml", "mailbox[1].provider", "gmail"),
    "no host": ("mailagent.toml", OWN.replace("imap_host", "#"), "mailagent.toml", "mailbox[1].imap_host", "is missing"),
    "sending without a name": ("mailagent.toml", "[sending]\nletters = 'on'\n", "mailagent.toml", "company.legal_name", "in every letter"),
    "sending without an address": ("mailagent.toml", "[sending]\nletters = 'on'\n", "mailagent.toml", "company.postal_address", "is empty"),
    "sending without domains": ("mailagent.toml", "[sending]\nletters = 'on'\n", "mailagent.toml", "company.domains", "is empty"),
    "domain": ("mailagent.toml", "[company]\ndomains = ['a@b.example']\n", "mailagent.toml", "company.domains", "is not a domain"),
    "tier of approval": ("mailagent.toml", "[approval]\nmanager_tiers = [0]\n", "mailagent.toml", "approval.manager_tiers", "not a tier"),
    "not TOML": ("mailagent.toml", "[company\n", "mailagent.toml", "line 1, column 9", "this is not TOML"),
    "cut off": ("mailagent.toml", 'a = """x', "mailagent.toml", "end of document", "this is not TOML"),
    "GB18030": ("mailagent.toml", "\n# 公司\n".encode("gb18030"), "mailagent.toml", "line 2", "save it as UTF-8"),
    "unknown group": (
        "signals.toml",
        "[groups.fit]\naxis = 'fit'\ncap = 5\n[signals.x]\ngroup = 'fitt'\npoints = 1\nsay = {en = 'x'}\n",
        "signals.toml",
        "signals.x.group",
        '"fitt" is not among the groups',
    ),
    "unknown fact": ("tiers.toml", "[[tier]]\ntier = 1\nany = ['flies']\n", "tiers.toml", "tier[1].any", '"flies" is neither'),
    "too many signs": ("tiers.toml", "[[tier]]\ntier = 1\nat_least = 2\nof = []\n", "tiers.toml", "tier[1].at_least", "asks for 2"),
    "sign of itself": ("tiers.toml", "[signs.a]\nany = ['b']\n[signs.b]\nall = ['a']\n", "tiers.toml", "signs.a", "is made of itself"),
    "fraud levels": ("tiers.toml", "[fraud]\nsuspicious = 9\nlikely = 3\n", "tiers.toml", "fraud", "fewer points"),
    "no rest": ("cadences.toml", "[x]\ntiers = [1]\n" + LETTER, "cadences.toml", "x.step", "must end with"),
    "rest too early": ("cadences.toml", "[x]\n" + REST + LETTER, "cadences.toml", "x.step[1].do", "only be the last"),
    "same step twice": ("cadences.toml", "[x]\n" + LETTER + LETTER + REST, "cadences.toml", "x.step[2].id", "stands there twice"),
    "tier twice": (
        "cadences.toml",
        "[x]\ntiers = [1]\n" + REST + "[y]\ntiers = [1]\n" + REST.replace("x.", "y."),
        "cadences.toml",
        "y.tiers",
        'already belongs to "x"',
    ),
    "unknown template": ("cadences.toml", "[x]\n" + LETTER + REST, "cadences.toml", "x.step[1].template", "no_such_template.txt"),
    "window": ("calendar.toml", "windows = [{start = 11:00:00, end = 09:00:00}]\n", "calendar.toml", "windows[1]", "earlier than end"),
    "windows overlap": (
        "calendar.toml",
        "windows = [{start = 09:00:00, end = 12:00:00}, {start = 11:00:00, end = 15:00:00}]\n",
        "calendar.toml",
        "windows[2]",
        "overlaps",
    ),
    "weekend": ("calendar.toml", "our_weekend = [7]\n", "calendar.toml", "our_weekend", "from 0 (Monday)"),
    "place": ("calendar.toml", "places = {de = {zone = 'Europe/Berlin'}}\n", "calendar.toml", "places.de", "two capital letters"),
    "pattern": (
        "relays.toml",
        "[[relay]]\nname = 'x'\nkind = 'form'\nfrom_own_domain = true\nfields = {name = '('}\n",
        "relays.toml",
        "relay[1].fields.name",
        "not a pattern",
    ),
    "relay without a sender": ("relays.toml", RELAY, "relays.toml", "relay[1]", "names no sender"),
    "relay with an address for a domain": (
        "relays.toml",
        RELAY + "from_domains = ['a@b.example']\n",
        "relays.toml",
        "relay[1].from_domains[1]",
        "is no domain",
    ),
    "relay with a domain for an address": (
        "relays.toml",
        RELAY + "from_addresses = ['b.example']\n",
        "relays.toml",
        "relay[1].from_addresses[1]",
        "is no e-mail address",
    ),
    "relay twice": (
        "relays.toml",
        2 * (RELAY + "from_domains = ['b.example']\n"),
        "relays.toml",
        "relay[2].name",
        'is the name of relay[1] already',
    ),
    "relay's country": (
        "relays.toml",
        RELAY + "from_domains = ['b.example']\ncountry = 'India'\n",
        "relays.toml",
        "relay[1].country",
        "two capital letters",
    ),
    "relay's subject names a field": (
        "relays.toml",
        RELAY + "from_domains = ['b.example']\nsubject = '(?P<nme>.+) asks'\n",
        "relays.toml",
        "relay[1].subject",
        "is not a known field",
    ),
    "relay's field": (
        "relays.toml",
        RELAY + "from_domains = ['b.example']\nfields = {fax = '(.)'}\n",
        "relays.toml",
        "relay[1].fields.fax",
        "is not a known field",
    ),
    "label of no field": ("relays.toml", "[words.labels]\nfax = ['Fax']\n", "relays.toml", "words.labels.fax", "is not a known field"),
    "announcing subject": ("relays.toml", "[words]\nsubjects = ['(']\n", "relays.toml", "words.subjects[1]", "not a pattern"),
    "language": ("languages/xx.toml", "code = 'yy'\nname = 'Y'\n", "languages/xx.toml", "code", "make them the same"),
    "pattern of a language": (
        "languages/xx.toml",
        "code = 'xx'\nname = 'X'\nunsubscribe_strong = ['stop', '(']\n",
        "languages/xx.toml",
        "unsubscribe_strong[2]",
        "not a pattern",
    ),
    "what stands beside a request is no pattern": (
        "languages/xx.toml",
        "code = 'xx'\nname = 'X'\n[unsubscribe_beside]\nlimits = ['until', '(']\n",
        "languages/xx.toml",
        "unsubscribe_beside.limits[2]",
        "not a pattern",
    ),
    "what stands beside a request is never found": (
        "languages/xx.toml",
        "code = 'xx'\nname = 'X'\n[unsubscribe_beside]\ngreetings = ['Grüße', '\\S{2}']\n",
        "languages/xx.toml",
        "unsubscribe_beside.greetings[1]",
        "ss for ß",
    ),
    "what stands beside a request is always found": (
        "languages/xx.toml",
        "code = 'xx'\nname = 'X'\n[unsubscribe_beside]\ntwice = ['(?:doppelt)?']\n",
        "languages/xx.toml",
        "unsubscribe_beside.twice[1]",
        "found in every mail",
    ),
    "what stands beside a request has no such list": (
        "languages/xx.toml",
        "code = 'xx'\nname = 'X'\n[unsubscribe_beside]\ngreeting = ['hoi']\n",
        "languages/xx.toml",
        "unsubscribe_beside.greeting",
        "greetings",
    ),
    "product twice": (
        "catalogue.toml",
        "[[product]]\ncode = 'a'\nname = {en = 'x'}\n[[product]]\ncode = 'A'\nname = {en = 'y'}\n",
        "catalogue.toml",
        "product[2].code",
        "stands there twice",
    ),
    "misspelt file": ("signal.toml", "", "signal.toml", "", 'did you mean "signals.toml"?'),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named_with_its_place_and_a_way_out(home, name):
    file, text, where, key, words = MISTAKES[name]
    write(home, file, text)
    found = problems(home)
    assert any(p.file == where and p.key == key and words in p.message for p in found), "\n".join(map(str, found))
    assert all("\n" not in str(problem) for problem in found)
    assert "geheim" not in str(found)


def test_all_mistakes_of_all_files_at_once(home):
    write(home, "mailagent.toml", "[sending]\nletter = 'on'\nper_hour = 0\n")
    write(home, "signals.toml", "[signals.x]\n")
    write(home, "law.toml", "[DE\n")
    assert {problem.file for problem in problems(home)} == {"mailagent.toml", "signals.toml", "law.toml"}
    assert len([problem for problem in problems(home) if problem.file == "mailagent.toml"]) == 2


def test_a_broken_file_does_not_put_the_blame_on_others(home):
    """Every fact of tiers.toml is unknown while signals.toml cannot be read; that is not said as well."""
    write(home, "signals.toml", "[signals.x\n")
    write(home, "providers.toml", "[x\n")
    assert [problem.file for problem in problems(home)] == ["signals.toml", "providers.toml"]


def test_a_file_that_is_far_too_large(home):
    write(home, "law.toml", "#" * 3_000_000)
    assert "larger than" in problems(home)[0].message


def test_advice_is_no_error(home):
    write(home, "mailagent.toml", OWN.replace('role = "manager"', ""))
    assert policy.load(home).managers == ()
    advice = [problem for problem in policy.check(home) if problem.warning]
    assert ["nobody has role" in problem.message for problem in advice] == [True]


def test_check_reports_broken_files_instead_of_raising(home):
    write(home, "mailagent.toml", "[company\n")
    assert [problem.key for problem in policy.check(home)] == ["line 1, column 9"]


def test_a_language_of_ones_own_that_is_older_than_the_words_beside_a_request_has_the_shipped_ones(tmp_path):
    shipped_one = (shipped("config") / "languages" / "de.toml").read_text("utf-8")
    before, _, _ = shipped_one.partition("[unsubscribe_beside]")
    write(tmp_path, "languages/de.toml", before)
    assert policy.load(tmp_path).languages["de"].unsubscribe_beside == policy.load(None).languages["de"].unsubscribe_beside
    write(tmp_path, "languages/de.toml", before + "[unsubscribe_beside]\nlimits = ['bis']\n")
    assert policy.load(tmp_path).languages["de"].unsubscribe_beside.limits == ("bis",)
    assert policy.load(tmp_path).languages["de"].unsubscribe_beside.greetings == ()


def test_a_pattern_of_a_language_of_ones_own_is_tried(tmp_path):
    """Shipped languages were tried before they were shipped; ``check`` tries them all the same."""
    shipped_one = (shipped("config") / "languages" / "en.toml").read_text("utf-8")
    write(tmp_path, "languages/en.toml", shipped_one.replace("unsubscribe_strong = [", "unsubscribe_strong = [\n'unsub(',", 1))
    for found in (problems(tmp_path), policy.check(tmp_path)):
        assert [(problem.file, problem.key) for problem in found if not problem.warning] == [("languages/en.toml", "unsubscribe_strong[1]")]
