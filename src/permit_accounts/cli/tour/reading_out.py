"""A temporary password as it is read out over the telephone: a word for each of its symbols."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from permit_accounts.cli.tour.telling import expect

_DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def spells(password: str, spelled: Sequence[str]) -> None:
    """Hold what is read out against the password, symbol by symbol.

    Raises:
        NotAsTheGuideSays: Somebody who writes down what is read out gets another password.
    """
    symbols = password.replace("-", "")
    expect(len(spelled) == len(symbols), f"{len(spelled)} words are read out for {len(symbols)} symbols")
    for number, (symbol, words) in enumerate(zip(symbols, spelled, strict=True), start=1):
        expect(_stands_for(symbol, words), f"symbol {number} is not what is read out: {words}")


def _stands_for(symbol: str, words: str) -> bool:
    if symbol.isdigit():
        return words == f"{symbol}, the digit {_DIGITS[int(symbol)]}"
    letter, _, word = words.partition(" as in ")
    return letter == symbol.upper() and len(word) > 1 and word.startswith(letter)
