"""A DNS server on this machine that knows what a test tells it, over real UDP."""

from __future__ import annotations

import socket
import threading

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rrset


class StubDns:
    """Answers from ``records``: (name, type) → values in zone-file form. ``broken`` names get SERVFAIL; ``is_mute`` says nothing at all.

    A name of which any record or any name below it is known exists; any other is NXDOMAIN.
    """

    def __init__(self, records: dict[tuple[str, str], list[str]]):
        self.records = {(name.lower(), kind): values for (name, kind), values in records.items()}
        self.broken: set[str] = set()
        self.is_mute = False
        self.asked: list[str] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> StubDns:
        self._thread.start()
        return self

    def __exit__(self, *_error) -> None:
        # Only a packet wakes a thread that waits for one.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bell:
            bell.sendto(b"", self._socket.getsockname())
        self._thread.join(5)
        self._socket.close()

    def txt(self, name: str, text: str) -> None:
        """Publish a text of any length, in strings of 255 characters."""
        strings = [text[start : start + 255] for start in range(0, len(text), 255)] or [""]
        self.records.setdefault((name.lower(), "TXT"), []).append(" ".join(f'"{part}"' for part in strings))

    def _serve(self) -> None:
        while True:
            packet, peer = self._socket.recvfrom(4096)
            if not packet:
                return
            try:
                query = dns.message.from_wire(packet)
            except dns.exception.DNSException:
                continue
            if not self.is_mute:
                self._socket.sendto(self._answer(query).to_wire(max_size=65_000), peer)

    def _answer(self, query: dns.message.Message) -> dns.message.Message:
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append(f"{name} {kind}")
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if name in self.broken:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif values := self.records.get((name, kind)):
            answer.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", kind, values))
        elif not any(known == name or known.endswith("." + name) for known, _kind in self.records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer
