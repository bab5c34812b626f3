"""The page about the command line says what the commands say, neither more nor less."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest

from cli.test_tree import ALL, _resolved
from permit_accounts.cli.city_file import read_city_file
from permit_accounts.cli.endings import Ending
from permit_accounts.cli.tree import command as whole
from permit_accounts.rules.roster_columns import NAMES

PAGE = (Path(__file__).parents[2] / "docs/reference/command-line.md").read_text(encoding="utf-8")
_SECTION = re.compile(r"^### (permit-accounts[^\n]*)\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
_LISTED = re.compile(r"^\| `(--[a-z-]+)|^Also: ([^\n]*)", re.MULTILINE)


def _sections() -> Mapping[str, str]:
    return {match[1]: match[2] for match in _SECTION.finditer(PAGE)}


def _on_the_page(section: str) -> Iterator[str]:
    for option, also in _LISTED.findall(section):
        yield from [option] if option else re.findall(r"--[a-z-]+", also)


def _of_click(found: click.Command) -> set[str]:
    options = {name for parameter in found.params for name in parameter.opts if name.startswith("--")}
    return options - {"--help"}


COMMANDS = {
    " ".join(("permit-accounts", *path)): _resolved(path)
    for path in ALL
    if not path or not isinstance(_resolved(path), click.Group)
}


def test_every_command_has_its_section() -> None:
    """No command without a section, no section without a command."""
    assert sorted(COMMANDS) == sorted(_sections())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_listed(name: str) -> None:
    """A section lists exactly the options that the command has."""
    listed = list(_on_the_page(_sections()[name]))
    assert sorted(_of_click(COMMANDS[name])) == sorted(listed)


def test_the_database_is_a_file_or_a_server() -> None:
    """Whoever keeps accounts on a server finds how to name it, on the page and in the help."""
    (row,) = re.findall(r"^\| the database \|.*$", PAGE, re.MULTILINE)
    told = [row] + [
        parameter.help
        for command in COMMANDS.values()
        for parameter in command.params
        if isinstance(parameter, click.Option) and "--database" in parameter.opts
    ]
    assert len(told) > 20
    schemes = ("sqlite:///", "postgresql://", "mariadb://")
    assert [] == [words for words in told if not words or not all(scheme in words for scheme in schemes)]


def test_printed_examples_say_who_acts() -> None:
    """What a page or the help prints can be typed as it stands: at the desk somebody always acts."""
    root = Path(__file__).parents[2]
    texts = [page.read_text(encoding="utf-8") for page in (root / "README.md", *root.glob("docs/**/*.md"))]
    printed = [
        (example, "PERMIT_ACCOUNTS_ACTOR=" in text)
        for text in (*texts, whole.help or "")
        for example in re.findall(r"permit-accounts (?:explain|staff [a-z-]+) [^`|\n]+", text)
    ]
    assert len(printed) > 4
    assert [] == [example for example, is_set in printed if not is_set and "--actor" not in example]


def test_every_exit_code_is_listed() -> None:
    """The table of exit codes is the enumeration."""
    table = re.findall(r"^\| ([0-9]+) \|", PAGE, re.MULTILINE)
    assert [str(int(ending)) for ending in Ending] == table


def test_every_fact_of_a_roster_is_listed() -> None:
    """Whoever maps columns finds the names on the page."""
    assert set() == {name for name in NAMES if f"`{name}`" not in PAGE}


def test_the_example_is_a_configuration(tmp_path: Path) -> None:
    """The file that the page shows is read as it stands."""
    example = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0]
    file = tmp_path / "city.toml"
    file.write_text(example)
    read = read_city_file(str(file))
    assert tomllib.loads(example)["city"]["city"] == read.policy.city
    assert read.mail_server is not None
    assert "mail.sampleton.example.gov" == read.mail_server.host
