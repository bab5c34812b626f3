"""A text that must not be seen: passwords, answers and tokens while they are in memory.

A traceback printed with local variables, a debugger or a log line shows `***` and nothing else.
"""

from __future__ import annotations

from typing import Final


class Secret:
    """A masked text. Only `reveal()` gives it, and only where a hash or a signature is computed.

    Two secrets are never compared with `==`: that would leak timing. The class therefore keeps the default
    identity comparison and forbids pickling.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text: Final = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a Secret is not serialized")
