"""One thing that is wrong with a database of accounts."""

from __future__ import annotations

import attrs


@attrs.frozen
class Flaw:
    """How it is, and what to do about it.

    Attributes:
        topic: A word for programs.
        words: A sentence for whoever runs the database.
        serious: Whether accounts would not work, or be lost; else it should only be known.
    """

    topic: str
    words: str
    serious: bool = True
