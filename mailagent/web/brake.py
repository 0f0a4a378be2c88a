"""The brake on those who ask too often: so many requests a minute from one address, and a bounded memory for addresses."""

from __future__ import annotations

import ipaddress
import threading
from collections import OrderedDict
from collections.abc import Callable

#: Of so many addresses it is remembered how often they asked; a flood from more of them costs no more room.
ADDRESSES = 10_000


class Brake:
    """A bucket for each address, which fills evenly and holds a minute's worth.

    Args:
        per_minute: requests of one address.
        clock: seconds that only go forward.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float]):
        self._most, self._clock = float(per_minute), clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def lets_pass(self, address: str) -> bool:
        """Whether this request is still within the measure; it is counted if so."""
        house, now = house_of(address), self._clock()
        with self._lock:
            left, at = self._left.pop(house, (self._most, now))
            left = min(self._most, left + (now - at) * self._most / 60)
            passes = left >= 1
            self._left[house] = (left - 1 if passes else left, now)
            if len(self._left) > ADDRESSES:
                self._left.popitem(last=False)
        return passes


def house_of(address: str) -> str:
    """Who stands behind an address: one with IPv6 has a whole network of addresses (RFC 4291 §2.5.4)."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if ip.version == 6 and ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip, 64), strict=False)) if ip.version == 6 else str(ip)
