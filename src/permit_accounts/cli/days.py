"""A day as an option takes it."""

from __future__ import annotations

from datetime import datetime

import click


class Day(click.DateTime):
    """A day as `2014-09-01`. Another spelling is answered with that one, and not with a format's code."""

    def __init__(self) -> None:
        super().__init__(["%Y-%m-%d"])

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The beginning of the day."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r} is no day: write year-month-day, such as 2014-09-01.", param, ctx)
