"""The commands, their help, and what is loaded for it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from cli.terminal import Terminal
from permit_accounts.cli import NOT_INSTALLED
from permit_accounts.cli.tree import LateGroup, command


def paths(found: click.Command = command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command and group, the program itself first."""
    yield path
    if isinstance(found, click.Group):
        context = click.Context(found)
        for name in found.list_commands(context):
            child = found.get_command(context, name)
            assert child is not None
            yield from paths(child, (*path, name))


ALL = tuple(paths())

#: Loads the command on a root package that loads nothing, asks for help, and says what else was loaded.
_HELP = """
import sys, types
import importlib.util
root = types.ModuleType("permit_accounts")
root.__path__ = list(importlib.util.find_spec("permit_accounts").submodule_search_locations)
for name in [name for name in sys.modules if name.partition(".")[0] == "permit_accounts"]:
    del sys.modules[name]
before = set(sys.modules)
sys.modules["permit_accounts"] = root
from permit_accounts.cli import main
code = main(sys.argv[1:])
print("loaded:", *sorted(set(sys.modules) - before), file=sys.stderr)
sys.exit(code)
"""


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_explains_itself(path: tuple[str, ...], terminal: Terminal) -> None:
    """`--help` works everywhere, without a city."""
    terminal.without(*terminal.variables)
    ended = terminal.run(*path, "--help")
    assert (0, True) == (ended.code, ended.out.startswith(" ".join(("Usage: permit-accounts", *path))))


def test_the_tables_name_what_is_there() -> None:
    """A command that stands in a group's table is there under that name."""
    assert [] == [path for path in ALL if path and path[-1] != _resolved(path).name]


def _resolved(path: tuple[str, ...]) -> click.Command:
    found: click.Command = command
    for name in path:
        assert isinstance(found, click.Group)
        child = found.get_command(click.Context(found), name)
        assert child is not None
        found = child
    return found


def test_a_table_tells_what_the_command_tells() -> None:
    """The line in a group's table and the command's own first sentence are about one thing: none is empty."""
    groups = [found for path in ALL if isinstance(found := _resolved(path), LateGroup)]
    assert 2 == len(groups)
    assert [] == [name for group in groups for name, (_, words) in group._table.items() if not words]


@pytest.mark.parametrize("path", [(), ("staff",), ("staff", "find"), ("roster", "import"), ("tour",)])
def test_help_loads_next_to_nothing(path: tuple[str, ...]) -> None:
    """What makes help slow is loaded by the work alone: hashing, the database, bars, even attrs."""
    run = subprocess.run(
        [sys.executable, "-c", _HELP, *path, "--help"], capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in run.stderr.partition("loaded:")[2].split()}
    assert {"click", "permit_accounts"} == loaded & {
        *("click", "permit_accounts", "rich", "argon2", "sqlite3", "attr", "email_validator", "aiosmtpd")
    }


def test_an_unknown_command_is_a_usage_error(terminal: Terminal) -> None:
    """Exit code 2, with what was not understood."""
    ended = terminal.run("frobnicate")
    assert (2, "") == (ended.code, ended.out)
    assert "frobnicate" in ended.err


def test_no_command_shows_the_help(terminal: Terminal) -> None:
    """Whoever types the name alone sees what there is."""
    ended = terminal.run()
    assert "doctor" in ended.out + ended.err


def test_the_version_is_the_packages(terminal: Terminal) -> None:
    """One line."""
    assert "permit-accounts 0.1.0\n" == terminal.run("--version").out


def test_without_the_extra_it_says_what_to_install() -> None:
    """One sentence and exit code 3 where click is not installed."""
    program = (
        "import sys; sys.modules['click'] = None\n"
        "from permit_accounts.cli import main\n"
        "sys.exit(main(['--help']))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (3, "", f"{NOT_INSTALLED}\n") == (run.returncode, run.stdout, run.stderr)


def test_a_missing_part_of_the_extra_is_said_too(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tour's mail server comes with the extra; whoever has click alone is told."""
    monkeypatch.delitem(sys.modules, "permit_accounts.cli.tour.guide", raising=False)
    for name in [name for name in sys.modules if name.startswith("permit_accounts.cli.tour")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "permit_accounts.cli.loopback_smtp", raising=False)
    monkeypatch.setitem(sys.modules, "aiosmtpd.smtp", None)
    ended = terminal.run("tour")
    assert (3, f"{NOT_INSTALLED}\n") == (ended.code, ended.err)


def test_another_missing_module_is_no_matter_of_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken installation is not papered over with advice that does not help."""
    from permit_accounts.cli import main

    monkeypatch.setitem(sys.modules, "permit_accounts.cli.tree", None)
    with pytest.raises(ModuleNotFoundError):
        main(["--help"])
