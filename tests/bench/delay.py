"""A long way to the server: a TCP proxy on 127.0.0.1 that holds every byte for a while; the breadth of the line is not limited.

    python delay.py TARGET_PORT MILLISECONDS_EACH_WAY

A process of its own, so that it takes nothing from whoever measures. Prints its port; ends with its standard input.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

READ_BYTES = 1 << 18


@contextmanager
def delayed(target: int, round_trip_seconds: float) -> Iterator[int]:
    """The port of a proxy before ``target``, whose answers come a round trip later."""
    command = [sys.executable, str(Path(__file__)), str(target), str(round_trip_seconds * 500)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter, seconds: float) -> None:
    """Pass bytes on, each ``seconds`` after it came."""
    loop, waiting = asyncio.get_running_loop(), asyncio.Queue()

    async def read() -> None:
        data = b"-"
        while data:
            try:
                data = await source.read(READ_BYTES)
            except ConnectionError:
                data = b""
            waiting.put_nowait((loop.time() + seconds, data))

    reading = asyncio.create_task(read())
    with suppress(ConnectionError):
        while True:
            due, data = await waiting.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            if not data:
                break
            target.write(data)
            await target.drain()
    reading.cancel()
    target.close()


async def serve(target: int, seconds: float) -> None:
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", target, limit=READ_BYTES)
        for end in (writer, back):
            end.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.gather(carry(reader, back, seconds), carry(there, writer, seconds))

    server = await asyncio.start_server(accept, "127.0.0.1", 0, limit=READ_BYTES)
    print(server.sockets[0].getsockname()[1], flush=True)
    # Whoever started us may be killed: our input ends with him.
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2]) / 1000))
