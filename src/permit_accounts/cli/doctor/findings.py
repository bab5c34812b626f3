"""What an examination finds: one sentence each, at one of four levels."""

from __future__ import annotations

from enum import StrEnum

import attrs


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@attrs.frozen
class Finding:
    """One thing that was looked at.

    Args:
        level: How bad it is.
        topic: A word for programs.
        words: How it is, and what to do where something is to be done.
    """

    level: Level
    topic: str
    words: str


def ok(topic: str, words: str) -> Finding:
    """It is as it should be."""
    return Finding(Level.OK, topic, words)


def note(topic: str, words: str) -> Finding:
    """It is a decision that somebody should know of."""
    return Finding(Level.NOTE, topic, words)


def warning(topic: str, words: str) -> Finding:
    """It should be mended."""
    return Finding(Level.WARNING, topic, words)


def error(topic: str, words: str) -> Finding:
    """It does not work, or will do harm."""
    return Finding(Level.ERROR, topic, words)
