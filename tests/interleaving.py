"""Two stories told into one another, always in the same way: what a race does only now and then."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from permit_accounts.model.records import Record
from permit_accounts.ports import Change, Store


class Interleaved:
    """A real store that lets something else happen right before a commit or a question.

    `before_commit_of(kind, action)` waits for the first commit that changes a record of this kind, runs the
    action once, whole, and then lets the commit go on: it now meets a world that has moved.
    `before_question(number, kind, action)` does so between one question and the next.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.max_changes = store.max_changes
        self._kind: type[Record] | None = None
        self._action: Callable[[], object] | None = None
        self._asked: type[Record] | None = None
        self._questions_left = 0
        self.happened = False

    def before_commit_of(self, kind: type[Record], action: Callable[[], object]) -> None:
        """Let this happen right before the next commit that changes a record of this kind."""
        self._kind, self._action, self.happened = kind, action, False

    def before_question(self, number: int, kind: type[Record], action: Callable[[], object]) -> None:
        """Let this happen right before that question, the first being 1, about records of this kind."""
        self._asked, self._questions_left, self._action, self.happened = kind, number, action, False

    def select(self, kind: type[Record], *args: object, **kwargs: object) -> Sequence[object]:
        """As the store itself, after the action where its turn has come."""
        if kind is self._asked:
            self._questions_left -= 1
            if self._questions_left == 0:
                self._asked = None
                self._act()
        return self._store.select(kind, *args, **kwargs)  # type: ignore[arg-type]

    def commit(self, *changes: Change) -> None:
        """As the store itself, after the action where its turn has come."""
        records = [getattr(change, "record", None) or change.new for change in changes]  # type: ignore[union-attr]
        if self._kind is not None and any(type(record) is self._kind for record in records):
            self._kind = None
            self._act()
        self._store.commit(*changes)

    def _act(self) -> None:
        action, self._action = self._action, None
        assert action is not None
        action()
        self.happened = True
