"""What staff do at a terminal, for one account."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from pathlib import Path

import pytest

from cli.terminal import Terminal
from permit_accounts.cli.options import ACTOR_VARIABLE, DATABASE_VARIABLE, KEYS_VARIABLE
from permit_accounts.model.codes import Code, EventName, Standing
from permit_accounts.model.outcomes import Refused, SetupRequired, SignedIn
from permit_accounts.ports import Replace
from permit_accounts.testing.world import PASSWORD, contractor_form, public_form
from permit_accounts.tools import lookups

_WHY = ("--reason", "called at the counter")
_PROGRAM = "import sys; from permit_accounts.cli import main; sys.exit(main())"
_CHECKED = ("--checked-how", "called back the number on the register")


@pytest.fixture
def roster(terminal: Terminal) -> Terminal:
    """A city with one contractor on its roster and one public user."""
    file = terminal.roster(
        "1012345,Sample Builders,,2019-05-14", "1023456,Heron,office@heron.example.org,2020-01-01"
    )
    assert 0 == terminal.run("roster", "import", str(file), "--create").code
    assert isinstance(terminal.portal().register("public", public_form("ann")), SignedIn)
    return terminal


def test_find_shows_a_roster_license(roster: Terminal) -> None:
    """By number, however it is typed."""
    ended = roster.run("staff", "find", "Lic. #1012345")
    assert 0 == ended.code
    assert "Sample Builders" in ended.out
    assert "no account yet" in ended.out


@pytest.mark.parametrize("text", ["ann", "ANN", "ann@mail.example.org"])
def test_find_shows_an_account(text: str, roster: Terminal) -> None:
    """By username or e-mail address, as a document too, without any hash."""
    found = roster.run("staff", "find", text, "--json").document["found"]
    assert ["ann"] == [hit["account"]["username"] for hit in found]
    assert not {"password_hash", "answer_hash", "temporary_hash"} & set(found[0]["account"])
    assert "ann, Public user" in roster.run("staff", "find", text).out


def test_what_is_not_found_is_refused(roster: Terminal) -> None:
    """Exit code 1, in the catalog's words, and as a document."""
    ended = roster.run("staff", "find", "nobody")
    assert (1, "") == (ended.code, ended.out)
    assert "Nothing was found under this." in ended.err
    refusal = roster.run("staff", "find", "nobody", "--json").document["refused"]
    assert [Code.STAFF_NOT_FOUND] == [problem["code"] for problem in refusal]


def test_the_actor_must_be_known(roster: Terminal) -> None:
    """By option or variable; without one nothing is done."""
    roster.without(ACTOR_VARIABLE)
    assert 2 == roster.run("staff", "find", "ann").code
    assert 0 == roster.run("staff", "find", "ann", "--actor", "cleo").code
    account = lookups.account_named(roster.portal().services, "public:ann")
    assert account is not None
    events = lookups.events_of(roster.portal().services, account.id, limit=1)
    assert [("cleo", EventName.STAFF_FOUND)] == [(event.actor_id, event.name) for event in events]


@pytest.mark.parametrize("name", [" ", "x" * 101, "a\x1b[31m"])
def test_an_actor_is_a_name(name: str, roster: Terminal) -> None:
    """What stands in the history must be readable there."""
    assert 3 == roster.run("staff", "find", "ann", "--actor", name).code


def test_a_temporary_password_is_shown_once(roster: Terminal) -> None:
    """With a word for each letter, until when, and what to say; then it signs in to set-up."""
    ended = roster.run("staff", "temporary-password", "1012345", *_WHY, *_CHECKED)
    assert 0 == ended.code
    password = ended.out.splitlines()[2].strip()
    assert 19 == len(password)
    assert 16 == ended.out.count(" as in ") + ended.out.count(", the digit ")
    for words in ("Good until", "Contractor", "1012345", "(323) 555-0199"):
        assert words in ended.out
    assert password not in ended.err
    assert isinstance(roster.portal().sign_in("contractor", "1012345", password.upper()), SetupRequired)


def test_a_temporary_password_is_a_document(roster: Terminal) -> None:
    """For a program that prints the slip."""
    document = roster.run("staff", "temporary-password", "1012345", *_WHY, *_CHECKED, "--json").document
    assert 16 == len(document["spelled"])
    assert Standing.SETUP == document["account"]["standing"]
    assert "temporary_hash" not in document["account"]


def test_how_and_why_are_on_record(roster: Terminal) -> None:
    """A temporary password without a documented check would be anybody's."""
    roster.run("staff", "temporary-password", "1012345", *_WHY, *_CHECKED, "--by-post")
    out = roster.run("staff", "history", "1012345").out
    for words in ("Temporary password given by staff, by staff anna", _WHY[1], _CHECKED[1], "by post"):
        assert words in out


@pytest.mark.parametrize("missing", ["--reason", "--checked-how"])
def test_how_and_why_must_be_given(missing: str, roster: Terminal) -> None:
    """Where nobody can be asked, leaving them out is a usage error and issues nothing."""
    given = dict([_WHY, _CHECKED])
    del given[missing]
    arguments = [word for pair in given.items() for word in pair]
    ended = roster.run("staff", "temporary-password", "1012345", *arguments)
    assert (2, "") == (ended.code, ended.out)
    assert missing in ended.err


def test_a_number_that_nobody_knows_takes_a_business(terminal: Terminal) -> None:
    """Staff vouch for a license that is not on the roster."""
    terminal.portal()
    ended = terminal.run(
        "staff", "temporary-password", "1045678", *_WHY, *_CHECKED, "--business-name", "River Works"
    )
    assert 0 == ended.code
    assert "Business: River Works" in ended.out
    assert "River Works" in terminal.run("staff", "find", "1045678").out


def test_a_number_that_nobody_knows_is_asked_about(terminal: Terminal) -> None:
    """A mistyped number gets no password; it is told why, and which option says whose license it is."""
    terminal.portal()
    ended = terminal.run("staff", "temporary-password", "1045678", *_WHY, *_CHECKED)
    assert (1, "") == (ended.code, ended.out)
    assert "not on the roster" in ended.err
    assert "--business-name" in ended.err


def test_somebody_finished_gets_no_temporary_password_for_the_asking(roster: Terminal) -> None:
    """With a confirmed address a link is safer; a second reason overrides. The refusal shows the holder."""
    roster.run("staff", "temporary-password", "1012345", *_WHY, *_CHECKED)
    portal = roster.portal()
    taken = portal.register("contractor", contractor_form("1067890"))
    assert isinstance(taken, SignedIn)
    ended = roster.run("staff", "temporary-password", "1067890", *_WHY, *_CHECKED)
    assert 1 == ended.code
    assert "username: 1067890" in ended.err


def test_an_activation_link_goes_to_the_address_on_file(roster: Terminal) -> None:
    """Staff see where it goes, and nothing of the link."""
    ended = roster.run("staff", "activation-link", "1023456", *_WHY)
    assert (0, "A set-up link is on its way to office@heron.example.org.\n") == (ended.code, ended.out)
    assert 1 == roster.run("staff", "activation-link", "1012345", *_WHY).code
    document = roster.run("staff", "activation-link", "1023456", *_WHY, "--json").document
    assert "office@heron.example.org" == document["sent"]["account"]["email"]


def test_an_account_is_turned_off_and_on(roster: Terminal) -> None:
    """What is shown is the account as it now stands."""
    assert "disabled" in roster.run("staff", "disable", "ann", *_WHY).out
    assert isinstance(roster.portal().sign_in("public", "ann", PASSWORD), Refused)
    document = roster.run("staff", "enable", "ann", *_WHY, "--json").document
    assert Standing.ACTIVE == document["account"]["standing"]
    assert isinstance(roster.portal().sign_in("public", "ann", PASSWORD), SignedIn)


def test_a_closed_account_comes_back(roster: Terminal) -> None:
    """In set-up, under the name it had or a new one."""
    portal = roster.portal()
    signed_in = portal.sign_in("public", "ann", PASSWORD)
    assert isinstance(signed_in, SignedIn)
    portal.close_account(signed_in.session_token, PASSWORD)
    document = roster.run("staff", "reopen", "ann", *_WHY, "--json").document
    assert Standing.SETUP == document["account"]["standing"]


def test_open_lets_unknown_devices_try_again(roster: Terminal) -> None:
    """After a hundred failures of strangers."""
    s = roster.portal().services
    account = lookups.account_named(s, "public:ann")
    assert account is not None
    s.store.commit(Replace(account, account.closed_for_untrusted(s.now())))
    document = roster.run("staff", "open", "ann", *_WHY, "--json").document
    assert document["account"]["untrusted_closed_at"] is None


def test_another_address_is_put_on_file(roster: Terminal) -> None:
    """For somebody whose documents were seen; a wrong one is refused."""
    assert 1 == roster.run("staff", "email", "ann", "not an address", *_WHY).code
    document = roster.run("staff", "email", "ann", "new@mail.example.org", *_WHY, "--json").document
    assert "new@mail.example.org" == document["account"]["email"]


def test_nobody_is_asked_where_nobody_sits(roster: Terminal) -> None:
    """A change without a reason, run by a program, is a usage error."""
    assert 2 == roster.run("staff", "disable", "ann").code


@pytest.mark.parametrize("text", ["the marching band", "the drum corps"])
def test_an_answer_is_typed_hidden(text: str, roster: Terminal) -> None:
    """At a terminal: it is asked for, not echoed, and only compared."""
    code, shown = _at_a_terminal(roster, "staff", "check-answer", "ann", *_WHY, typed=(text,))
    right = text == "the marching band"
    assert (0 if right else 1) == code
    assert ("It matches." if right else "It does not match.") in shown
    assert text not in shown


def test_an_answer_that_nobody_has_is_refused(roster: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that nobody has is refused as in every command, once the answer was typed."""
    code, shown = _at_a_terminal(roster, "staff", "check-answer", "nobody", *_WHY, typed=("x",))
    assert (1, True) == (code, "Nothing was found under this." in shown)


@pytest.mark.parametrize(
    ("reason", "code", "words"),
    [("called at the counter", 2, "the answer is typed at a terminal"), ("x", 1, "reason")],
)
def test_an_answer_is_never_read_from_a_pipe(reason: str, code: int, words: str, roster: Terminal) -> None:
    """Where nobody sits it is not asked for at all, and a reason that is none is refused first."""
    run = subprocess.run(
        [sys.executable, "-c", _PROGRAM, "staff", "check-answer", "ann", "--reason", reason],
        env=roster.environment,
        input="the marching band\n",
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    assert (code, "") == (run.returncode, run.stdout)
    assert words in run.stderr
    assert "GetPassWarning" not in run.stderr


@pytest.mark.attack("THR-13")
def test_guesses_at_an_answer_are_counted(roster: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Staff are no oracle either: after ten wrong answers in a day even the right one is not compared."""
    said = iter([*["the drum corps"] * 10, "the marching band"])
    monkeypatch.setattr("click.prompt", lambda *question, **how: next(said))
    codes = [roster.run("staff", "check-answer", "ann", *_WHY, "--json").document for _ in range(11)]
    assert [{"matches": False}] * 10 == codes[:10]
    assert [Code.ANSWER_TRIES] == [problem["code"] for problem in codes[10]["refused"]]


def test_a_reason_is_asked_for_at_a_terminal(roster: Terminal) -> None:
    """Where somebody sits there, the question is better than an error."""
    code, shown = _at_a_terminal(roster, "staff", "disable", "ann", typed=("asked by the owner",))
    assert (0, True) == (code, "Reason: " in shown)
    assert "asked by the owner" in roster.run("staff", "history", "ann").out


def _at_a_terminal(terminal: Terminal, *arguments: str, typed: tuple[str, ...]) -> tuple[int, str]:
    """Run a command in a process whose terminal is a pair of files, and type when it asks."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=terminal.environment,
        start_new_session=True,
    )
    os.close(theirs)
    shown = b""
    answers = list(typed)
    while select.select([ours], [], [], 60)[0]:
        try:
            piece = os.read(ours, 1000)
        except OSError:  # Linux: the other side is closed
            break
        if not piece:
            break
        shown += piece
        if answers and shown.endswith(b": "):
            os.write(ours, answers.pop(0).encode() + b"\n")
    os.close(ours)
    return process.wait(30), shown.decode()


def test_a_city_must_be_named(terminal: Terminal) -> None:
    """Without a database or keys, what to set is said."""
    terminal.without(DATABASE_VARIABLE)
    assert (3, True) == _ended(terminal, 'write database = "…" into the file of --config')
    assert (3, True) == _ended(terminal, "postgresql://user@host/database or mariadb://…")
    terminal.set(DATABASE_VARIABLE, "postgres://x")
    assert (3, True) == _ended(terminal, "write postgresql://")
    terminal.set(DATABASE_VARIABLE, f"sqlite:///{terminal.database}")
    assert (3, True) == _ended(terminal, "there is no file")
    terminal.without(KEYS_VARIABLE)
    assert (3, True) == _ended(terminal, "keys new")


def _ended(terminal: Terminal, words: str) -> tuple[int, bool]:
    ended = terminal.run("purge")
    return ended.code, words in ended.err


def test_the_file_may_name_the_database(terminal: Terminal, tmp_path: Path) -> None:
    """An option or variable wins over it."""
    terminal.portal()
    terminal.without(DATABASE_VARIABLE)
    terminal.config.write_text(f'database = "sqlite:///{terminal.database}"\n')
    assert 0 == terminal.run("purge").code
    assert 3 == terminal.run("purge", "--database", f"sqlite:///{tmp_path / 'other.db'}").code
