"""From a fault to an answer: a log is told its kind and its place, the person nothing (ASVS 5.0, 16.2.5)."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from http import HTTPStatus
from logging import Logger
from pathlib import Path
from typing import Final

import attrs

from permit_accounts import OutcomeUnknown, TryAgainLater, Unavailable
from permit_accounts.web import answers
from permit_accounts.web.answers import Header
from permit_accounts.web.asking import Asking
from permit_accounts.web.response import Response


@attrs.frozen(kw_only=True)
class Fault:
    """What a person is told of a fault.

    Args:
        key: The key of its words; `.title` and `.text` belong to it.
        status: How it is answered.
        headers: When to come again, where that is known.
    """

    key: str
    status: HTTPStatus
    headers: tuple[Header, ...] = ()


_FAULT: Final = Fault(key="web.fault", status=HTTPStatus.INTERNAL_SERVER_ERROR)
_OUT_OF_REACH: Final = Fault(
    key="web.unavailable", status=HTTPStatus.SERVICE_UNAVAILABLE, headers=(("Retry-After", "5"),)
)
#: Without `Retry-After`: whoever asks again without having looked may do it twice.
_OUTCOME_UNKNOWN: Final = Fault(key="web.outcome-unknown", status=HTTPStatus.SERVICE_UNAVAILABLE)


def handled(
    asking: Asking,
    *,
    answer: Callable[[], Response],
    say: Callable[[Asking, Fault], Response],
    log: Logger,
) -> Response:
    """What a handler sends to a request, whatever happens on the way. It raises nothing.

    Args:
        asking: The request.
        answer: Makes the answer.
        say: Makes the answer to a fault. It is given the request of nobody in particular, so that it asks
            neither the host nor a store, which may be what is out of reach. Where it fails too, the status is
            told in plain text: what failed may be the city's own template of every page.
        log: Where a fault is noted.
    """
    try:
        response = answer()
    except Exception as error:
        response = _told(asking, _noted(error, log), say=say, log=log)
    if asking.request.method == "HEAD":
        response = answers.without_body(response)
    return response if asking.setting.plain_http else answers.over_https(response)


def not_now(error: TryAgainLater | Unavailable, log: Logger) -> Fault:
    """What a person is told where something could not be done now, or may have been. The log is told why."""
    log.warning("a request could not be answered now: %s", _kinds(error))
    return _OUTCOME_UNKNOWN if isinstance(error, OutcomeUnknown) else _OUT_OF_REACH


def shown_after(error: TryAgainLater | Unavailable, page: Callable[[], Response]) -> Response:
    """The page that tells of a fault.

    Raises:
        TryAgainLater, Unavailable: The fault itself, where the store is out of reach for its page too: what a
            person must know is what became of the request, and not of the page.
    """
    try:
        return page()
    except (TryAgainLater, Unavailable):
        raise error from None


def kind_and_place(error: Exception) -> str:
    """What a log is told of it: no word of its message or of a variable, which may hold what was typed."""
    frames = traceback.extract_tb(error.__traceback__)
    places = (f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames[-8:]))
    return f"{type(error).__name__} at {' < '.join(places)}"


def _told(asking: Asking, fault: Fault, *, say: Callable[[Asking, Fault], Response], log: Logger) -> Response:
    """An answer to nobody in particular changes nothing in somebody's browser."""
    try:
        return answers.without_cookies(say(asking.of_nobody(), fault))
    except Exception as error:
        log.error("nor could that be told on a page: %s", kind_and_place(error))
        return answers.plain(fault.status, headers=fault.headers)


def _noted(error: Exception, log: Logger) -> Fault:
    if isinstance(error, TryAgainLater | Unavailable):
        return not_now(error, log)
    log.error("a request failed: %s", kind_and_place(error))
    return _FAULT


def _kinds(error: Exception) -> str:
    """What failed, and by which error of a driver, so that a missing privilege is told from a lost line.

    No word of either: a driver's own may hold what was typed.
    """
    cause = error.__cause__
    if cause is None:
        return type(error).__name__
    number = next((said for said in cause.args[:1] if isinstance(said, int)), None)
    by = type(cause).__name__ if number is None else f"{type(cause).__name__} {number}"
    return f"{type(error).__name__} ({by})"
