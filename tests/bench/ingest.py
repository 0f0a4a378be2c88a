"""How fast mail comes in and is understood: one ``figure: value`` line for each figure. docs/performance.md says what they mean.

    make bench ONLY=ingest                    all of them, medians of five pairs (about an hour)
    make bench ONLY=ingest QUICK=1            everything once on a tenth of the mails: does it run?
    make bench ONLY=ingest FIGURES="receive_over_raw peak_mib" PAIRS=7

What cannot be measured here says why; no figure is made up. Progress and spread go to the standard error.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import signal
import statistics
import sys
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path

import corpus
import delay
import idle
import pairs
import peers
from stage import Stage

ROUND_TRIP_SECONDS = 0.030
REAL_MAILS = Path(__file__).parents[3] / "shared" / "corpora" / "f_business_threads"
CHECKS = 50

#: name of a figure → its value, or the reason why there is none.
Figures = dict[str, float | str]


@dataclass(frozen=True)
class Sizes:
    """How many mails the mailboxes hold, and how often something is done.

    Attributes:
        ten, hundred: the names are those of the full measuring, in thousands.
    """

    one: int = 1_000
    ten: int = 10_000
    thirty: int = 30_000
    hundred: int = 100_000
    real: int = 1_000_000
    inquiries: int = 20
    pairs: int = 5


QUICK = Sizes(one=200, ten=1_000, thirty=2_000, hundred=2_000, real=300, inquiries=3, pairs=1)


class Bench:
    """The stage with its mailboxes; each is filled when somebody first asks for it."""

    def __init__(self, stage: Stage, sizes: Sizes):
        self.stage, self.sizes = stage, sizes
        self._filled: dict[str, int] = {}

    @cached_property
    def mails(self) -> list[corpus.Mail]:
        made = list(corpus.mails(self.sizes.ten))
        tell(f"corpus: {len(made)} mails, {sum(len(mail.raw) for mail in made)} bytes, seed {corpus.SEED}, {corpus.fingerprint(made)}")
        return made

    def mailbox(self, size: str) -> tuple[str, int]:
        """The user of a mailbox, as "ten" or "real", and how many different mails it holds."""
        if size not in self._filled:
            tell(f"filling the mailbox {size}")
            mails = real_mails(self.sizes.real) if size == "real" else self._synthetic(size)
            self.stage.fill(size, mails)
            self._filled[size] = len({hashlib.sha256(mail.raw).digest() for mail in mails}) if size == "real" else len(mails)
        return size, self._filled[size]

    def _synthetic(self, size: str) -> list[corpus.Mail]:
        return list(corpus.repeat(self.mails, getattr(self.sizes, size)))

    def ours(self, size: str, how: str, port: int = 0) -> Callable[[], list[str]]:
        """Makes the command of our own reading of a mailbox, on a fresh home folder each time."""
        user, _ = self.mailbox(size)
        return lambda: self.stage.ours(user, how, port=port)

    def raw(self, size: str) -> Callable[[], list[str]]:
        user, _ = self.mailbox(size)
        return lambda: self.stage.raw(user)

    def address(self, size: str) -> tuple[int, str, str]:
        """Port, login and password of a mailbox, for the peers."""
        user, _ = self.mailbox(size)
        return self.stage.port, self.stage.address(user), self.stage.password

    def in_turn(self, size: str, commands: dict[str, Callable[[], list[str]]], **options) -> dict[str, list[pairs.Run]]:
        """Run the commands in turn; then see that ours left no mail out, because a quick answer must be a right one first."""
        runs = pairs.in_turn(commands, options.pop("number", self.sizes.pairs), **options)
        _, number = self.mailbox(size)
        for name, done in runs.items():
            tell(f"  {name}: {pairs.seconds(done):.2f} s ({min(r.seconds for r in done):.2f} to {max(r.seconds for r in done):.2f})")
            for each in done:
                said = json.loads(each.said) if each.said.startswith("{") else {}
                wrong = {key: said[key] for key in ("received", "handled") if said.get(key, number) != number}
                if wrong:
                    tell(each.complained[-3000:])
                    raise RuntimeError(f"{name} left mails out: {wrong} of {number}")
        return runs


def real_mails(most: int) -> list[corpus.Mail]:
    """The customers' mails that lie beside the project in development."""
    files = sorted(REAL_MAILS.rglob("*.eml"))[:most]
    if not files:
        raise LookupError(f"no mails in {REAL_MAILS}")
    return [
        corpus.Mail(corpus.BEGIN + timedelta(minutes=number), path.read_bytes().replace(b"\r\n", b"\n"))
        for number, path in enumerate(files)
    ]


# ── what is measured ────────────────────────────────────────────────────────────────────────────────────────────


def over_raw(bench: Bench) -> Figures:
    """Ours against the raw fetch, and against the quickest way to a searchable store that others offer."""
    absent = peers.missing("mbsync", "notmuch")
    address = bench.address("ten")
    commands = {"raw": bench.raw("ten"), "receive": bench.ours("ten", "receive"), "full": bench.ours("ten", "full")}
    if not absent:
        commands["mbsync+notmuch"] = lambda: peers.mbsync(bench.stage.scratch(), *address, notmuch=True)
    runs = bench.in_turn("ten", commands)
    for part in ("receive", "handle"):
        taken = statistics.median(json.loads(each.said)[f"{part}_seconds"] for each in runs["full"])
        tell(f"  of full: {part} {taken:.2f} s")
    return {
        "raw_seconds": pairs.seconds(runs["raw"]),
        "receive_over_raw": pairs.ratio(runs["receive"], runs["raw"]),
        "full_over_raw": pairs.ratio(runs["full"], runs["raw"]),
        "mbsync_notmuch_over_raw": absent or pairs.ratio(runs["mbsync+notmuch"], runs["raw"]),
        "mbsync_notmuch_over_full": absent or pairs.ratio(runs["mbsync+notmuch"], runs["full"]),
    }


def real_over_raw(bench: Bench) -> Figures:
    """The same with mail that people wrote."""
    runs = bench.in_turn("real", {"raw": bench.raw("real"), "full": bench.ours("real", "full")})
    return {"real_full_over_raw": pairs.ratio(runs["full"], runs["raw"])}


def idle_to_draft(bench: Bench) -> Figures:
    """From IDLE's wake-up to the draft, in a daemon that runs."""
    taken = idle.wake_to_draft(bench.stage, "idle", bench.sizes.inquiries)
    tell(f"  IDLE to draft: {min(taken):.1f} to {max(taken):.1f} ms in {len(taken)} inquiries")
    return {"idle_to_draft_ms": statistics.median(taken)}


def nothing_new(bench: Bench) -> Figures:
    """Looking again on an open connection, in all folders, where nothing has come."""
    figures: Figures = {}
    for size, name in (("one", "1k"), ("thirty", "30k")):
        user, _ = bench.mailbox(size)
        said = json.loads(pairs.run(bench.stage.ours(user, "check", str(CHECKS))).said)
        figures[f"check_nothing_new_ms_{name}"] = statistics.median(said["check_ms"])
    return figures


def round_trips(bench: Bench) -> Figures:
    """The same import over a long way."""
    with delay.delayed(bench.stage.port, ROUND_TRIP_SECONDS) as far:
        commands = {
            "receive": bench.ours("ten", "receive"),
            "receive, far": bench.ours("ten", "receive", far),
            "full": bench.ours("ten", "full"),
            "full, far": bench.ours("ten", "full", far),
        }
        runs = bench.in_turn("ten", commands)
    return {
        "rtt30_receive_over_loopback": pairs.ratio(runs["receive, far"], runs["receive"]),
        "rtt30_over_loopback": pairs.ratio(runs["full, far"], runs["full"]),
    }


def growth(bench: Bench) -> Figures:
    """Whether memory and the time of one mail stay as they are when the mailbox grows a hundred times.

    The time is that of the work without the start of the interpreter, which a thousand mails would not hide.
    """
    # No warm-up: the server is warm from the filling, and a run of the large mailbox takes long.
    for size in ("one", "ten", "hundred"):
        bench.mailbox(size)
    rounds = [
        {size: bench.in_turn(size, {size: bench.ours(size, "full")}, number=1, warm_up=False, memory=True)[size][0] for size in SIZES}
        for _ in range(bench.sizes.pairs)
    ]
    runs = {size: [each[size] for each in rounds] for size in SIZES}
    per_mail = {size: [_seconds_per_mail(each) for each in runs[size]] for size in SIZES}
    return {
        "peak_mib": statistics.median(each.peak_mib for each in runs["hundred"]),
        "peak_mib_10k": statistics.median(each.peak_mib for each in runs["ten"]),
        "time_per_mail_100k_over_1k": statistics.median(a / b for a, b in zip(per_mail["hundred"], per_mail["one"], strict=True)),
    }


SIZES = ("one", "ten", "hundred")


def _seconds_per_mail(run: pairs.Run) -> float:
    said = json.loads(run.said)
    return (said["receive_seconds"] + said["handle_seconds"]) / said["received"]


def others(bench: Bench) -> Figures:
    """What the same mailbox costs the others, in the same run."""
    absent = peers.missing("mbsync")
    address = bench.address("ten")
    commands = {
        "raw": bench.raw("ten"),
        "stdlib_parse": lambda: peers.in_python("stdlib", *address),
        "imap_tools_bulk": lambda: peers.in_python("imap-tools", *address),
        "imap_tools_single": lambda: peers.in_python("imap-tools-single", *address),
    }
    if not absent:
        commands["mbsync"] = lambda: peers.mbsync(bench.stage.scratch(), *address)
        commands["mbsync_fsync"] = lambda: peers.mbsync(bench.stage.scratch(), *address, fsync=True)
    runs = bench.in_turn("ten", commands)
    names = ("stdlib_parse", "imap_tools_bulk", "imap_tools_single", "mbsync", "mbsync_fsync")
    return {f"{name}_over_raw": pairs.ratio(runs[name], runs["raw"]) if name in runs else absent for name in names}


#: What is measured together, and the figures that come of it.
MEASURES: dict[Callable[[Bench], Figures], tuple[str, ...]] = {
    over_raw: ("raw_seconds", "receive_over_raw", "full_over_raw", "mbsync_notmuch_over_raw", "mbsync_notmuch_over_full"),
    real_over_raw: ("real_full_over_raw",),
    idle_to_draft: ("idle_to_draft_ms",),
    nothing_new: ("check_nothing_new_ms_1k", "check_nothing_new_ms_30k"),
    round_trips: ("rtt30_receive_over_loopback", "rtt30_over_loopback"),
    growth: ("peak_mib", "peak_mib_10k", "time_per_mail_100k_over_1k"),
    others: tuple(f"{name}_over_raw" for name in ("stdlib_parse", "imap_tools_bulk", "imap_tools_single", "mbsync", "mbsync_fsync")),
}


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def measure(bench: Bench, wanted: Iterable[str]) -> bool:
    """Print every wanted figure; false if something broke."""
    good = True
    for work, names in MEASURES.items():
        asked = [name for name in names if name in wanted]
        if not asked:
            continue
        tell(f"{work.__name__}: {(work.__doc__ or '').splitlines()[0]}")
        try:
            figures = work(bench)
        except LookupError as error:
            figures = dict.fromkeys(names, str(error))
        except Exception as error:  # one figure that cannot be had must not cost the others
            tell(traceback.format_exc())
            good, figures = False, dict.fromkeys(names, (str(error).strip() or type(error).__name__).splitlines()[-1])
        for name in asked:
            value = figures[name]
            print(f"{name}: {f'not measured ({value})' if isinstance(value, str) else f'{value:.3g}'}", flush=True)
    return good


def profile(bench: Bench, folder: Path) -> int:
    """One run of ours, in one process, with Python's own profiler, which makes small functions look dear."""
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["MAILAGENT_BENCH_PROFILE"] = str(folder.resolve())
    tell(pairs.run(bench.ours("ten", "full")()).said)
    tell(f"see {folder / 'receive.txt'} and {folder / 'handle.txt'}")
    return 0


def main() -> int:
    known = [name for names in MEASURES.values() for name in names]
    parser = argparse.ArgumentParser(description="How fast mail comes in and is understood.")
    parser.add_argument("figures", nargs="*", help=f"only these: {', '.join(known)}")
    parser.add_argument("--quick", action="store_true", help="a tenth of the mails, once: to see that it runs")
    parser.add_argument("--profile", metavar="FOLDER", help="measure nothing; write there where the time of receive and of handle goes")
    parser.add_argument("--pairs", type=int, default=0, help="so many pairs instead of 5")
    options = parser.parse_args()
    if unknown := [name for name in options.figures if name not in known]:
        parser.error(f"there is no figure {unknown[0]}; there are: {', '.join(known)}")
    if not shutil.which("dovecot"):
        tell("Dovecot is not here: apt-get install dovecot-imapd dovecot-lmtpd")
        return 1
    sizes = QUICK if options.quick else Sizes()
    if options.pairs:
        sizes = Sizes(**vars(sizes) | {"pairs": options.pairs})
    if options.quick:
        tell("QUICK: so few mails show that everything runs; the figures mean nothing.")
    # A user's Python keeps the byte code of what it has compiled; the uncounted run writes it.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # A terminated run tidies up like an interrupted one.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with Stage(("one", "ten", "thirty", "hundred", "real", "idle")) as stage:
            bench = Bench(stage, sizes)
            if options.profile:
                return profile(bench, Path(options.profile))
            return 0 if measure(bench, options.figures or known) else 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
