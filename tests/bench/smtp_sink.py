"""Where the letters of the bench go: an aiosmtpd server that takes everything and keeps nothing.

python smtp_sink.py PORT        prints "ready" when it listens; ends with its standard input.
"""

from __future__ import annotations

import asyncio
import sys

from aiosmtpd.smtp import SMTP


class Sink:
    """Says yes to every letter."""

    async def handle_DATA(self, _server, _session, _envelope) -> str:  # noqa: N802 (the name is aiosmtpd's)
        return "250 OK"


async def serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    # As many clients do, its host name is not asked for: the answer would be a matter of the network.
    await loop.create_server(lambda: SMTP(Sink(), hostname="sink.example", enable_SMTPUTF8=True), "127.0.0.1", port)
    print("ready", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
