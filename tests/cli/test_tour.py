"""The tour comes out as the guides say, and only where everything behind it works."""

from __future__ import annotations

import functools
import inspect
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest

import permit_accounts.accounts
import permit_accounts.staff
from cli.terminal import CHEAP, Terminal
from permit_accounts.cli.endings import Ending
from permit_accounts.cli.report import Report
from permit_accounts.cli.tour.by_mail import SetupByMail
from permit_accounts.cli.tour.city import TourCity
from permit_accounts.cli.tour.guide import CHAPTERS, take
from permit_accounts.cli.tour.new_contractor import NewContractor
from permit_accounts.cli.tour.public import PublicUser
from permit_accounts.cli.tour.returning import ReturningContractor
from permit_accounts.cli.tour.roster_day import RosterDay
from permit_accounts.cli.tour.shared_mailbox import SharedMailbox
from permit_accounts.cli.tour.telling import Chapter
from permit_accounts.flows.register import register
from permit_accounts.flows.staff import change_standing, claims_desk, correct
from permit_accounts.model.codes import Code
from permit_accounts.model.outcomes import refused
from permit_accounts.outbox import Delivered
from permit_accounts.ports import Change, Store
from permit_accounts.tools.services import Services

Make = Callable[[TourCity], Chapter]

PUBLIC: Sequence[Make] = (PublicUser,)
RETURNING: Sequence[Make] = (RosterDay, ReturningContractor)
MAIL: Sequence[Make] = (RosterDay, SetupByMail)
NEW: Sequence[Make] = (NewContractor,)

#: Each flow of the tour: where it is called from, chapters that have it, and the steps that notice.
FLOWS: dict[str, tuple[Sequence[Make], set[str]]] = {
    "permit_accounts.accounts.register": (PUBLIC, {"Setup an Account", "Create the account"}),
    "permit_accounts.accounts.confirm_email": (PUBLIC, {"Confirm the e-mail address"}),
    "permit_accounts.accounts.sign_out": (PUBLIC, {"Sign out"}),
    "permit_accounts.accounts.sign_in": (PUBLIC, {"Login with Remember me"}),
    "permit_accounts.accounts.request_password_reset": (PUBLIC, {"Forgot Password"}),
    "permit_accounts.accounts.open_reset": (PUBLIC, {"The security question"}),
    "permit_accounts.accounts.reset_password": (PUBLIC, {"The security question", "Set a new password"}),
    "permit_accounts.accounts.open_setup": (RETURNING, {"The page to set a password"}),
    "permit_accounts.accounts.finish_setup": (RETURNING, {"Passwords that are not taken", "Finish"}),
    "permit_accounts.accounts.verified_licenses": (NEW, {"The license is claimed, then verified"}),
    "permit_accounts.staff.find": (RETURNING, {"Call staff"}),
    "permit_accounts.staff.inbox": (RETURNING, {"The wrong path"}),
    "permit_accounts.staff.issue_temporary_password": (RETURNING, {"Call staff"}),
    "permit_accounts.staff.send_link": (MAIL, {"Activation link from staff"}),
    "permit_accounts.flows.staff.claims_desk.verify": (NEW, {"The license is claimed, then verified"}),
}
#: Flows that only read have nothing to commit.
READING = {
    "permit_accounts.accounts.open_reset",
    "permit_accounts.accounts.open_setup",
    "permit_accounts.accounts.verified_licenses",
}


class _Forgetful:
    """A store that takes every commit and keeps nothing of it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.max_changes = store.max_changes
        self.select = store.select

    def commit(self, *changes: Change) -> None:
        """Nothing."""


def _refusing(flow: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments, **named: refused(Code.WRONG_CREDENTIALS)


def _raising(flow: Callable[..., Any]) -> Callable[..., Any]:
    def broken(*arguments: object, **named: object) -> object:
        raise LookupError("canary")

    return broken


def _uncommitted(flow: Callable[..., Any]) -> Callable[..., Any]:
    def broken(s: Services, *arguments: object, **named: object) -> object:
        forgetful = _Forgetful(s.store)
        return flow(attrs.evolve(s, store=forgetful), *arguments, **named)

    return broken


VARIANTS = {"refused": _refusing, "raised": _raising, "uncommitted": _uncommitted}


def _cases() -> Iterable[Any]:
    for path in FLOWS:
        for variant in VARIANTS:
            if variant != "uncommitted" or path not in READING:
                yield pytest.param(path, variant, id=f"{path.rpartition('.')[2]}-{variant}")


def _taken(capsys: pytest.CaptureFixture[str], chapters: Sequence[Make] = CHAPTERS) -> tuple[Ending, str]:
    ending = take(Report(), argon2=CHEAP, chapters=chapters)
    return ending, capsys.readouterr().out


@pytest.mark.parametrize(("path", "variant"), tuple(_cases()))
def test_a_broken_flow_is_found_and_named(
    path: str, variant: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Refusing, raising, or answering as if all were well and writing nothing: the tour names the step."""
    chapters, steps = FLOWS[path]
    module, _, name = path.rpartition(".")
    flow = functools.reduce(getattr, path.split(".")[1:], permit_accounts)
    assert callable(flow)
    monkeypatch.setattr(f"{module}.{name}", VARIANTS[variant](flow))
    ending, told = _taken(capsys, chapters)
    assert Ending.REFUSED == ending
    _, _, verdict = told.partition("NOT AS THE GUIDES SAY: ")
    assert any(step in verdict for step in steps), verdict
    assert "canary" not in told


def _no_session(*arguments: object, **named: object) -> None:
    """Nobody is signed in."""


def _nothing_sent(*arguments: object, **named: object) -> Delivered:
    return Delivered(sent=1)


@pytest.mark.parametrize(
    ("path", "broken", "step"),
    [
        ("permit_accounts.tools.sessions.present", _no_session, "Confirmation and dashboard"),
        ("permit_accounts.outbox.Outbox.deliver", _nothing_sent, "Confirm the e-mail address"),
    ],
)
def test_what_flows_stand_on_is_noticed_too(
    path: str, broken: Any, step: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sessions that open nothing, an outbox that only says that it sent."""
    monkeypatch.setattr(path, broken)
    ending, told = _taken(capsys, PUBLIC)
    assert (Ending.REFUSED, True) == (ending, step in told.partition("NOT AS THE GUIDES SAY: ")[2])


@pytest.mark.parametrize("variant", ["refused", "uncommitted"])
def test_an_import_that_does_not_import_is_noticed(
    variant: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The roster is read back from the file."""
    from permit_accounts import roster

    monkeypatch.setattr("permit_accounts.roster.import_roster", VARIANTS[variant](roster.import_roster))
    ending, told = _taken(capsys, (RosterDay,))
    assert (Ending.REFUSED, True) == (ending, "Roster" in told.partition("NOT AS THE GUIDES SAY: ")[2])


@pytest.fixture(scope="module")
def whole() -> tuple[Ending, Any, set[str]]:
    """The whole tour, told as a document, and the flows that it went through."""
    called: set[str] = set()
    patch = pytest.MonkeyPatch()

    def noting(path: str, flow: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(flow)
        def call(*arguments: object, **named: object) -> object:
            called.add(path)
            return flow(*arguments, **named)

        return call

    for module in (
        permit_accounts.accounts,
        permit_accounts.staff,
        change_standing,
        claims_desk,
        correct,
    ):
        for name, flow in vars(module).items():
            if _is_flow(name, flow):
                patch.setattr(module, name, noting(f"{module.__name__}.{name}", flow))
    documents: list[Any] = []
    report = Report()
    patch.setattr(report, "document", documents.append)
    patch.setattr(report, "lines", lambda *lines: None)
    report.as_json = True
    ending = take(report, argon2=CHEAP)
    patch.undo()
    return ending, documents[0], called


def _is_flow(name: str, found: object) -> bool:
    own = inspect.isfunction(found) and found.__module__.startswith("permit_accounts.flows")
    return own and not name.startswith("_")


def test_the_whole_tour_comes_out_as_the_guides_say(whole: tuple[Ending, Any, set[str]]) -> None:
    """Every step of every chapter, in well under a minute."""
    ending, document, _ = whole
    assert (Ending.DONE, True) == (ending, document["as_the_guides_say"])
    assert [] == [step["number"] for step in document["steps"] if step["wrong"] or not step["readings"]]
    assert {make.title for make in CHAPTERS} == {step["chapter"] for step in document["steps"]}  # type: ignore[attr-defined]
    assert 33 == len(document["steps"])
    assert document["seconds"] < 60


def test_all_three_sources_are_read(whole: tuple[Ending, Any, set[str]]) -> None:
    """Outcomes, records in the file, and e-mails."""
    sources = {reading["source"] for step in whole[1]["steps"] for reading in step["readings"]}
    assert {"outcome", "record", "e-mail"} == sources


def test_every_flow_on_the_way_is_broken_above(whole: tuple[Ending, Any, set[str]]) -> None:
    """No flow can be added to the tour without a test that breaks it."""
    assert set(FLOWS) == whole[2]


def test_the_tour_is_told_and_leaves_nothing(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """At eighty columns, with where the database was; the folder is gone afterwards."""
    monkeypatch.setattr(tempfile, "tempdir", str(terminal.folder))
    before = set(terminal.folder.iterdir())
    ending, told = _taken(capsys, (RosterDay, SharedMailbox))
    assert (Ending.DONE, before) == (ending, set(terminal.folder.iterdir()))
    assert "All 5 steps came out as the guides say, in " in told
    assert str(terminal.folder) in told
    assert [] == [line for line in told.splitlines() if len(line) > 80 and "accounts.db" not in line]


def test_what_is_kept_can_be_looked_at(terminal: Terminal, capsys: pytest.CaptureFixture[str]) -> None:
    """The database, the roster and every e-mail, for the owner's eyes only."""
    folder = terminal.folder / "kept"
    assert Ending.DONE == take(Report(), keep=str(folder), argon2=CHEAP, chapters=(RosterDay, SharedMailbox))
    names = {path.name for path in folder.iterdir()}
    assert {"accounts.db", "roster.csv", "01.eml", "02.eml", "03.eml"} <= names
    assert b"Subject: Sampleton permit portal" in (folder / "01.eml").read_bytes()
    assert 0 == folder.stat().st_mode & 0o077


def test_nothing_is_kept_among_other_files(terminal: Terminal) -> None:
    """A folder with something in it is somebody's."""
    Path(terminal.folder / "kept").mkdir()
    Path(terminal.folder / "kept" / "mine.txt").write_text("mine")
    ended = terminal.run("tour", "--keep", str(terminal.folder / "kept"))
    assert (2, True) == (ended.code, "is not empty" in ended.err)


def test_debug_shows_what_was_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a step raises, the traceback is there for whoever asks for it."""
    monkeypatch.setattr("permit_accounts.accounts.register", _raising(register))
    report = Report()
    report.debug = True
    with pytest.raises(LookupError):
        take(report, argon2=CHEAP, chapters=PUBLIC)


def test_a_step_that_reads_nothing_back_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is told that was not read somewhere."""
    from permit_accounts.cli.tour.telling import Step

    class Empty:
        title = "Nothing"

        def __init__(self, city: TourCity) -> None:
            """It needs no city."""

        def steps(self) -> Sequence[Step]:
            return (Step("Silence", "Nothing happens.", lambda: iter(())),)

    ending, told = _taken(capsys, (Empty,))
    assert (Ending.REFUSED, True) == (ending, "nothing could be read back" in told)


@pytest.mark.long
def test_the_command_takes_less_than_a_minute(terminal: Terminal) -> None:
    """As a city runs it, with passwords at full cost."""
    document = terminal.run("tour", "--json").document
    assert (True, True) == (document["as_the_guides_say"], document["seconds"] < 60)


def test_ctrl_c_leaves_nothing(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of a step: exit code 130, and the folder is gone."""

    def interrupted(*arguments: object, **named: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(tempfile, "tempdir", str(terminal.folder))
    monkeypatch.setattr("permit_accounts.accounts.register", interrupted)
    before = set(terminal.folder.iterdir())
    ended = terminal.run("tour")
    assert (130, before) == (ended.code, set(terminal.folder.iterdir()))
    assert "Traceback" not in ended.err
