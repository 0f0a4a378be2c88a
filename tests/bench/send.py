"""How quickly letters leave, beside bare smtplib on the same machine in the same minutes: ``make bench ONLY=send``.

One line ``figure: value`` each on the standard output; times and their spread go to the standard error.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

import pairs
from home import write_home

sys.path.append(str(Path(__file__).parents[1] / "wire"))

from door import own_port  # noqa: E402 (the servers of the wire tests lie in a folder beside this one)

HERE = Path(__file__).parent
OURS = [sys.executable, str(HERE / "run_sending.py")]
PUBLIC = [sys.executable, str(HERE / "run_public.py")]


class Bench:
    """A folder for home folders, and the sink."""

    def __init__(self, folder: Path, quick: bool, number: int):
        self.folder, self.quick, self.number = folder, quick, number

    def home(self, name: str) -> Path:
        shutil.rmtree(self.folder / name, ignore_errors=True)
        return write_home(self.folder / name, "sales@acme.example", "nobody asks", 9)


def over_smtplib(bench: Bench) -> dict[str, float]:
    """Our delivery over bare smtplib: the same bytes to the same aiosmtpd, which takes commands in one go, as providers do (RFC 2920)."""
    ratio, bare = sent(bench, "pipelining")
    return {"send_over_smtplib": ratio, "bare_smtplib_ms": bare}


def step_by_step(bench: Bench) -> dict[str, float]:
    """The same where the server wants each command by itself."""
    return {"send_step_by_step_over_smtplib": sent(bench)[0]}


def sent(bench: Bench, *announced: str) -> tuple[float, float]:
    """The ratio, and the milliseconds of a letter that smtplib sends; each over one connection, in turn."""
    port = own_port()
    command = [sys.executable, str(HERE / "smtp_sink.py"), str(port), *announced]
    sink = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        sink.stdout.readline()
        letters = 200 if bench.quick else 100 * 2 * bench.number
        said = json.loads(pairs.run([*OURS, "send", str(bench.home("send")), str(port), str(letters)]).said)
    finally:
        sink.stdin.close()
        sink.wait()
    tell(f"  ours {each(said['ours'], said['block'])}, bare {each(said['bare'], said['block'])}")
    ratios = [bare / ours for ours, bare in zip(said["ours"], said["bare"], strict=True)]
    tell(f"  ratios {min(ratios):.2f} to {max(ratios):.2f}")
    return statistics.median(ratios), 1000 * statistics.median(said["bare"]) / said["block"]


def claim(bench: Bench) -> dict[str, float]:
    """The claim under a million suppressed addresses over the claim under a thousand."""
    few, many = bench.home("few"), bench.home("many")
    for home, number in ((few, 1_000), (many, 10_000 if bench.quick else 1_000_000)):
        pairs.run([*OURS, "suppress", str(home), str(number)])
    said = json.loads(pairs.run([*OURS, "claim", str(few), str(many), "2" if bench.quick else str(4 * bench.number)]).said)
    ratios = [many / few for few, many in zip(said["few"], said["many"], strict=True)]
    tell(f"  ratios {min(ratios):.2f} to {max(ratios):.2f}")
    return {"claim_1m_over_1k": statistics.median(ratios)}


def public_page(bench: Bench) -> dict[str, float]:
    """The public page under a bounded rush from this machine: requests a second, and wishes that were answered and not kept."""
    buyers = 80 if bench.quick else 2_000
    folder = bench.folder / "public"
    folder.mkdir()
    server = subprocess.Popen([*PUBLIC, "serve", str(folder), str(buyers)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        port = server.stdout.readline().strip()
        said = json.loads(pairs.run([*PUBLIC, "rush", port, str(buyers)]).said)
        kept = int(server.communicate("end\n", timeout=60)[0])
    finally:
        server.kill()
        server.wait()
    tell(f"  {said['asked']} requests in {said['seconds']:.1f} s, {said['good']} answered with 200, {kept} of {buyers} wishes kept")
    lost = buyers - kept + said["asked"] - said["good"]
    return {"public_requests_per_second": said["asked"] / said["seconds"], "public_lost": lost}


MEASURES: dict[Callable[[Bench], dict[str, float]], tuple[str, ...]] = {
    over_smtplib: ("send_over_smtplib", "bare_smtplib_ms"),
    step_by_step: ("send_step_by_step_over_smtplib",),
    claim: ("claim_1m_over_1k",),
    public_page: ("public_requests_per_second", "public_lost"),
}


def each(seconds: list[float], block: int) -> str:
    """Milliseconds a letter: the median block and the spread of all."""
    taken = [1000 * one / block for one in seconds]
    return f"{statistics.median(taken):.2f} ms a letter ({min(taken):.2f} to {max(taken):.2f})"


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    known = [name for names in MEASURES.values() for name in names]
    parser = argparse.ArgumentParser(description="How quickly letters leave.")
    parser.add_argument("figures", nargs="*", help=f"only these: {', '.join(known)}")
    parser.add_argument("--quick", action="store_true", help="few letters, once: to see that it runs")
    parser.add_argument("--profile", metavar="FOLDER", help="measure nothing; write there where the time of our delivery goes")
    parser.add_argument("--pairs", type=int, default=5, help="so many pairs of blocks, twice; 5 when not said")
    options = parser.parse_args()
    if unknown := [name for name in options.figures if name not in known]:
        parser.error(f"there is no figure {unknown[0]}; there are: {', '.join(known)}")
    if options.quick:
        tell("QUICK: so few letters show that everything runs; the figures mean nothing.")
    if options.profile:
        Path(options.profile).mkdir(parents=True, exist_ok=True)
        os.environ["MAILAGENT_BENCH_PROFILE"] = str(Path(options.profile).resolve())
    good = True
    with tempfile.TemporaryDirectory(prefix="mailagent-bench-") as folder:
        bench = Bench(Path(folder), options.quick, options.pairs)
        for work, names in MEASURES.items():
            asked = [name for name in names if name in (options.figures or known)]
            if not asked or options.profile and work is not over_smtplib:
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
