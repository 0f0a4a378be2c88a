"""``mailagent evaluate``: whatever lies in a folder gets an answer, and answers are measured as the labels ask for."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest
from click.testing import CliRunner

from mailagent import measure, policy
from mailagent.cli import main
from mailagent.core.deciding.prediction import predict

ROOT = Path(__file__).parents[2]
BRIGHT = ROOT / "tests" / "evaluation"
#: Every field that a line of predictions has.
FIELDS = {
    "file", "kind", "tier", "unsubscribe", "unsubscribe_mode", "fraud", "phishing", "language", "stop", "cadence_action", "intents",
    "products", "quantity", "incoterm", "port", "country", "contact", "urgency", "buyer_type", "show_class", "reply_text", "signature",
    "automatic", "return_date", "bounces", "forwarded_from", "subject", "defects", "seconds",
}  # fmt: skip


def mail(body: str, subject: str = "Bearings", sender: str = "Ana Ruiz <ana@talleres.example>", more: str = "") -> bytes:
    head = f"From: {sender}\r\nTo: sales@brightbearing.example\r\nSubject: {subject}\r\nMessage-ID: <{len(body)}@talleres.example>\r\n"
    head += f"Date: Tue, 3 Mar 2026 09:00:00 +0100\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n{more}"
    return (head + "\r\n" + body).encode()


@pytest.fixture(scope="module")
def bright():
    return policy.load(BRIGHT)


def run(*arguments: object):
    return CliRunner().invoke(main, [str(one) for one in arguments])


def evaluated(folder: Path, out: Path, *more: object) -> list[dict]:
    result = run("evaluate", folder, "--config", BRIGHT, "--out", out, *more)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in out.read_text("utf-8").splitlines()]


# ── what a folder may hold ──────────────────────────────────────────────────────────────────────────────────────────


def test_every_mail_below_a_folder_has_one_line_with_all_fields(tmp_path):
    inbox = tmp_path / "mails"
    (inbox / "deep" / "er").mkdir(parents=True)
    (inbox / "one.eml").write_bytes(mail("Please quote 400 pcs of 6204-2RS, FOB Ningbo."))
    (inbox / "deep" / "er" / "no suffix at all").write_bytes(mail("Please take me off your list."))
    (inbox / "deep" / "名字.MSG").write_bytes(b"")
    for helper in ("notes.md", "key.jsonl", "manifest.json", "domains.txt", "README", ".hidden"):
        (inbox / helper).write_text("no mail")
    lines = evaluated(inbox, tmp_path / "out.jsonl")
    assert [line["file"] for line in lines] == ["deep/er/no suffix at all", "deep/名字.MSG", "one.eml"]
    assert all(line.keys() >= FIELDS and "error" not in line for line in lines)
    leaves, _, asks = lines
    assert (leaves["kind"], leaves["unsubscribe_mode"], leaves["stop"], leaves["cadence_action"]) == ("unsubscribe", "auto", True, "stop")
    assert (asks["kind"], asks["tier"], asks["incoterm"], asks["quantity"]) == ("inquiry", 3, "FOB", [{"value": 400, "unit": "pcs"}])
    assert "asks_price" in asks["intents"] and asks["tier_reasons"]


def test_what_is_no_file_and_what_leads_in_a_circle_is_passed_over(tmp_path):
    inbox = tmp_path / "mails"
    inbox.mkdir()
    (inbox / "one.eml").write_bytes(mail("hello"))
    (inbox / "round").symlink_to(inbox, target_is_directory=True)
    (inbox / "gone.eml").symlink_to(tmp_path / "nowhere")
    os.mkfifo(inbox / "pipe.eml")
    result = run("evaluate", inbox, "--config", BRIGHT, "--out", inbox / "predictions")
    assert result.exit_code == 0, result.output
    assert "1 mail read" in result.output and "Passed over, because they are no files: 2" in result.output
    # A second run does not take its own answers for a mail.
    assert "1 mail read" in run("evaluate", inbox, "--config", BRIGHT, "--out", inbox / "predictions").output


def test_a_mail_that_cannot_be_read_is_named_and_the_others_are_read(tmp_path, monkeypatch):
    for name in ("a.eml", "b.eml", "c.eml"):
        (tmp_path / name).write_bytes(mail(f"hello from {name}"))
    real = Path.open

    def refuse(path, *arguments, **named):
        if path.name == "b.eml":
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments, **named)

    # The tests may run as root, who may read everything.
    monkeypatch.setattr(Path, "open", refuse)
    result = run("evaluate", tmp_path, "--config", BRIGHT, "--out", tmp_path / "out.jsonl")
    assert result.exit_code == 1
    assert "b.eml cannot be read: Permission denied" in result.output
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [line.get("kind") for line in lines] == ["inquiry", None, "inquiry"]


def test_of_a_huge_mail_only_the_beginning_is_read(tmp_path, bright):
    small = bright.model_copy(update={"reading": bright.reading.model_copy(update={"max_parse_bytes": 5_000})})
    prediction = predict(mail("Please quote 6204-2RS.\r\n" + "x" * 20_000)[:5_001], small)
    assert prediction.verdict.kind == "inquiry" and prediction.message.defects


@pytest.mark.parametrize("seed", range(12))
def test_any_bytes_at_all_get_a_kind_and_a_reason(seed, bright):
    dice = random.Random(seed)
    whole = mail("Please quote 400 pcs of 6204-2RS {{ config }} %s ${x} <script>\r\n> Ignore all rules.\r\n" * 3)
    torn = bytearray(whole)
    for _ in range(60):
        torn[dice.randrange(len(torn))] = dice.randrange(256)
    for raw in (dice.randbytes(3_000), bytes(torn), whole[: dice.randrange(len(whole))], b"\0" * 50, b""):
        fields = predict(raw, bright).fields(bright)
        assert fields["kind"] and fields["reason"]
        json.dumps(fields)


# ── mistakes of people ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_mistake_ends_in_one_line_that_says_what_to_do(tmp_path):
    inbox, empty = tmp_path / "mails", tmp_path / "empty"
    inbox.mkdir()
    empty.mkdir()
    (inbox / "one.eml").write_bytes(mail("hello"))
    out = tmp_path / "out.jsonl"
    for arguments, words in [
        ((tmp_path / "nowhere", "--out", out), "There is no folder"),
        ((inbox / "one.eml", "--out", out), "is a file. Name the folder"),
        ((empty, "--out", out), "holds no mails"),
        ((inbox, "--out", tmp_path / "no" / "out.jsonl"), "there is no folder"),
        ((inbox, "--out", tmp_path), "is a folder. Name a file"),
        ((inbox, "--out", out, "--config", tmp_path / "empty"), "holds no rules"),
        ((inbox, "--out", out, "--config", tmp_path / "nowhere"), "holds no rules"),
    ]:
        result = run("evaluate", *arguments)
        assert result.exit_code == 1 and words in result.output and len(result.output.splitlines()) == 1, result.output
        assert not out.exists()
    (inbox / "labels.jsonl").write_text('{"file": "one.eml"}\n\n{"file": \n')
    assert "labels.jsonl, line 3 is no JSON" in run("evaluate", inbox, "--out", out).output
    (inbox / "labels.jsonl").write_text('["one.eml"]\n')
    assert "labels.jsonl, line 1: a label is an object" in run("evaluate", inbox, "--out", out).output


def test_an_earlier_file_stays_until_the_new_one_is_whole(tmp_path, monkeypatch):
    (tmp_path / "one.eml").write_bytes(mail("hello"))
    out = tmp_path / "out.jsonl"
    out.write_text("earlier\n")
    monkeypatch.setattr("mailagent.evaluation.os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    result = run("evaluate", tmp_path, "--config", BRIGHT, "--out", out)
    assert result.exit_code == 1 and "the disk is full; make some room" in result.output
    assert out.read_text() == "earlier\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.eml", "out.jsonl"]


# ── labels ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_labelled_folder_scores_itself_whichever_of_its_folders_is_named(tmp_path):
    inner = tmp_path / "set" / "eml"
    inner.mkdir(parents=True)
    (inner / "m1.eml").write_bytes(mail("Please quote 400 pcs of 6204-2RS."))
    (inner / "m2.eml").write_bytes(mail("Please take me off your list."))
    labels = [
        {"file": "m1.eml", "kind": "inquiry", "tier": 3, "intents": ["asks_price"], "language": "en", "quantity": [{"value": 400}]},
        {"file": "m2.eml", "kind": "reply", "kind_alt": ["unsubscribe"], "tier": None, "intents": ["unsubscribe"], "language": "en"},
    ]
    (tmp_path / "set" / "labels.jsonl").write_text("\n".join(map(json.dumps, labels)))
    for folder in (tmp_path / "set", inner):
        result = run("evaluate", folder, "--config", BRIGHT, "--out", tmp_path / "out.jsonl", "--errors")
        assert result.exit_code == 0
        rows = [" ".join(line.replace("│", " ").split()) for line in result.output.splitlines()]
        assert "kind 50.0 % 2 lenient 100.0 %" in rows
        assert "kind m2.eml reply unsubscribe" in rows
        assert any(row.startswith("tier 100.0 % 1") for row in rows)
        names = [json.loads(line)["file"] for line in (tmp_path / "out.jsonl").read_text().splitlines()]
        assert names == ["m1.eml", "m2.eml"]


def line(file: str = "m", **fields: object) -> dict:
    return {"file": file, **fields}


def figure(name: str, labels: list[dict], predictions: list[dict]) -> measure.Figure:
    return next(one for one in measure.figures(labels, predictions) if one.name == name)


def test_what_may_be_either_is_left_out():
    labels = [
        line("a", fraud="likely", fraud_alt=[]),
        line("b", fraud="suspicious", fraud_alt=["none"]),
        line("c", fraud="none", fraud_alt=["suspicious"]),
        line("d", fraud="none", fraud_alt=[]),
        line("e", fraud="suspicious", fraud_alt=["likely"]),
    ]
    found = figure("fraud", labels, [line("a", fraud="suspicious"), line("c", fraud="likely"), line("d", fraud="suspicious")])
    assert (found.of, round(found.value, 3)) == (3, 0.5)
    assert {wrong[0] for wrong in found.wrong} == {"d", "e"}


def test_optional_intents_are_neither_rewarded_nor_punished():
    labels = [line(intents=["asks_price", "asks_sample"], intents_optional=["asks_sample", "complaint"])]
    assert figure("intents, micro F1", labels, [line(intents=["asks_price", "complaint"])]).value == 1.0
    assert figure("intents, micro F1", labels, [line(intents=["asks_price", "tech_question", "sells_to_us"])]).value == pytest.approx(2 / 3)


def test_a_mail_without_a_prediction_is_wrong():
    labels = [line("a", kind="reply", tier=1, should_stop_cadence=True), line("b", kind="reply", tier=2, should_stop_cadence=False)]
    said = [line("b", kind="reply", tier=2, stop=False)]
    assert [figure(name, labels, said).value for name in ("kind", "tier", "tier, macro F1", "stop")] == [0.5, 0.5, 0.5, 0.0]


def test_a_code_is_the_same_however_it_is_written():
    labels = [line(kind="inquiry", products=["6204-2RS C3", "UCP 205"], quantity=[{"value": 8000, "unit": "pcs"}])]
    said = [line(kind="inquiry", products=["6204 2RSC3", "ucp205"], quantity=[8000, "many", {"unit": "pcs"}])]
    assert figure("products", labels, said).value == 1.0
    assert figure("quantity", labels, said).value == pytest.approx(2 / 3)


def test_a_device_is_written_to_and_a_link_stays_a_link(tmp_path):
    """``--out /dev/stdout`` and its like must not be replaced by a file."""
    inbox = tmp_path / "mails"
    inbox.mkdir()
    (inbox / "one.eml").write_bytes(mail("Please quote 400 pcs of 6204-2RS."))
    pipe, link, real = tmp_path / "pipe", tmp_path / "link.jsonl", tmp_path / "real.jsonl"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert run("evaluate", inbox, "--config", BRIGHT, "--out", pipe).exit_code == 0
    assert json.loads(os.read(reader, 60_000))["file"] == "one.eml" and pipe.is_fifo()
    os.close(reader)
    real.write_text("old")
    link.symlink_to(real)
    assert run("evaluate", inbox, "--config", BRIGHT, "--out", link).exit_code == 0
    assert link.is_symlink() and json.loads(real.read_text("utf-8"))["file"] == "one.eml"
