"""What a tick of the planner costs, and whether that follows what is due or what is stored: ``make bench ONLY=tick``.

One line ``figure: value`` each on the standard output; times and their spread go to the standard error.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pairs

OURS = [sys.executable, str(Path(__file__).parent / "run_tick.py")]
#: What APScheduler keeps its jobs in; nothing else needs it, so it is put into the bench's own folder.
STORE = "sqlalchemy>=2,<3"


class Bench:
    """A folder for houses; each is filled once."""

    def __init__(self, folder: Path, quick: bool, turns: int):
        self.folder, self.quick, self.turns = folder, quick, turns
        self.few, self.many, self.changed, self.jobs = (2_000, 6_000, 2_000, 1_000) if quick else (10_000, 1_000_000, 500_000, 200_000)

    @cache  # noqa: B019 (there is one bench, and it lives to the end)
    def house(self, leads: int) -> Path:
        home = self.folder / f"house{leads}"
        tell(f"  {leads:,} leads, {3 * leads:,} events: {self.ask('fill', home, leads)['mib']:.0f} MiB")
        return home

    def ask(self, *command: object) -> dict:
        return json.loads(pairs.run([*OURS, *map(str, command)]).said)


@cache
def ticks(bench: Bench) -> dict:
    """The same ticks in both houses, in turn; with APScheduler, if its store can be had."""
    return bench.ask("tick", bench.house(bench.few), bench.house(bench.many), bench.jobs if store(bench) else 0, bench.turns)


@cache
def store(bench: Bench) -> bool:
    """Install what APScheduler needs beside everything else; False if it cannot be had."""
    target = bench.folder / "store"
    try:
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--target", str(target), STORE], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        tell(f"  without APScheduler: {STORE} cannot be installed ({error})")
        return False
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), str(target))))
    return True


def over_fewer(bench: Bench) -> dict[str, float]:
    """A tick with 500 leads due: a million leads over ten thousand; and a tick with none due, milliseconds."""
    said = ticks(bench)
    tell(f"  few {each(said['few'])}, many {each(said['many'])}")
    ratios = [many / few for few, many in zip(said["few"], said["many"], strict=True)]
    tell(f"  ratios {min(ratios):.2f} to {max(ratios):.2f}")
    return {"tick_1m_over_10k": statistics.median(ratios), "tick_ms": statistics.median(said["many"]), "idle_tick_ms": said["idle"]}


def beside_apscheduler(bench: Bench) -> dict[str, float]:
    """APScheduler's wake-up with 500 of its 200,000 jobs due over our tick with 500 of a million leads due, in turn."""
    said = ticks(bench)
    if not said["scheduler"]:
        raise RuntimeError(f"pip install '{STORE}' failed")
    tell(f"  APScheduler {each(said['scheduler'])}, our tick {each(said['many'])}")
    ratios = [theirs / ours for theirs, ours in zip(said["scheduler"], said["many"], strict=True)]
    tell(f"  ratios {min(ratios):.2f} to {max(ratios):.2f}")
    return {"apscheduler_over_tick": statistics.median(ratios)}


def memory(bench: Bench) -> dict[str, float]:
    """The most memory of a process that does nothing but tick, in the large house; and how much more that is than in the small one."""
    few, many = (bench.ask("memory", bench.house(leads), bench.turns)["mib"] for leads in (bench.few, bench.many))
    tell(f"  few {few:.1f} MiB, many {many:.1f} MiB")
    return {"tick_peak_mib": many, "tick_more_mib": many - few}


def replanned(bench: Bench) -> dict[str, float]:
    """Every planned letter anew after a change of the policy: a hundred thousand of half a million leads."""
    said = bench.ask("replan", bench.house(bench.changed))
    tell(f"  {said['leads']:,} leads looked at, {said['moved']:,} moved")
    return {"replan_100k_seconds": said["seconds"], "replan_peak_mib": said["mib"]}


MEASURES: dict[Callable[[Bench], dict[str, float]], tuple[str, ...]] = {
    over_fewer: ("tick_1m_over_10k", "tick_ms", "idle_tick_ms"),
    beside_apscheduler: ("apscheduler_over_tick",),
    memory: ("tick_peak_mib", "tick_more_mib"),
    replanned: ("replan_100k_seconds", "replan_peak_mib"),
}


def each(milliseconds: list[float]) -> str:
    return f"{statistics.median(milliseconds):.0f} ms ({min(milliseconds):.0f} to {max(milliseconds):.0f})"


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    known = [name for names in MEASURES.values() for name in names]
    parser = argparse.ArgumentParser(description="What a tick of the planner costs.")
    parser.add_argument("figures", nargs="*", help=f"only these: {', '.join(known)}")
    parser.add_argument("--quick", action="store_true", help="few leads, once: to see that it runs")
    parser.add_argument("--pairs", type=int, default=5, help="so many ticks each, in turn; 5 when not said")
    options = parser.parse_args()
    if unknown := [name for name in options.figures if name not in known]:
        parser.error(f"there is no figure {unknown[0]}; there are: {', '.join(known)}")
    if options.quick:
        tell("QUICK: so few leads show that everything runs; the figures mean nothing.")
    good = True
    with tempfile.TemporaryDirectory(prefix="mailagent-bench-") as folder:
        bench = Bench(Path(folder), options.quick, 1 if options.quick else options.pairs)
        for work, names in MEASURES.items():
            asked = [name for name in names if name in (options.figures or known)]
            if not asked:
                continue
            tell(f"{work.__name__}: {(work.__doc__ or '').splitlines()[0]}")
            try:
                figures = work(bench)
            except Exception as error:  # one figure that cannot be had must not cost the others
                tell(traceback.format_exc())
                good = False
                for name in asked:
                    print(f"{name}: not measured ({(str(error).strip() or type(error).__name__).splitlines()[-1]})", flush=True)
                continue
            for name in asked:
                print(f"{name}: {figures[name]:.3g}", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
