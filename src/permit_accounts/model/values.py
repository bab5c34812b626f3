"""What all values share: they are compared, hashed and shown by their fields.

attrs writes a method of its own for every class and for each of the three, and having them written took more
than half of the time that importing the library took. So a value inherits these and tells attrs `eq=False,
repr=False`. `LicenseId`, which is looked up by the thousand, leaves them to attrs: what is written for one
class is faster than what serves all.
"""

from __future__ import annotations

from typing import Any

import attrs


@attrs.frozen(eq=False, repr=False)
class Value:
    """The root of values: equal to another of its own class whose fields are equal, field by field.

    What attrs is told of a field holds here too: one with `eq=False` does not count, and one with
    `repr=False` is never shown, which is how secrets stay out of logs.
    """

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Value) or other.__class__ is not self.__class__:
            return NotImplemented
        return self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash((self.__class__, self._compared()))

    def __repr__(self) -> str:
        shown = (field.name for field in attrs.fields(self.__class__) if field.repr)
        return f"{self.__class__.__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    def _compared(self) -> tuple[Any, ...]:
        return tuple(getattr(self, field.name) for field in attrs.fields(self.__class__) if field.eq)
