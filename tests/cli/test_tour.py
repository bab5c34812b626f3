"""The tour comes out as the guides say, and only where everything behind it works."""

from __future__ import annotations

import functools
import inspect
import pkgutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
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
from permit_accounts.cli.tour.not_in_time import NotInTime
from permit_accounts.cli.tour.public import PublicUser
from permit_accounts.cli.tour.returning import ReturningContractor
from permit_accounts.cli.tour.returning_forgets import ReturningForgets
from permit_accounts.cli.tour.roster_day import RosterDay
from permit_accounts.cli.tour.shared_mailbox import SharedMailbox
from permit_accounts.cli.tour.telling import Chapter
from permit_accounts.flows.register import register
from permit_accounts.flows.staff import change_standing, claims_desk, correct
from permit_accounts.model.codes import Code
from permit_accounts.model.outcomes import Refused, refused
from permit_accounts.outbox import Delivered
from permit_accounts.ports import Change, Store
from permit_accounts.rules.account_types import AccountType
from permit_accounts.tools import messages
from permit_accounts.tools.services import Services

Make = Callable[[TourCity], Chapter]
#: Makes something broken of something whole.
Break = Callable[[Any], Any]

PUBLIC: Sequence[Make] = (PublicUser,)
RETURNING: Sequence[Make] = (RosterDay, ReturningContractor)
FORGETS: Sequence[Make] = (*RETURNING, ReturningForgets)
MAIL: Sequence[Make] = (RosterDay, SetupByMail)
LATE: Sequence[Make] = (RosterDay, NotInTime)
NEW: Sequence[Make] = (NewContractor,)
SHARED: Sequence[Make] = (SharedMailbox,)

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
    "permit_accounts.accounts.finish_setup": (RETURNING, {"Mistakes on the page", "Finish"}),
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
@pytest.mark.usefixtures("unmeasured")
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
        ("permit_accounts.outbox.Outbox.deliver", _nothing_sent, "Create the account"),
    ],
)
@pytest.mark.usefixtures("unmeasured")
def test_what_flows_stand_on_is_noticed_too(
    path: str, broken: Any, step: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sessions that open nothing, an outbox that only says that it sent."""
    monkeypatch.setattr(path, broken)
    ending, told = _taken(capsys, PUBLIC)
    assert (Ending.REFUSED, True) == (ending, step in told.partition("NOT AS THE GUIDES SAY: ")[2])


def _with_policy(**settings: Any) -> Break:
    """The flow under another policy than the city's."""

    def breaking(flow: Any) -> Any:
        def broken(s: Services, *arguments: object, **named: object) -> object:
            policy = attrs.evolve(s.policy, **settings)
            return flow(attrs.evolve(s, policy=policy), *arguments, **named)

        return broken

    return breaking


def _told(**named: object) -> Break:
    """The flow, told something else than it was asked."""
    return lambda flow: lambda *arguments, **asked: flow(*arguments, **asked | named)


def _yielding(value: object) -> Break:
    return lambda flow: lambda *arguments, **named: value


def _then(change: Callable[[Any], Any]) -> Break:
    """What comes of it, changed."""
    return lambda flow: lambda *arguments, **named: change(flow(*arguments, **named))


def _an_hour_less(issued: Any) -> Any:
    """The file has another end of the temporary password than was said."""
    return lambda account, hashed, *, until, now: issued(account, hashed, until=until - _HOUR, now=now)


def _only_the_first_problem(outcome: Any) -> Any:
    return Refused(outcome.problems[:1]) if isinstance(outcome, Refused) else outcome


def _of_another_company(found: Any) -> Any:
    (hit,) = found
    business = attrs.evolve(hit.license.business, name="Somebody Else Builders")
    return (attrs.evolve(hit, license=attrs.evolve(hit.license, business=business)),)


def _in_other_words(spelled: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{words.partition(' as in ')[0]} as in Lima" for words in spelled)


def _without_insurance(flow: Any) -> Any:
    def broken(s: Services, *, registration: Any, **named: object) -> object:
        kept = {key: text for key, text in registration.profile.items() if "workers_comp" not in key}
        return flow(s, registration=attrs.evolve(registration, profile=kept), **named)

    return broken


def _without_a_star(read: Any) -> Any:
    """The form no longer asks whether there are employees."""

    def broken(kind: AccountType, *arguments: object) -> object:
        fields = [
            attrs.evolve(one, required=one.required and one.name != "has_employees") for one in kind.fields
        ]
        return read(attrs.evolve(kind, fields=tuple(fields)), *arguments)

    return broken


def _without_a_reason(text: Any) -> Any:
    def broken(self: object, key: str, *arguments: object) -> object:
        if key == "field.license_classes.reason":
            raise KeyError(key)
        return text(self, key, *arguments)

    return broken


def _mailing_too_much(flow: Any) -> Any:
    def broken(s: Services, **named: object) -> object:
        outcome = flow(s, **named)
        s.store.commit(*messages.to_account(s, "password-changed", outcome.account, now=s.now()))
        return outcome

    return broken


def _silent_about(template: str) -> Break:
    """No e-mail of this template is written."""

    def breaking(write: Any) -> Any:
        def broken(s: Services, name: str, *arguments: object, **named: object) -> object:
            return () if name == template else write(s, name, *arguments, **named)

        return broken

    return breaking


_SIGN_IN = "permit_accounts.accounts.sign_in"
_ISSUE = "permit_accounts.staff.issue_temporary_password"
_SPELLED = "permit_accounts.rules.temporary.spelled"
_ASKS = "permit_accounts.flows.reset_password.asks_question"
_REGISTER = "permit_accounts.accounts.register"
_FINISH = "permit_accounts.accounts.finish_setup"
_READY = "permit_accounts.flows.finish_setup._ready"
_MAIL = "permit_accounts.tools.messages.to_account"
_FORGOT = "permit_accounts.accounts.reset_password"
_FORGET_DEVICES = "permit_accounts.model.records.Account.with_untrusted_devices"
_HOUR = timedelta(hours=1)

#: One behavior broken at a time: what is broken and how, chapters that show it, and the step that notices.
BROKEN: dict[str, tuple[str, Break, Sequence[Make], str]] = {
    "remember-me-not-heard": (_SIGN_IN, _told(remember=False), PUBLIC, "Login with Remember me"),
    "everybody-remembered": (_SIGN_IN, _told(remember=True), PUBLIC, "Login with Remember me"),
    "sessions-of-a-month": (
        *(_SIGN_IN, _with_policy(session_absolute=30 * 24 * _HOUR)),
        *(PUBLIC, "Login with Remember me"),
    ),
    "remembered-for-a-week": (
        *(_SIGN_IN, _with_policy(remembered_absolute=7 * 24 * _HOUR)),
        *(PUBLIC, "Login with Remember me"),
    ),
    "idle-sessions-go-on": (
        *("permit_accounts.tools.sessions.within_limits", _yielding(True)),
        *(PUBLIC, "Login with Remember me"),
    ),
    "temporary-for-a-day": (_ISSUE, _with_policy(temporary_ttl=24 * _HOUR), RETURNING, "Call staff"),
    "another-end-said": (
        *(_ISSUE, _then(lambda issued: attrs.evolve(issued, until=issued.until + _HOUR))),
        *(RETURNING, "Call staff"),
    ),
    "another-end-kept": (
        *("permit_accounts.model.records.Account.with_temporary", _an_hour_less),
        *(RETURNING, "Call staff"),
    ),
    "temporary-for-ever": (
        *("permit_accounts.rules.obstacles.temporary_expired", _yielding(False)),
        *(LATE, "Three days later"),
    ),
    "any-answer-does": (_ASKS, _yielding(False), PUBLIC, "The security question"),
    "any-answer-of-a-contractor-does": (_ASKS, _yielding(False), FORGETS, "Set a new password"),
    "another-company-found": (
        *("permit_accounts.staff.find", _then(_of_another_company)),
        *(RETURNING, "Call staff"),
    ),
    "spelled-backwards": (_SPELLED, _then(lambda spelled: spelled[::-1]), RETURNING, "Call staff"),
    "spelled-in-part": (_SPELLED, _then(lambda spelled: spelled[:-1]), RETURNING, "Call staff"),
    "spelled-in-other-words": (_SPELLED, _then(_in_other_words), RETURNING, "Call staff"),
    "a-mail-too-much": (
        *("permit_accounts.accounts.confirm_email", _mailing_too_much),
        *(PUBLIC, "Confirm the e-mail address"),
    ),
    "browser-of-the-link-unknown": (
        *("permit_accounts.accounts.open_reset", _then(lambda page: attrs.evolve(page, device_token=""))),
        *(PUBLIC, "The security question"),
    ),
    "browser-of-the-reset-unknown": (
        *(_FORGOT, _then(lambda out: attrs.evolve(out, device_token="") if hasattr(out, "account") else out)),
        *(PUBLIC, "Set a new password"),
    ),
    "browsers-never-forgotten": (
        *(_FORGET_DEVICES, lambda forget: lambda account, now: account),
        *(PUBLIC, "Set a new password"),
    ),
    "insurance-not-kept": (_REGISTER, _without_insurance, NEW, "Insurance, if applicable"),
    "insurance-not-asked": (
        *("permit_accounts.rules.registration.workers_comp_required", _yielding(False)),
        *(NEW, "Insurance, if applicable"),
    ),
    "a-star-too-few": (
        *("permit_accounts.accounts.read_registration", _without_a_star),
        *(NEW, "Setup an Account as a contractor"),
    ),
    "no-reason-given": (
        *("permit_accounts.texts.catalog.TomlCatalog.text", _without_a_reason),
        *(NEW, "Setup an Account as a contractor"),
    ),
    "one-problem-at-a-time": (_REGISTER, _then(_only_the_first_problem), PUBLIC, "Setup an Account"),
    "one-problem-at-a-time-in-set-up": (
        *(_FINISH, _then(_only_the_first_problem)),
        *(RETURNING, "Mistakes on the page"),
    ),
    "question-dropped": (
        *(_READY, _then(lambda account: account.with_question(None, None))),
        *(RETURNING, "Finish"),
    ),
    "answer-dropped": (
        *(_READY, _then(lambda account: attrs.evolve(account, answer_hash=None))),
        *(RETURNING, "Finish"),
    ),
    "another-question-kept": (
        *(_READY, _then(lambda account: attrs.evolve(account, question_id="first-film"))),
        *(RETURNING, "Finish"),
    ),
    "password-dropped": (
        *(_READY, _then(lambda account: attrs.evolve(account, password_hash=None))),
        *(RETURNING, "Finish"),
    ),
}
#: E-mail that does not come: which, and by chapter the step that misses it.
MISSED: Sequence[tuple[str, Sequence[Make], str]] = (
    ("confirm-email", PUBLIC, "Create the account"),
    ("password-reset", PUBLIC, "Set a new password"),
    ("setup-finished", RETURNING, "Finish"),
    ("confirm-email", RETURNING, "Finish"),
    ("password-reset", FORGETS, "Set a new password"),
    ("setup-finished", MAIL, "Forgot Password before set-up"),
    ("setup-link", MAIL, "Activation link from staff"),
    ("temporary-issued", LATE, "A notice to the person on file"),
    ("confirm-email", NEW, "Insurance, if applicable"),
    ("claim-approved", NEW, "The license is claimed, then verified"),
    ("password-reset", NEW, "Forgot Password by e-mail"),
    ("password-reset", SHARED, "Forgot Password by e-mail address"),
)


def _steps_found_wrong(told: str) -> str:
    _, _, verdict = told.partition("NOT AS THE GUIDES SAY: ")
    return verdict.rpartition(". (")[0].partition(" ")[2]


@pytest.mark.parametrize("case", BROKEN)
@pytest.mark.usefixtures("unmeasured")
def test_a_broken_promise_is_found_by_its_step(
    case: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a step says is compared with what came about, so each promise can fail by itself."""
    path, breaking, chapters, step = BROKEN[case]
    monkeypatch.setattr(path, breaking(pkgutil.resolve_name(path)))
    ending, told = _taken(capsys, chapters)
    assert (Ending.REFUSED, step) == (ending, _steps_found_wrong(told))


@pytest.mark.parametrize(("template", "chapters", "step"), MISSED)
@pytest.mark.usefixtures("unmeasured")
def test_e_mail_that_does_not_come_is_missed(
    template: str,
    chapters: Sequence[Make],
    step: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each step says which e-mail must be in the mailbox after it."""
    monkeypatch.setattr(_MAIL, _silent_about(template)(messages.to_account))
    ending, told = _taken(capsys, chapters)
    assert (Ending.REFUSED, step) == (ending, _steps_found_wrong(told))


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
    assert 36 == len(document["steps"])
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
