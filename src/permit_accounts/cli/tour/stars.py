"""The starred fields of a form, as data: each with its label and with why the city asks."""

from __future__ import annotations

from collections.abc import Sequence

from permit_accounts.cli.shown import text
from permit_accounts.cli.tour.telling import Readings, expect, refused_for, returned
from permit_accounts.model.codes import Code
from permit_accounts.rules.account_types import AccountType, Field


def starred(kind: AccountType) -> tuple[Field, ...]:
    """What the registration form of an account type marks with a star."""
    every_type = (kind.field(name) for name in ("password", "question", "answer"))
    fields = (kind.username_field, *kind.fields, *filter(None, every_type))
    return tuple(field for field in fields if field.required)


def star_readings(kind: AccountType, names: Sequence[str]) -> Readings:
    """These fields as a page shows them; each must have a star, a label and a reason.

    Raises:
        NotAsTheGuideSays: One has not.
    """
    known = {field.name: field for field in starred(kind)}
    for name in names:
        expect(name in known, f"the field {name} is asked for and has no star")
        label, reason = _words(known[name].label), _words(known[name].reason)
        yield returned(f"* {label}: {reason}")


def _words(key: str) -> str:
    words = text(key)
    expect(words != key, f"there are no words for {key}")
    return words


def form_readings(kind: AccountType, meant: Sequence[str], empty: object) -> Readings:
    """What came of an empty form: it must lack exactly the starred fields, and they those of the guide.

    Args:
        kind: Whose form.
        meant: The fields that the guide asks for.
        empty: The outcome of an empty form.
    """
    stars = [field.name for field in starred(kind)]
    expect(sorted(stars) == sorted(meant), f"the page stars {', '.join(stars)}")
    missing = [problem.field for problem in refused_for(empty, *[Code.REQUIRED] * len(meant))]
    expect(sorted(missing) == sorted(meant), f"an empty form lacks {', '.join(missing)}")
    yield from star_readings(kind, missing)
