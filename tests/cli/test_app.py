"""`--app`: a command works on the accounts that the city's own application has put together."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.terminal import Ended, Terminal
from cli.test_tree import ALL, _resolved
from permit_accounts.cli.options import (
    APP_VARIABLE,
    CONFIG_VARIABLE,
    DATABASE_VARIABLE,
    KEYS_VARIABLE,
)
from permit_accounts.model.outcomes import SignedIn
from permit_accounts.testing.smtp_server import SMTPServer

#: A portal with an account type, a folder for its mail and a name for its database that no file could give.
PORTAL = """
import os

from permit_accounts import CONTRACTOR, PUBLIC, Accounts, AccountType, CityNumber, Keyring, Policy
from permit_accounts.email_backends.file import FileBackend
from permit_accounts.rules.policy import Argon2Cost
from permit_accounts.stores.sqlite import SQLiteStore

DESIGNER = AccountType(
    id="design_professional",
    label="account-type.design_professional",
    username=CityNumber("design_professional", "AEC[0-9]{3}"),
    fields=(*PUBLIC.fields,),
)


def make_accounts():
    return Accounts.open(
        SQLiteStore("portal.db", create=True),
        keys=Keyring.from_env(),
        policy=Policy(
            city="Sampleton",
            support_phone="(323) 555-0199",
            base_url="https://permits.sampleton.example.gov",
            mail_from="permits@sampleton.example.gov",
            account_types=(PUBLIC, CONTRACTOR, DESIGNER),
            argon2=Argon2Cost(time_cost=2, memory_cost=19456, parallelism=1),
        ),
        email=FileBackend("mail"),
    )


accounts = make_accounts()
number = 7


def out_of_order():
    raise ValueError("a canary that only the application knows")
"""


@pytest.fixture
def portal(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """A terminal in the folder of a portal, whose module nobody has imported yet."""
    (terminal.folder / "mail").mkdir(mode=0o700)
    (terminal.folder / "city_portal.py").write_text(PORTAL)
    monkeypatch.chdir(terminal.folder)
    monkeypatch.setattr(sys, "path", list(sys.path))
    terminal.without(DATABASE_VARIABLE, CONFIG_VARIABLE)
    yield terminal
    for name in ("city_portal", "broken_portal", "misspelled_portal"):
        sys.modules.pop(name, None)


def registered(portal: Terminal) -> None:
    """A design professional has registered in the portal."""
    assert (0, "") == _run(portal, "purge")[::2]  # the module is imported
    form = {
        "username": "aec 123",
        "first_name": "Dee",
        "last_name": "Sample",
        "address": "1 Sample Street",
        "city": "Sampleton",
        "state": "CA",
        "postal_code": "90069",
        "phone": "(323) 555-0100",
        "email": "studio@design.example.org",
        "password": "seven quiet lanterns drift",
        "question": "first-concert",
        "answer": "the marching band",
    }
    made = sys.modules["city_portal"].accounts.register("design_professional", form)
    assert isinstance(made, SignedIn), made


def _run(portal: Terminal, *arguments: str) -> tuple[int, str, str]:
    ended = portal.run(*arguments, "--app", "city_portal:accounts")
    return ended.code, ended.out, ended.err


def _refused(ended: Ended, code: int, words: str) -> None:
    assert (code, True) == (ended.code, words in ended.err), ended


def test_an_account_type_of_the_citys_own_is_known(portal: Terminal) -> None:
    """Staff find and explain a number that only the portal's policy can read."""
    registered(portal)
    found = portal.run(
        "staff", "find", "AEC-123", "--type", "design_professional", "--app", "city_portal:accounts"
    )
    assert (0, True) == (found.code, "studio@design.example.org" in found.out)
    code, out, _ = _run(portal, "explain", "aec 123")
    assert (0, True) == (code, "AEC123, " in out)


def test_a_misspelled_type_is_told_those_of_the_application(portal: Terminal) -> None:
    """It would pass for a name that nobody has."""
    ended = portal.run("staff", "find", "x", "--type", "designer", "--app", "city_portal:accounts")
    _refused(ended, 2, "'public', 'contractor', 'design_professional'")


def test_mail_leaves_by_the_applications_own_backend(portal: Terminal) -> None:
    """No mail server stands in a file; what the portal would send with is what sends."""
    registered(portal)
    code, out, _ = _run(portal, "outbox", "deliver")
    assert (0, True) == (code, "sent 1," in out)
    assert 1 == len(list((portal.folder / "mail").iterdir()))


def test_a_roster_goes_into_the_applications_store(portal: Terminal) -> None:
    """Into it and out of it, and a dry run into nothing; its database is never written over."""
    file = str(portal.roster("1012345,Sample Builders,office@contractor.example.org,2019-05-02"))
    assert 0 == _run(portal, "roster", "import", file, "--dry-run")[0]
    assert 0 == _run(portal, "roster", "export", "before.csv")[0]
    assert 0 == _run(portal, "roster", "import", file)[0]
    assert 0 == _run(portal, "roster", "export", "after.csv")[0]
    sizes = [len(Path(name).read_text().splitlines()) for name in ("before.csv", "after.csv")]
    assert [1, 2] == sizes
    ended = portal.run("roster", "export", "portal.db", "--overwrite", "--app", "city_portal:accounts")
    _refused(ended, 2, "belongs to the city's database")


def test_the_doctor_looks_at_the_application(portal: Terminal) -> None:
    """Its policy, its keys and what it keeps; of the mail server it says that it knows none."""
    ended = portal.run("doctor", "--app", "city_portal:accounts", "--json")
    levels = {each["topic"]: each["level"] for each in ended.document["findings"]}
    expected = {"application", "city", "keys", "blocklist", "file-mode", "hashes", "outbox", "disk"}
    assert {"ok"} == {levels[topic] for topic in expected}
    assert ("note", 0) == (levels["mail-server"], ended.code)


def test_the_doctor_asks_the_applications_mail_server(portal: Terminal) -> None:
    """Where that is what the application sends by; it gets no e-mail."""
    with SMTPServer() as server:
        lines = PORTAL.replace(
            'FileBackend("mail")', f'SMTPBackend("127.0.0.1", {server.port}, security="none")'
        )
        lines = lines.replace("file import FileBackend", "smtp import SMTPBackend")
        (portal.folder / "city_portal.py").write_text(lines)
        ended = portal.run("doctor", "--smtp", "--app", "city_portal:accounts", "--json")
        assert [] == server.envelopes
    levels = {each["topic"]: each["level"] for each in ended.document["findings"]}
    assert ("ok", "ok", 0) == (levels["mail-server"], levels["smtp"], ended.code)


def test_the_doctor_tells_what_is_wrong_with_the_application(portal: Terminal) -> None:
    """As with everything else that cannot be opened."""
    ended = portal.run("doctor", "--app", "city_portal:acounts", "--json")
    (finding,) = ended.document["findings"]
    assert (1, "error", "application") == (ended.code, finding["level"], finding["topic"])


def test_a_store_without_a_file(portal: Terminal) -> None:
    """There is no database to be looked over or written over."""
    lines = PORTAL.replace('SQLiteStore("portal.db", create=True)', "MemoryStore()")
    lines = lines.replace("stores.sqlite import SQLiteStore", "stores.memory import MemoryStore")
    (portal.folder / "city_portal.py").write_text(lines)
    code, out, _ = _run(portal, "doctor")
    assert (0, False) == (code, "file-mode" in out)
    assert 0 == _run(portal, "roster", "export", "portal.db")[0]


@pytest.mark.parametrize("name", ["accounts", "make_accounts"])
def test_it_is_accounts_or_what_returns_them(portal: Terminal, name: str) -> None:
    """A portal that puts its accounts together in a function need not do so when it is imported."""
    assert 0 == portal.run("purge", "--app", f"city_portal:{name}").code


def test_the_variable_does_the_same(portal: Terminal) -> None:
    """Also beside the variable of a database, which the application may read itself."""
    portal.set(APP_VARIABLE, "city_portal:accounts")
    portal.set(DATABASE_VARIABLE, "sqlite:///nowhere.db")
    assert 0 == portal.run("purge").code


def test_an_option_wins_over_the_variable(portal: Terminal) -> None:
    """Whoever types a database means it."""
    portal.set(APP_VARIABLE, "city_portal:accounts")
    _refused(portal.run("purge", "--database", "sqlite:///nowhere.db"), 3, "there is no file")


@pytest.mark.parametrize(
    ("app", "words"),
    [
        ("city_portal", "write a module and a name"),
        (":accounts", "write a module and a name"),
        ("misspelled_portal:accounts", "there is no module misspelled_portal"),
        ("city_portal.part:accounts", "there is no module city_portal.part"),
        ("city_portal:acounts", "the module city_portal has no acounts"),
        ("city_portal:number", "of type int is neither Accounts nor a function"),
        ("city_portal:os", "of type module is neither Accounts nor a function"),
        ("city_portal:Accounts", "failed when it was called (TypeError)"),
        ("city_portal:out_of_order", "failed when it was called (ValueError)"),
    ],
)
def test_what_is_no_application_is_said(portal: Terminal, app: str, words: str) -> None:
    """With what is wrong, for a misspelled name is the ordinary case; no word of the application's own."""
    ended = portal.run("purge", "--app", app)
    _refused(ended, 3, words)
    assert "canary" not in ended.err


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("import misspelled_portal", "broken_portal cannot be imported (ModuleNotFoundError)"),
        ("raise ValueError('a canary')", "broken_portal cannot be imported (ValueError)"),
        ("1 +", "broken_portal cannot be imported (SyntaxError)"),
    ],
)
def test_a_module_that_is_broken_is_said(portal: Terminal, line: str, words: str) -> None:
    """By the kind of its fault, whose words may hold what must not be shown; `--debug` shows them."""
    (portal.folder / "broken_portal.py").write_text(line)
    ended = portal.run("purge", "--app", "broken_portal:accounts")
    _refused(ended, 3, words)
    assert "canary" not in ended.err


def test_the_present_folder_stands_in_for_nothing_that_is_installed(
    portal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever may write where a command happens to be run gets no code of theirs into it."""
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    (portal.folder / "colorsys.py").write_text("raise ValueError('a canary')")
    (portal.folder / "broken_portal.py").write_text("import colorsys\nfrom city_portal import accounts")

    ended = portal.run("purge", "--app", "broken_portal:accounts")

    assert (0, "") == (ended.code, ended.err)


def test_what_the_application_says_of_its_settings_is_passed_on(portal: Terminal) -> None:
    """The library's own words tell what to do: here the keys are missing."""
    portal.without(KEYS_VARIABLE)
    _refused(portal.run("purge", "--app", "city_portal:accounts"), 3, KEYS_VARIABLE)
    portal.set(KEYS_VARIABLE, portal.keys.to_text())
    assert 0 == portal.run("purge", "--app", "city_portal:accounts").code
    portal.without(KEYS_VARIABLE)
    _refused(portal.run("purge", "--app", "city_portal:make_accounts"), 3, KEYS_VARIABLE)


@pytest.mark.parametrize(
    "beside", [("--database", "sqlite:///accounts.db"), ("--config", "city.toml")], ids=lambda pair: pair[0]
)
def test_an_application_and_settings_are_not_both_taken(portal: Terminal, beside: tuple[str, str]) -> None:
    """Nobody could say which of the two was meant."""
    _refused(
        portal.run("purge", "--app", "city_portal:accounts", *beside),
        2,
        "leave --config, --database and --scratch",
    )


def test_a_database_is_not_made_for_an_application(portal: Terminal) -> None:
    """It makes its own, or says why not."""
    file = str(portal.roster("1012345,Sample Builders,,"))
    ended = portal.run("roster", "import", file, "--create", "--app", "city_portal:accounts")
    _refused(ended, 2, "--create goes with --database")


def test_every_command_that_takes_a_database_takes_an_application() -> None:
    """None is left that only knows the account types of a file."""
    options = [{name for parameter in _resolved(path).params for name in parameter.opts} for path in ALL]
    assert [] == [names for names in options if ("--app" in names) is not ("--database" in names)]
