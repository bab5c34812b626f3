"""What it means to be a catalog of texts, as tests: subclass it and give one fixture.

class TestMyCatalog(CatalogContract):
    @pytest.fixture
    def catalog(self):
        return MyCatalog(…)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from permit_accounts.model.codes import Code, EventName
from permit_accounts.model.files import FileFault
from permit_accounts.model.roster import RowReason
from permit_accounts.model.users import UserReason
from permit_accounts.ports import Catalog
from permit_accounts.rules.account_types import (
    ANSWER,
    CITY_USERNAME,
    CONTRACTOR,
    LICENSE_USERNAME,
    PASSWORD,
    PUBLIC,
    QUESTION,
    USERNAME,
)
from permit_accounts.rules.questions import QUESTIONS

#: Every e-mail that the library sends.
TEMPLATES: Final = (
    *("confirm-email", "email-in-use", "setup-link", "reset-link", "username-reminder"),
    *("change-email-confirm", "change-email-started", "email-changed", "email-changed-new"),
    *("email-change-cancelled", "password-changed", "password-reset", "question-changed"),
    *("temporary-issued", "setup-finished", "failures-notice", "claim-noticed", "claim-approved"),
    *("claim-rejected", "license-transferred", "license-released", "license-added", "license-corrected"),
    *("account-disabled", "account-enabled", "account-reopened", "account-closed", "account-opened"),
    *("email-changed-by-staff", "username-changed", "staff-notice"),
)

#: Those that have one more paragraph, for a link that they do not always hold.
WITH_MORE: Final = ("confirm-email", "email-changed", "email-change-cancelled")


def _keys() -> Iterator[str]:
    yield from (f"code.{code}" for code in Code)
    yield from (f"file.{fault}" for fault in FileFault)
    yield from (f"roster-row.{reason}" for reason in RowReason)
    yield from (f"user-row.{reason}" for reason in UserReason)
    yield from (f"event.{name}" for name in EventName)
    yield from (account_type.label for account_type in (PUBLIC, CONTRACTOR))
    yield from (f"question.{question_id}" for question_id in QUESTIONS)
    usernames = (USERNAME, LICENSE_USERNAME, CITY_USERNAME)
    fields = (*PUBLIC.fields, *CONTRACTOR.fields, *usernames, PASSWORD, QUESTION, ANSWER)
    for field in fields:
        yield from (field.label, field.reason)
        yield from (f"choice.{field.name}.{choice}" for choice in field.choices)
    yield from (f"mail.{template}.{part}" for template in TEMPLATES for part in ("subject", "body"))
    yield from (f"mail.{template}.more" for template in WITH_MORE)
    yield from ("mail.link-for", "mail.lasting.minutes", "mail.lasting.hours", "mail.footer")


#: Every text that the library and its two account types ask for.
KEYS: Final = tuple(dict.fromkeys(_keys()))


class CatalogContract:
    """Every test is one promise of `permit_accounts.ports.Catalog`."""

    @pytest.fixture
    def catalog(self) -> Catalog:
        """The catalog under test."""
        raise NotImplementedError("give a fixture named `catalog`")

    def test_speaks_english(self, catalog: Catalog) -> None:
        """English is among its languages: every text falls back to it."""
        assert "en" in catalog.languages

    def test_has_every_text(self, catalog: Catalog) -> None:
        """There are words for every key that the library asks for, in each language or in English."""
        empty = [
            (language, key)
            for language in catalog.languages
            for key in KEYS
            if not catalog.text(key, language, {}).strip()
        ]
        assert [] == empty

    def test_unknown_language(self, catalog: Catalog) -> None:
        """A language that it does not have is answered in English."""
        assert catalog.text("code.required", "en", {}) == catalog.text("code.required", "xx-unknown", {})

    def test_unknown_key(self, catalog: Catalog) -> None:
        """A key that no language has is the caller's mistake, and told as one."""
        with pytest.raises(KeyError):
            catalog.text("code.no-such-code", "en", {})

    @pytest.mark.parametrize(
        "value",
        [
            "{max}",
            "{0.__class__}",
            "{min.__class__}",
            "{{7*7}}",
            "%(max)s",
            "%s",
            "${max}",
            "$max",
            "\\g<0>",
            "<b>x</b>",
            "100 %",
        ],
    )
    def test_values_are_put_in_as_they_stand(self, catalog: Catalog, value: str) -> None:
        """What a person typed is shown letter by letter: nothing in it is evaluated or filled in."""
        for language in catalog.languages:
            shown = catalog.text("code.username-length", language, {"min": value, "max": "64"})
            assert value in shown
            assert 1 == shown.replace(value, "").count("64")
