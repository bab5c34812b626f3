"""Users of an earlier portal come in at a terminal: what to declare, reasons, interruption, what is left."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from cli.terminal import Terminal
from existing_users.portal import old_hash, old_password
from permit_accounts.cli.options import KEYS_VARIABLE
from permit_accounts.model.errors import OutcomeUnknown, TryAgainLater, Unavailable
from permit_accounts.model.outcomes import Refused, SetupRequired
from permit_accounts.model.secret import Secret
from permit_accounts.tools import lookups
from permit_accounts.tools.encoded_hash import AnyCost
from permit_accounts.tools.hashing import Argon2WithoutFloor
from permit_accounts.tools.keyring import Keyring
from permit_accounts.tools.user_import import UserImport
from permit_accounts.tools.user_survey import UserSurvey

_PROGRAM = "import sys; from permit_accounts.cli import main; sys.exit(main())"
DECLARED = 'imported_hashes = ["pbkdf2_sha256:rounds=10"]\n'
MAPPED = ("--map", "username=LOGIN", "--map", "password_hash=PASSWORD", "--map", "email=MAIL")


def users(terminal: Terminal, *names: str) -> str:
    """A file of these, as the old portal calls its columns."""
    rows = [f"{name},{old_hash(old_password(name))},{name}@mail.example.org,x" for name in names]
    file = terminal.folder / "users.csv"
    file.write_text("\n".join(("LOGIN,PASSWORD,MAIL,REMARK", *rows)) + "\n")
    return str(file)


def test_from_a_dry_run_to_a_sign_in(terminal: Terminal) -> None:
    """It says what to declare, needs no database for that, and then imports."""
    file = users(terminal, "ann", "bea", "x")
    terminal.without("PERMIT_ACCOUNTS_DATABASE")
    trial = terminal.run("users", "import", file, *MAPPED, "--dry-run")
    assert 0 == trial.code
    assert "PASSWORD hash-undeclared: 2" in trial.out
    assert 'imported_hashes = ["pbkdf2_sha256:rounds=10"] in the policy' in trial.err
    assert "This was a dry run: nothing was written." in trial.err
    assert "line 4, column 'LOGIN': " in trial.err

    terminal.configure(DECLARED)
    terminal.set("PERMIT_ACCOUNTS_DATABASE", terminal.variables["PERMIT_ACCOUNTS_DATABASE"])
    ended = terminal.run("users", "import", file, *MAPPED, "--create", "--reason", "the new portal", "--json")

    report = ended.document["report"]
    assert (0, 2, 1) == (ended.code, report["added"], report["refused"])
    assert ["REMARK"] == report["ignored"]
    assert "Delete the file of users" in ended.err
    portal = terminal.portal(imported_hashes=("pbkdf2_sha256:rounds=10",))
    assert isinstance(portal.sign_in("public", "ann", old_password("ann")), SetupRequired)
    assert isinstance(portal.sign_in("public", "ann", old_password("bea")), Refused)


@pytest.mark.parametrize("pepper", [False, True])
def test_a_dry_run_is_told_what_an_import_does(terminal: Terminal, pepper: bool) -> None:
    """With the keys that the import has: by them Argon2 is kept or not, and who came before is known."""
    if pepper:
        terminal.set(KEYS_VARIABLE, terminal.keys.with_new_pepper("v1").to_text())
    terminal.configure(DECLARED)
    hashed = Argon2WithoutFloor(AnyCost(2, 19456, 1), Keyring.new()).hash(Secret(old_password("cleo")))
    file = users(terminal, "ann", "bea")
    with open(file, "a", encoding="utf-8") as more:
        more.write(f'cleo,"{hashed}",cleo@mail.example.org,x\n')

    def counts(*more: str) -> list[int]:
        report = terminal.run("users", "import", file, *MAPPED, "--json", *more).document["report"]
        return [report[name] for name in ("added", "unchanged", "refused")]

    trial, real, again = counts("--dry-run"), counts("--create"), counts("--dry-run")

    assert [3 - pepper, 0, int(pepper)] == trial == real
    assert [0, 3 - pepper, int(pepper)] == again


def test_a_dry_run_without_keys_says_what_it_cannot_tell(terminal: Terminal) -> None:
    """Here who was imported before; with keys it says nothing of it, and those that are none are told."""
    terminal.configure(DECLARED)
    command = ("users", "import", users(terminal, "ann"), *MAPPED)
    terminal.run(*command, "--create")
    assert "cannot tell" not in terminal.run(*command, "--dry-run").err

    terminal.without(KEYS_VARIABLE)
    ended = terminal.run(*command, "--dry-run", "--json")
    assert 1 == ended.document["report"]["refused"]
    assert (
        "PERMIT_ACCOUNTS_KEYS holds no keys; without them a trial cannot tell who was imported before"
        in ended.err
    )

    terminal.set(KEYS_VARIABLE, "seal=x")
    assert 3 == terminal.run(*command, "--dry-run").code


def test_the_help_says_which_type_a_row_has_that_names_none(terminal: Terminal) -> None:
    """An account is of one type; where somebody is looked for, any will do."""
    commands = (("users", "import"), ("explain",))
    helps = [" ".join(terminal.run(*words, "--help").out.split()) for words in commands]
    assert "such as contractor; the policy's first by default." in helps[0]
    assert "such as contractor; any by default." in helps[1]


def test_a_whole_file_that_is_refused(terminal: Terminal) -> None:
    """Exit code 1, nothing written, no file of problems left."""
    problems = terminal.folder / "problems.csv"
    ended = terminal.run("users", "import", users(terminal, "ann"), "--create", "--problems", str(problems))

    assert 1 == ended.code
    assert (
        "The file was refused, and nothing of it was written: line 1: There is no column named" in ended.err
    )
    assert "--map username=LOGIN" in ended.err
    assert not problems.exists()


@pytest.mark.attack("CSV-14")
def test_a_file_without_a_header_is_refused_without_its_first_row(terminal: Terminal) -> None:
    """Neither the terminal nor the document has the hash or the address."""
    file = terminal.folder / "users.csv"
    file.write_text(f"ann,$2b$05${'u' * 53},ann@mail.example.org\n")
    for more in ((), ("--json",)):
        ended = terminal.run("users", "import", str(file), "--create", *more)
        assert 1 == ended.code
        assert "$2b$" not in ended.out + ended.err
        assert "mail.example.org" not in ended.out + ended.err


def test_problems_go_to_a_new_file(terminal: Terminal) -> None:
    """Never to the file of users itself."""
    terminal.configure(DECLARED)
    file, problems = users(terminal, "ann", "x"), terminal.folder / "problems.csv"

    assert 2 == terminal.run("users", "import", file, *MAPPED, "--create", "--problems", file).code
    ended = terminal.run("users", "import", file, *MAPPED, "--create", "--problems", str(problems))

    assert 0 == ended.code
    assert 2 == len(problems.read_text(encoding="utf-8-sig").splitlines())


@pytest.mark.parametrize("mapped", ["LOGIN", "username=", "login=LOGIN"])
def test_a_mapping_that_means_nothing(terminal: Terminal, mapped: str) -> None:
    """A misspelled name is an error, not a column that is passed over."""
    assert terminal.run("users", "import", users(terminal, "ann"), "--map", mapped, "--create").code in {2, 3}


def test_more_than_is_shown_is_counted(terminal: Terminal) -> None:
    """Of one kind the first few are shown."""
    ended = terminal.run("users", "import", users(terminal, *["x"] * 9), *MAPPED, "--dry-run")

    assert "and 4 more" in ended.err
    assert "--problems FILE writes" in ended.err


@pytest.mark.attack("CSV-08")
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (KeyboardInterrupt(), 130),
        (TryAgainLater("too many hashes are waiting"), 4),
        (Unavailable("the disk is gone"), 4),
        (OutcomeUnknown("the line broke"), 4),
    ],
)
def test_an_import_that_breaks_off_goes_on(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, fault: BaseException, code: int
) -> None:
    """What was made is told and stays; the same command makes the rest."""
    terminal.configure(DECLARED)
    names = [f"user{n}x" for n in range(60)]
    command = ("users", "import", users(terminal, *names), *MAPPED, "--create")
    heard = UserImport._hear

    def breaking(importing: UserImport) -> None:
        heard(importing)
        if importing._counts["added"] == 50:
            raise fault

    with monkeypatch.context() as patch:
        patch.setattr(UserImport, "_hear", breaking)
        ended = terminal.run(*command)
    assert code == ended.code
    assert "At least 50 accounts were made, stay and can be used. Run the same command again" in ended.err

    again = terminal.run(*command, "--json").document["report"]
    assert (50, 10) == (again["unchanged"], again["added"])


def test_what_wrote_nothing_says_so(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted while the file is checked."""

    def interrupt(survey: UserSurvey, hear: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(UserSurvey, "make", interrupt)
    ended = terminal.run("users", "import", users(terminal, "ann"), *MAPPED, "--create")
    assert "Interrupted. Nothing was written." in ended.err


def test_doctor_counts_what_is_left(terminal: Terminal) -> None:
    """Until nobody's hash is of the old portal; then the declaration may go."""
    terminal.configure(DECLARED)
    terminal.run("users", "import", users(terminal, "ann", "bea"), *MAPPED, "--create")
    found = {one["topic"]: one for one in terminal.run("doctor", "--json").document["findings"]}
    assert ("note", True) == (
        found["imported-hashes"]["level"],
        "2 accounts still have hashes of an earlier portal" in found["imported-hashes"]["words"],
    )

    terminal.configure("")
    found = {one["topic"]: one for one in terminal.run("doctor", "--json").document["findings"]}
    assert "error" == found["imported-hashes"]["level"]
    assert "pbkdf2_sha256:rounds=10" in found["imported-hashes"]["words"]


def test_doctor_says_when_the_declaration_may_go(terminal: Terminal) -> None:
    """It costs every sign-in something for nothing."""
    terminal.configure(DECLARED)
    terminal.portal()
    found = {one["topic"]: one for one in terminal.run("doctor", "--json").document["findings"]}

    assert "warning" == found["imported-hashes"]["level"]
    assert "take imported_hashes out" in found["imported-hashes"]["words"]


@pytest.mark.attack("CSV-08")
def test_control_c_in_a_process_of_its_own(terminal: Terminal) -> None:
    """With hashing threads under way: 130, without a traceback, and what was made is whole."""
    terminal.configure(DECLARED)
    names = [f"user{n}x" for n in range(4000)]
    file, portal = users(terminal, *names), terminal.portal()
    command = ("users", "import", file, *MAPPED)
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, *command],
        env=terminal.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not lookups.identifier(portal.services, "public:user0x"):
        assert time.monotonic() < deadline
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)

    assert (130, "") == (process.returncode, out)
    assert "Traceback" not in err
    assert "Run the same command again" in err
    made = list(lookups.all_accounts(portal.services))
    assert 0 < len(made) < 4000
    assert len(made) == sum(len(lookups.names_of(portal.services, account.id)) for account in made)
