"""The tables in the `MetaData` of whoever wants them: once, under the names that were asked for."""

from __future__ import annotations

import pytest
from sqlalchemy import MetaData

from permit_accounts.model.records import ASKED_BY
from permit_accounts.stores.sqlalchemy.tables import add_tables


@pytest.mark.parametrize("schema", [None, "permits"])
def test_tables_that_are_there_are_taken_as_they_are(schema: str | None) -> None:
    """A host and its migrations may both ask for them, of one `MetaData`."""
    metadata = MetaData()
    made = add_tables(metadata, schema=schema)
    assert made == add_tables(metadata, schema=schema)
    assert len(ASKED_BY) == len(metadata.tables)


def test_other_names_are_other_tables() -> None:
    """Two cities in one database."""
    metadata = MetaData()
    add_tables(metadata, prefix="north_")
    add_tables(metadata, prefix="south_")
    assert 2 * len(ASKED_BY) == len(metadata.tables)
    assert {"north_account", "south_account"} < set(metadata.tables)
