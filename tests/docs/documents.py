"""The documents that readers get, and the blocks of code in them."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import attrs

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>[a-z]*)[^\n]*\n(?P<body>.*?)^(?P=indent)```", re.MULTILINE | re.DOTALL
)


@attrs.frozen
class Block:
    """A fenced block: its language, its text, and the line of the document on which the text begins."""

    language: str
    text: str
    line: int


def documents() -> tuple[Path, ...]:
    """README and every page under docs, by path."""
    return (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))


def name(document: Path) -> str:
    """How a document is called in a report."""
    return document.relative_to(ROOT).as_posix()


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a document, in order."""
    for match in _FENCE.finditer(text):
        line = text.count("\n", 0, match.start("body")) + 1
        yield Block(match["language"], textwrap.dedent(match["body"]), line)


def without_blocks(text: str) -> str:
    """A document's prose alone."""
    return _FENCE.sub("", text)
