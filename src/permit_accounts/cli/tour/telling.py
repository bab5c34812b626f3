"""A guide as a list of steps; each says what was read back, or why it did not come out as the guide says.

A step yields readings. Where each comes from is part of it: from what the library returned, from a record in
the database's file, or from an e-mail that arrived. Nothing is told that was not read there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import Protocol, TypeVar

import attrs

from permit_accounts.cli.loopback_smtp import Received
from permit_accounts.cli.shown import problem_lines
from permit_accounts.model.codes import Code
from permit_accounts.model.outcomes import Problem, Refused

T = TypeVar("T")


class Source(StrEnum):
    """Where a reading comes from."""

    OUTCOME = "outcome"
    RECORD = "record"
    EMAIL = "e-mail"


@attrs.frozen
class Reading:
    """Something that was read back."""

    source: Source
    words: str


Readings = Iterator[Reading]


@attrs.frozen
class Step:
    """One step of a guide.

    Args:
        name: A few words by which it is called.
        guide: What the guide has people do, and what comes of it.
        walk: Does it and yields what was read back.
    """

    name: str
    guide: str
    walk: Callable[[], Readings]


class Chapter(Protocol):
    """A guide, or a part of one: steps that build on each other."""

    title: str

    def steps(self) -> Sequence[Step]:
        """The steps, in order."""
        ...


class NotAsTheGuideSays(Exception):  # noqa: N818 - a verdict on a step, not a fault of the program
    """A step did not come out as the guide says; the words say how."""


def returned(words: str) -> Reading:
    """Read from what the library returned."""
    return Reading(Source.OUTCOME, words)


def recorded(words: str) -> Reading:
    """Read from the database's file."""
    return Reading(Source.RECORD, words)


def received(words: str) -> Reading:
    """Read from an e-mail that arrived."""
    return Reading(Source.EMAIL, words)


def mailed(letter: Received) -> Reading:
    """That an e-mail arrived, and where."""
    return received(f"to {letter.recipient}: {letter.subject}")


def expect(is_so: bool, words: str) -> None:
    """What must be so for the step to be right.

    Raises:
        NotAsTheGuideSays: It is not so.
    """
    if not is_so:
        raise NotAsTheGuideSays(words)


def there(found: T | None, words: str) -> T:
    """What must be there.

    Raises:
        NotAsTheGuideSays: There is nothing.
    """
    if found is None:
        raise NotAsTheGuideSays(f"there is no {words}")
    return found


def came_to(kind: type[T], outcome: object) -> T:
    """What must have come of a flow.

    Raises:
        NotAsTheGuideSays: Something else did.
    """
    if isinstance(outcome, kind):
        return outcome
    words = f"{kind.__name__} was to come of it, but {type(outcome).__name__} did"
    if isinstance(outcome, Refused):
        words += ": " + "; ".join(line for problem in outcome.problems for line in problem_lines(problem))
    raise NotAsTheGuideSays(words)


def refused_for(outcome: object, *codes: Code) -> tuple[Problem, ...]:
    """The problems of a refusal, which must be exactly these, in any order.

    Raises:
        NotAsTheGuideSays: It was not refused, or for something else.
    """
    refusal = came_to(Refused, outcome)
    told, meant = sorted(refusal.codes), sorted(codes)
    expect(told == meant, f"it was refused for {', '.join(told)}, not for {', '.join(meant)}")
    return refusal.problems


def problem_readings(problems: Sequence[Problem]) -> Readings:
    """Each problem in the words that the person sees."""
    for problem in problems:
        yield returned(problem_lines(problem)[0])
