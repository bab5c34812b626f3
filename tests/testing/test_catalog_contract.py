"""The contract of catalogs is itself tested: each saboteur is wrong in one way and must be found."""

from __future__ import annotations

import pytest

from permit_accounts.testing.catalog_contract import CatalogContract
from permit_accounts.texts import TomlCatalog


class WithoutEnglish(TomlCatalog):
    languages = ("es",)


class WithoutOneText(TomlCatalog):
    def text(self, key, language, params):
        return "" if key == "mail.footer" else super().text(key, language, params)


class SureOfItsLanguages(TomlCatalog):
    def text(self, key, language, params):
        if language not in self.languages:
            raise LookupError(language)
        return super().text(key, language, params)


class Echo(TomlCatalog):
    def text(self, key, language, params):
        try:
            return super().text(key, language, params)
        except KeyError:
            return key


class Formatting(TomlCatalog):
    def text(self, key, language, params):
        return super().text(key, language, params).format(**{"max": "", "min": ""} | params)


class FilledInTwice(TomlCatalog):
    def text(self, key, language, params):
        once = super().text(key, language, params)
        return once.replace("{max}", params.get("max", ""))


class Escaping(TomlCatalog):
    def text(self, key, language, params):
        return super().text(key, language, params).replace("<", "&lt;")


SABOTEURS = [WithoutEnglish, WithoutOneText, SureOfItsLanguages, Echo, Formatting, FilledInTwice, Escaping]


def findings(catalog):
    """The promises that a catalog breaks."""
    contract = CatalogContract()
    broken = []
    for name in sorted(name for name in dir(contract) if name.startswith("test_")):
        test = getattr(contract, name)
        cases = [value for mark in getattr(test, "pytestmark", []) for value in mark.args[1]] or [None]
        for case in cases:
            try:
                test(catalog, *([] if case is None else [case]))
            except (AssertionError, AttributeError, LookupError, ValueError, pytest.fail.Exception):
                broken.append(name)
    return broken


@pytest.mark.parametrize("saboteur", SABOTEURS)
def test_saboteur_is_found(saboteur):
    """Whatever a catalog does wrong, the contract sees it."""
    assert [] != findings(saboteur())


def test_honest_catalog_passes():
    """A catalog that does nothing wrong is not accused."""
    assert [] == findings(TomlCatalog())


def test_missing_fixture_says_what_to_do():
    """Whoever forgets the fixture is told its name."""
    with pytest.raises(NotImplementedError, match="catalog"):
        CatalogContract.catalog.__wrapped__(CatalogContract())
