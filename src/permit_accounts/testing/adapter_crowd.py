"""An adapter's third promise: requests at once stay apart, and slow ones do not hold up quick ones."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Final

from permit_accounts.testing.adapter_case import AdapterCase, Echo, Exchange, Sent, Serve, retold

_REQUESTS: Final = 100
_AT_ONCE: Final = 16
#: More than any pool of an adapter has threads.
_STORM: Final = 40


class Crowd(AdapterCase):
    """Many at once."""

    def test_a_hundred_at_once_are_never_mixed(self, serve: Serve) -> None:
        """Each answer tells of its own request: path, query, cookie and body of one person."""
        exchange = serve(Echo())

        with ThreadPoolExecutor(_AT_ONCE) as people:
            answers = list(people.map(lambda number: _told_of(exchange, number), range(_REQUESTS)))

        assert [_expected(number) for number in range(_REQUESTS)] == answers

    def test_a_storm_of_slow_requests_leaves_room_for_quick_ones(self, serve: Serve) -> None:
        """While more wait than there are threads, a page that takes no hash is answered."""
        handler = Echo()
        exchange = serve(handler)
        with ThreadPoolExecutor(_STORM + 1) as people:
            storm = [people.submit(exchange, Sent(method="POST", target="/slow")) for _ in range(_STORM)]
            try:
                assert handler.arrived.wait(self.patience), "no slow request arrived"
                quick = people.submit(exchange, Sent(target="/quick")).result(self.patience)
            finally:
                handler.opened.set()

        assert 200 == quick.status
        assert [200] * _STORM == [one.result().status for one in storm]


def _told_of(exchange: Exchange, number: int) -> tuple[object, ...]:
    path = "/door" if number % 2 else "/door/inner"
    headers = (("Cookie", f"sid={number}"), ("X-Number", f"{number}"))
    got = exchange(
        Sent(method="POST", target=f"{path}?{number}", headers=headers, body=f"body {number}".encode())
    )
    told = retold(got)
    seen = told["headers"]
    assert isinstance(seen, list)
    own = [value for name, value in seen if name in ("cookie", "x-number")]
    return told["path"], told["query"], sorted(own), bytes.fromhex(str(told["body"]))


def _expected(number: int) -> tuple[object, ...]:
    path = "/door" if number % 2 else "/door/inner"
    return path, f"{number}", sorted([f"sid={number}", f"{number}"]), f"body {number}".encode()
