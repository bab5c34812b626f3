"""What people and staff do, in any order, beside a model of a few words that says what must come of it.

The model and the rules are in `tests/stories`: what anybody can try, what somebody signed in can do, what
staff do, and what happens by itself. After each step the store must say what the model says, every session
and link that was ever made must open what it should and nothing else, and no invariant may be broken.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize

from permit_accounts.ports import Store
from permit_accounts.stores.sqlite import SQLiteStore
from stories.at_the_desk import AtTheDesk
from stories.at_the_doors import AtTheDoors
from stories.scene import ANSWERS, NUMBERS, PASSWORDS
from stories.signed_in import SignedInThere


class StoryMachine(AtTheDoors, SignedInThere, AtTheDesk):
    """Everything that can happen, in a city in memory."""

    @initialize(known=st.sampled_from([True, True, True, True, False]))
    def there_was_a_day_before(self, known: bool) -> None:
        """Two contractors are on the roster. Where there was a day before, one of them is set up, somebody of
        the public has moved to another mailbox and claims the license of the other, and a third license is
        claimed that nobody has verified."""
        self.import_roster(dict.fromkeys(NUMBERS[:2], 0))
        if not known:
            return
        self.register("ann", PASSWORDS[0], ANSWERS[0])
        self.confirm_email(0, "password", PASSWORDS[0])
        self.change_email(0, 0)
        self.confirm_another_email(0, "session", PASSWORDS[0])
        self.register(NUMBERS[2], PASSWORDS[0], ANSWERS[0])
        self.add_license(0, NUMBERS[1])
        self.issue_temporary_password(NUMBERS[0])
        self.sign_in_with_a_temporary_password(0, 0)
        self.finish_setup(0, PASSWORDS[0], ANSWERS[0])
        assert self.holds(self.city.owners[NUMBERS[0]], NUMBERS[0])


class QuickFile(SQLiteStore):
    """A file that waits for no disk: power does not fail here."""

    def _connect(self) -> sqlite3.Connection:
        connection = super()._connect()
        connection.execute("PRAGMA synchronous = OFF")
        return connection


class SQLiteStoryMachine(StoryMachine):
    """The same in a file."""

    def make_store(self) -> Store:
        self.folder = tempfile.mkdtemp()
        return QuickFile(Path(self.folder, "city.db"), create=True, synchronous="NORMAL")

    def teardown(self) -> None:
        try:
            super().teardown()
        finally:
            self.world.store.close()  # type: ignore[attr-defined]
            shutil.rmtree(self.folder)


def told(examples: int, steps: int) -> settings:
    """So many stories of so many steps; how long one takes depends on the machine, so nothing is timed."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@pytest.mark.usefixtures("unmeasured")
class TestStories(StoryMachine.TestCase):  # type: ignore[name-defined, misc]
    settings = told(50, 40)


@pytest.mark.usefixtures("unmeasured")
class TestStoriesInSQLite(SQLiteStoryMachine.TestCase):  # type: ignore[name-defined, misc]
    settings = told(10, 40)


@pytest.mark.long
@pytest.mark.usefixtures("unmeasured")
class TestLongStories(StoryMachine.TestCase):  # type: ignore[name-defined, misc]
    settings = told(800, 60)


@pytest.mark.long
@pytest.mark.usefixtures("unmeasured")
class TestLongStoriesInSQLite(SQLiteStoryMachine.TestCase):  # type: ignore[name-defined, misc]
    settings = told(150, 60)
