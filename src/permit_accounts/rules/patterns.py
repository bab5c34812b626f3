"""A regular expression that is compiled when it is first asked, not when its module is imported.

There are some two hundred, most of them for boards and spellings that one city never meets. Compiling them
all took longer than reading every module of the library.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property


class Pattern:
    """Answers as the `re.Pattern` of this expression does.

    Args:
        text: The expression.
        flags: As `re.compile` takes them.
    """

    def __init__(self, text: str, flags: int = 0) -> None:
        self.text = text
        self.flags = flags

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The expression, ready to be matched; made once."""
        return re.compile(self.text, self.flags)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """The match of the whole text, or None."""
        return self.compiled.fullmatch(text)

    def match(self, text: str) -> re.Match[str] | None:
        """The match at the beginning of the text, or None."""
        return self.compiled.match(text)

    def search(self, text: str) -> re.Match[str] | None:
        """The first match anywhere in the text, or None."""
        return self.compiled.search(text)

    def sub(self, by: str | Callable[[re.Match[str]], str], text: str, count: int = 0) -> str:
        """The text with its first `count` matches replaced; 0 replaces all."""
        return self.compiled.sub(by, text, count=count)

    def findall(self, text: str) -> list[str]:
        """Every match of an expression without groups."""
        return self.compiled.findall(text)

    def split(self, text: str) -> list[str]:
        """What stands between the matches."""
        return self.compiled.split(text)

    def __repr__(self) -> str:
        return f"Pattern({self.text!r})"
