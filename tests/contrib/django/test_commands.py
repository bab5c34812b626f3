"""`manage.py accounts_…`: the commands of `permit-accounts` on the accounts of the project."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from django.db import connections
from django.test import override_settings

from contrib.django import city
from contrib.django.city import Portal
from permit_accounts.contrib.django.management.commands.accounts_doctor import Command as DoctorCommand
from permit_accounts.contrib.django.management.commands.accounts_outbox import Command as OutboxCommand
from permit_accounts.contrib.django.management.commands.accounts_roster import Command as RosterCommand
from permit_accounts.contrib.django.management.commands.accounts_users import Command as UsersCommand
from permit_accounts.contrib.django.records.models import MODELS
from permit_accounts.contrib.django.store import DjangoStore
from permit_accounts.model.records import Account, License, OneTimeToken
from permit_accounts.ports import Every
from permit_accounts.testing.world import World, public_form

ROSTER = "license,business_name\n1012345,Cedar Roofing\n1012346,Mill Lane Solar\n"


@pytest.fixture
def site(site: Portal) -> Iterator[Portal]:
    """A city whose accounts are in Django's own database."""
    city.site = Portal(city.PAGES, world=World(store=DjangoStore()))
    with override_settings(PERMIT_ACCOUNTS={"SITE": "contrib.django.city.site"}):
        yield city.site
    with connections["default"].cursor() as cursor:
        for model in MODELS.values():
            cursor.execute(f"DELETE FROM {model._meta.db_table}")


def typed(command: BaseCommand, *words: str) -> int:
    """The exit code of a command as it is typed."""
    try:
        command.run_from_argv(["manage.py", type(command).__module__.rpartition(".")[2], *words])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def test_a_roster_is_imported_and_exported(
    site: Portal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With all options of the command; Django's own are left out of its words."""
    file, back = tmp_path / "roster.csv", tmp_path / "back.csv"
    file.write_text(ROSTER)
    words = ("import", str(file), "--authority", "us-ca-cslb")
    assert 0 == typed(RosterCommand(), *words, "--dry-run", "--settings=portal.settings")
    assert [] == list(site.world.store.select(License, Every(), limit=9))
    assert 0 == typed(RosterCommand(), *words, "--pythonpath", "here", "--no-color")
    assert 2 == len(site.world.store.select(License, Every(), limit=9))
    assert re.search(r"added +2", capsys.readouterr().out)
    assert 0 == typed(RosterCommand(), "export", str(back))
    assert "Cedar Roofing" in back.read_text("utf-8-sig")


def test_users_of_an_earlier_portal_are_imported(site: Portal, tmp_path: Path) -> None:
    """Into the project's own database, which no command outside of the project reaches."""
    file = tmp_path / "users.csv"
    file.write_text("username,email,password_hash\nann,ann@mail.example.org,\n")
    words = ("import", str(file), "--type", "public")
    assert 0 == typed(UsersCommand(), *words, "--dry-run")
    assert [] == list(site.world.store.select(Account, Every(), limit=9))
    assert 0 == typed(UsersCommand(), *words, "--reason", "move")
    assert ["ann"] == [account.username for account in site.world.store.select(Account, Every(), limit=9)]


def test_what_is_wrong_is_said_with_an_exit_code(
    site: Portal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Refused, not understood, wrongly configured: as `permit-accounts` ends."""
    file = tmp_path / "roster.csv"
    file.write_text("a,b\n1,2\n")
    assert 1 == typed(RosterCommand(), "import", str(file))
    assert 2 == typed(RosterCommand(), "import", str(tmp_path / "none.csv"))
    assert 2 == typed(RosterCommand(), "import", str(file), "--database", "sqlite:///other.db")
    assert "--app stands for the whole city" in capsys.readouterr().err
    with override_settings(PERMIT_ACCOUNTS={}):
        assert 3 == typed(RosterCommand(), "import", str(file))
    assert "PERMIT_ACCOUNTS lacks SITE" in capsys.readouterr().err


def test_help_is_the_commands_own(capsys: pytest.CaptureFixture[str]) -> None:
    """Of the group, and of a command in it; nothing needs the accounts for it."""
    for words in ([], ["--help"]):
        typed(RosterCommand(), *words)
        assert "import" in "".join(capsys.readouterr())
    assert 0 == typed(RosterCommand(), "import", "--help")
    assert "--permits-after" in capsys.readouterr().out


def test_an_unexpected_fault_shows_its_traceback_where_it_is_asked_for(
    site: Portal, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--traceback` is Django's word for it."""

    def broken(self: DjangoStore, *asked: object, **more: object) -> None:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr(DjangoStore, "select", broken)
    assert 4 == typed(OutboxCommand(), "failed")
    assert "a secret" not in capsys.readouterr().err
    with pytest.raises(ZeroDivisionError):
        typed(OutboxCommand(), "failed", "--traceback")


def test_mail_is_delivered(site: Portal, capsys: pytest.CaptureFixture[str]) -> None:
    """By what the site's accounts send with."""
    site.accounts.register("public", public_form("ann"))
    assert 0 == typed(OutboxCommand(), "deliver")
    assert 1 == len(site.world.mailbox.messages)
    assert "sent 1" in capsys.readouterr().out


def test_what_has_expired_is_forgotten(site: Portal) -> None:
    """From code too: `call_command` is for a scheduler inside the project."""
    site.accounts.register("public", public_form("ann"))
    assert site.world.store.select(OneTimeToken, Every(), limit=9)
    site.world.tick(days=400)
    call_command("accounts_purge")
    assert [] == list(site.world.store.select(OneTimeToken, Every(), limit=9))


def test_the_installation_is_looked_over(site: Portal, capsys: pytest.CaptureFixture[str]) -> None:
    """With what is kept in Django's own database, in one document for a program."""
    site.accounts.register("public", public_form("ann"))
    assert 0 == typed(DoctorCommand(), "--json")
    found = json.loads(capsys.readouterr().out)["findings"]
    levels = {each["topic"]: each["level"] for each in found}
    assert {"ok"} == {levels[topic] for topic in ("application", "city", "keys", "hashes", "outbox", "clock")}


def test_a_call_that_does_not_end_well_is_an_error(site: Portal, tmp_path: Path) -> None:
    """`call_command` raises what the exit code would say."""
    site.accounts.register("public", public_form("ann"))
    call_command("accounts_explain", "ann", "--actor", "clerk")
    with pytest.raises(CommandError, match="staff ended with exit code 2") as told:
        call_command("accounts_staff", "find", "ann")
    assert 2 == told.value.returncode


_PROJECT = """
import sys
from contrib.django import city, project
from django.core.management import call_command, execute_from_command_line
from permit_accounts.contrib.django.store import DjangoStore
from permit_accounts.testing.world import World, public_form
call_command("migrate", verbosity=0)
city.site = city.Portal(city.PAGES, world=World(store=DjangoStore()))
city.site.accounts.register("public", public_form("ann"))
execute_from_command_line(["manage.py", "accounts_outbox", "deliver", "--watch"])
"""


def test_watching_ends_with_ctrl_c() -> None:
    """A service beside the portal: it sends, and says at the end what it did, with the code of Ctrl-C."""
    with subprocess.Popen(
        [sys.executable, "-c", _PROJECT],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    ) as process:
        assert process.stderr is not None
        assert any("sent 1" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (130, "sent 1, deferred 0, dropped 0, given up 0\n") == (process.returncode, out), err
