"""The page of the JSON API names each endpoint: what it takes, what it answers, and who may ask."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from permit_accounts import Field
from permit_accounts.testing.world import city_policy
from permit_accounts.web import bodies, endings
from permit_accounts.web.act_table import acts_of
from permit_accounts.web.acts import Act
from permit_accounts.web.json_api import READS
from permit_accounts.web.openapi import FAILURE_CODES
from permit_accounts.web.reads import Read

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "json-api.md").read_text(encoding="utf-8")
#: Registration takes the fields of its account type, and a set-up those that it is asked for.
BY_TYPE = "the fields of its form"
ACTS = acts_of(city_policy())


def taken(fields: tuple[Field, ...]) -> str:
    """Names of fields, those that may be left out in parentheses."""
    return ", ".join(f"`{each.name}`" if each.required else f"(`{each.name}`)" for each in fields)


def row_of_act(act: Act) -> str:
    token = tuple(field for field in act.takes if field.name == "token")
    form = ", ".join(filter(None, (taken(token), BY_TYPE)))
    takes = form if act.reads_form else taken(tuple(act.takes))
    answers = ", ".join(
        f"{endings.ENDINGS[kind].status} `{endings.ENDINGS[kind].word}`" for kind in act.answers
    )
    session = "yes" if act.signed_in else ""
    return f"| `{act.name}` | {takes} | {answers} | {session} |"


def row_of_read(read: Read) -> str:
    return f"| `{read.name}` | {taken(tuple(read.takes))} | {'yes' if read.signed_in else ''} | "


@pytest.mark.parametrize("act", ACTS.values(), ids=lambda act: act.name)
def test_the_page_names_each_act(act: Act) -> None:
    """With its fields, its outcomes and their statuses."""
    assert row_of_act(act) in PAGE.splitlines()


@pytest.mark.parametrize("read", READS, ids=lambda read: read.name)
def test_the_page_names_what_may_be_read(read: Read) -> None:
    """With its parameters."""
    assert any(line.startswith(row_of_read(read)) for line in PAGE.splitlines())


def test_the_page_names_no_others() -> None:
    """What is no longer there is not described."""
    section = PAGE.partition("## What can be done")[2].partition("\n## What can be refused")[0]
    names = re.findall(r"^\| `([a-z-]+)` \|", section, re.MULTILINE)
    assert [*ACTS, *(read.name for read in READS)] == names


def test_the_page_names_each_failure() -> None:
    """Every code of an answer to what was not taken at all."""
    section = PAGE.partition("## What can be refused")[2].partition("\n## ")[0]
    assert set(FAILURE_CODES) == set(re.findall(r"`([a-z-]+)`", section)) & set(FAILURE_CODES)
    assert {str(reason) for reason in bodies.Unreadable} < set(FAILURE_CODES)
