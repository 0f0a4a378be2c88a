"""Where the letters of the bench go: an aiosmtpd server that takes everything and keeps nothing.

python smtp_sink.py PORT        prints "ready" when it listens; ends with its standard input.
python smtp_sink.py PORT pipelining   announces that it takes commands in one go (RFC 2920), as mail providers' servers do. aiosmtpd can,
                                and does not say so by itself; bare smtplib makes nothing of it.
"""

from __future__ import annotations

import asyncio
import sys

from aiosmtpd.smtp import SMTP


class Sink:
    """Says yes to every letter."""

    def __init__(self, *announced: str):
        self.announced = [f"250-{name.upper()}" for name in announced]

    async def handle_EHLO(self, _server, session, _envelope, hostname: str, responses: list[str]) -> list[str]:  # noqa: N802
        session.host_name = hostname
        return [*responses[:-1], *self.announced, responses[-1]]

    async def handle_DATA(self, _server, _session, _envelope) -> str:  # noqa: N802 (the name is aiosmtpd's)
        return "250 OK"


async def serve(port: int, *announced: str) -> None:
    loop = asyncio.get_running_loop()
    # As many clients do, its host name is not asked for: the answer would be a matter of the network.
    await loop.create_server(lambda: SMTP(Sink(*announced), hostname="sink.example", enable_SMTPUTF8=True), "127.0.0.1", port)
    print("ready", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), *sys.argv[2:]))
