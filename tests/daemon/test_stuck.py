"""A mail over which reading never ends: the programme ends and begins anew by itself, and the mail has used up a try."""

from __future__ import annotations

import subprocess
import sys

import pytest
from company import letter
from patience import PATIENCE

pytestmark = pytest.mark.wire

# The programme as its command starts it. Its first life hangs over the first mail, in one of two ways; its second one is as it should be.
PROGRAMME = """
import faulthandler, pathlib, re, sys, threading, time
home, way = pathlib.Path(sys.argv[1]), sys.argv[2]
import mailagent.daemon, mailagent.jobs
if not (home / "hung").exists():
    armed, arm = threading.Event(), faulthandler.dump_traceback_later
    def noted(*a, **k):
        arm(*a, **k)
        armed.set()
    faulthandler.dump_traceback_later = noted
    def hang(*_):
        (home / "hung").touch()
        # Only now: on a busy machine it takes longer than that to begin.
        armed.clear()
        mailagent.daemon.STUCK_SECONDS = 1.0
        armed.wait()
        if way == "sleeps":
            time.sleep(1000)
        # No other thread runs while a pattern is tried.
        re.match("(a+)+$", "a" * 60 + "b")
    if way != "sleeps":
        # So that it is the pattern, and nothing before it, that is found out.
        mailagent.daemon.Daemon.is_stuck = False
    handle = sys.modules["mailagent.jobs.handle"]
    handle.read_one = hang
from mailagent.cli import main
main(["--home", str(home), "--lang", "en", "run", "--no-desk"])
"""


def begin(company, way: str) -> subprocess.Popen:
    script = company.home / "programme.py"
    script.write_text(PROGRAMME, "utf-8")
    return subprocess.Popen(
        [sys.executable, script, company.home, way], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=company.environment()
    )


@pytest.mark.parametrize("way", ["sleeps", "holds everybody up"])
def test_reading_that_never_ends(company, dovecot, buyer, way):
    company.change(reading={"tick_seconds": 0.5})
    dovecot.deliver(company.address, letter(buyer, company.address))
    process = begin(company, way)
    try:
        if way == "holds everybody up":
            # Nothing of ours can run any more; whoever looks after the process (systemd) starts it again.
            said = process.communicate(timeout=PATIENCE)[0].decode()
            assert process.returncode == 1 and "in hang" in said
            process = begin(company, way)
        company.wait_for("SELECT 1 FROM inbound WHERE state = 'handled' AND tries > 1")
        company.wait_for("SELECT 1 FROM outbox WHERE state = 'drafted'")
        assert process.poll() is None, "it began anew as the same process"
        process.terminate()
        said = process.communicate(timeout=PATIENCE)[0].decode()
        assert process.returncode == 0
        assert ("Reading a mail has not come to an end. mailagent begins anew" in said) == (way == "sleeps")
    finally:
        process.kill()
        process.wait(PATIENCE)
