"""What a command says: results on the standard output, messages on the standard error output.

With `--json` the standard output holds one JSON document and nothing else. Texts that come from people or
files are printed without control characters, so that no name can move the cursor of whoever reads it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping

import click


class Report:
    """The voice of one call of the command.

    Attributes:
        as_json: Whether the result is one JSON document.
        debug: Whether a fault may show its traceback.
    """

    def __init__(self) -> None:
        self.as_json = False
        self.debug = False
        self._has_document = False

    def lines(self, *lines: str) -> None:
        """The result for people; nothing where a JSON document is asked for."""
        if not self.as_json:
            for line in lines:
                click.echo(plain(line))

    def headings(self, *lines: str) -> None:
        """The same for lines that stand out where there are letters for it."""
        if not self.as_json:
            for line in lines:
                click.secho(plain(line), bold=True)

    def document(self, content: Mapping[str, object]) -> None:
        """The result for programs; nothing where people read it."""
        if self.as_json and not self._has_document:
            self._has_document = True
            click.echo(json.dumps(content, ensure_ascii=False, indent=2))

    def note(self, *lines: str) -> None:
        """A message beside the result."""
        for line in lines:
            click.echo(plain(line), err=True)

    def error(self, kind: str, words: str) -> None:
        """The document of a command that came to no result."""
        self.document({"error": kind, "message": words})


def plain(text: str) -> str:
    """A text without control characters but for line ends; nothing in it moves a cursor or sets a color."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in text)


def listed(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Names and values in two columns; pairs without a value are left out."""
    shown = [(name, value) for name, value in pairs if value]
    width = max((len(name) for name, _ in shown), default=0)
    return [f"{name:<{width}}  {value}" for name, value in shown]


def is_attended() -> bool:
    """Whether somebody sits at a terminal who can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()
