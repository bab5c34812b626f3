"""A regular expression that is compiled when it is first asked, not when its module is imported.

There are some two hundred, most of them for boards and spellings that one city never meets. Compiling them
all took longer than reading every module of the library.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from typing import TypeAlias

Match: TypeAlias = re.Match[str] | None


class Pattern:
    """Answers as the `re.Pattern` of this expression does.

    Cost: what asks it is that pattern's own method, kept from the first time on, so that the million rows of
    a roster pay nothing for the wait.

    Args:
        text: The expression.
        flags: As `re.compile` takes them.
    """

    def __init__(self, text: str, flags: int = 0) -> None:
        self.text = text
        self.flags = flags

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The expression, ready to be matched."""
        return re.compile(self.text, self.flags)

    @cached_property
    def fullmatch(self) -> Callable[[str], Match]:
        """The match of a whole text, or None."""
        return self.compiled.fullmatch

    @cached_property
    def match(self) -> Callable[[str], Match]:
        """The match at the beginning of a text, or None."""
        return self.compiled.match

    @cached_property
    def search(self) -> Callable[[str], Match]:
        """The first match anywhere in a text, or None."""
        return self.compiled.search

    @cached_property
    def sub(self) -> Callable[..., str]:
        """The text with its matches replaced; takes what `re.Pattern.sub` takes."""
        return self.compiled.sub

    @cached_property
    def findall(self) -> Callable[[str], list[str]]:
        """Every match in a text, of an expression without groups."""
        return self.compiled.findall

    @cached_property
    def split(self) -> Callable[[str], list[str]]:
        """What stands between the matches in a text."""
        return self.compiled.split

    def __repr__(self) -> str:
        return f"Pattern({self.text!r})"
