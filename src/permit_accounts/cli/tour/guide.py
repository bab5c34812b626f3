"""The tour itself: every step of every chapter in order, told while it happens, summed up at the end."""

from __future__ import annotations

import shutil
import tempfile
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

import attrs
import click

from permit_accounts.cli.endings import Ending
from permit_accounts.cli.report import Report
from permit_accounts.cli.shown import document
from permit_accounts.cli.tour.by_mail import SetupByMail
from permit_accounts.cli.tour.city import TourCity, tour_city
from permit_accounts.cli.tour.new_contractor import NewContractor
from permit_accounts.cli.tour.not_in_time import NotInTime
from permit_accounts.cli.tour.public import PublicUser
from permit_accounts.cli.tour.returning import ReturningContractor
from permit_accounts.cli.tour.returning_forgets import ReturningForgets
from permit_accounts.cli.tour.roster_day import RosterDay
from permit_accounts.cli.tour.shared_mailbox import SharedMailbox
from permit_accounts.cli.tour.telling import Chapter, NotAsTheGuideSays, Reading, Step
from permit_accounts.rules.policy import Argon2Cost
from permit_accounts.tools.services import utc_now

CHAPTERS: Final[Sequence[Callable[[TourCity], Chapter]]] = (
    PublicUser,
    RosterDay,
    ReturningContractor,
    ReturningForgets,
    SetupByMail,
    NotInTime,
    NewContractor,
    SharedMailbox,
)
_HOW_TO_READ: Final = (
    "The log-in guides of a city, step by step. Each line below a step was read back: from what the library "
    "returned (outcome), from the database (record), or from mail that arrived by SMTP (e-mail)."
)
_WIDEST: Final = 100
_SOURCE: Final = 9


@attrs.frozen(kw_only=True)
class Told:
    """One step as it came out; `wrong` is empty where it came out as the guide says."""

    number: str
    chapter: str
    step: str
    readings: tuple[Reading, ...] = ()
    wrong: str = ""


def take(
    report: Report,
    *,
    keep: str | None = None,
    argon2: Argon2Cost | None = None,
    chapters: Sequence[Callable[[TourCity], Chapter]] = CHAPTERS,
) -> Ending:
    """Walk through the chapters.

    Args:
        report: Where it is told.
        keep: A folder in which everything is left; by default it is all removed.
        argon2: What a password costs; the default of `Policy`, as in a real city.
        chapters: Which chapters.
    """
    began = utc_now()
    told: list[Told] = []
    with _folder(keep) as folder, tour_city(folder, argon2=argon2 or Argon2Cost()) as city:
        _say_where(report, folder, kept=keep is not None)
        for number, make in enumerate(chapters, start=1):
            told += _walked(report, city, make(city), number)
        if keep is not None:
            _keep_mail(city)
    took = utc_now() - began
    _sum_up(report, told, took)
    report.document(
        {
            "steps": document(told),
            "as_the_guides_say": not any(step.wrong for step in told),
            "seconds": round(took.total_seconds(), 1),
        }
    )
    return Ending.REFUSED if any(step.wrong for step in told) else Ending.DONE


def _walked(report: Report, city: TourCity, chapter: Chapter, chapter_number: int) -> Iterator[Told]:
    """The steps of one chapter, up to the first that went wrong: the next ones build on it."""
    report.headings("", chapter.title, "=" * len(chapter.title))
    for number, step in enumerate(chapter.steps(), start=1):
        name = f"{chapter_number}.{number}"
        report.headings("", f"{name:<4} {step.name}")
        report.lines(*_wrapped(step.guide, "     "))
        readings: list[Reading] = []
        wrong = _why_wrong(report, city, step, readings)
        told = Told(number=name, chapter=chapter.title, step=step.name, readings=tuple(readings), wrong=wrong)
        yield told
        if wrong:
            report.headings(*_wrapped(f"NOT AS THE GUIDE SAYS, step {name}, {step.name}: {wrong}", "     "))
            return


def _why_wrong(report: Report, city: TourCity, step: Step, readings: list[Reading]) -> str:
    """Walk one step and tell its readings; why it is not as the guide says, or nothing.

    The mailboxes are looked through after it, so no step can leave e-mail that it does not tell of.
    """
    try:
        for reading in step.walk():
            readings.append(reading)
            source = f"     {reading.source:<{_SOURCE}}"
            report.lines(*_wrapped(reading.words, " " * len(source), first=source))
        city.nothing_else_arrived()
    except NotAsTheGuideSays as verdict:
        return str(verdict)
    except Exception as error:
        if report.debug:
            raise
        return f"{type(error).__name__} was raised"
    return "" if readings else "nothing could be read back"


def _sum_up(report: Report, told: Sequence[Told], took: timedelta) -> None:
    report.headings("", "Summary", "=======", "")
    for chapter in dict.fromkeys(step.chapter for step in told):
        steps = [step for step in told if step.chapter == chapter]
        wrong = [step.number for step in steps if step.wrong]
        verdict = f"stopped at step {', '.join(wrong)}" if wrong else "as the guide says"
        report.lines(f"{len(steps):>4} steps  {verdict:<20}  {chapter}")
    failed = [f"{step.number} {step.step}" for step in told if step.wrong]
    seconds = f"{took.total_seconds():.1f} s"
    if failed:
        report.headings("", f"NOT AS THE GUIDES SAY: {'; '.join(failed)}. ({seconds})")
    else:
        report.headings("", f"All {len(told)} steps came out as the guides say, in {seconds}.")


def _say_where(report: Report, folder: Path, *, kept: bool) -> None:
    after = "It is left there." if kept else "It is removed at the end; --keep FOLDER leaves it."
    report.lines(*_wrapped(_HOW_TO_READ, ""), "", f"Database: {folder / 'accounts.db'}", after)


def _keep_mail(city: TourCity) -> None:
    for number, letter in enumerate(city.mail.received, start=1):
        (city.folder / f"{number:02}.eml").write_bytes(letter.content)


def _wrapped(words: str, indent: str, *, first: str | None = None) -> list[str]:
    width = min(shutil.get_terminal_size((80, 24)).columns, _WIDEST)
    return textwrap.wrap(
        words, width, initial_indent=indent if first is None else first, subsequent_indent=indent
    )


@contextmanager
def _folder(keep: str | None) -> Iterator[Path]:
    """An empty folder, removed afterwards or left where it was asked for."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="permit-accounts-tour-") as name:
            yield Path(name)
        return
    folder = Path(keep).absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise click.UsageError(f"--keep: {folder} is not empty")
    yield folder
