"""How a text is found and filled in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permit_accounts.testing.catalog_contract import CatalogContract
from permit_accounts.texts import TomlCatalog
from permit_accounts.texts.catalog import LANGUAGES, texts


@pytest.fixture
def catalog():
    return TomlCatalog()


@pytest.mark.attack("MAIL-08")
class TestTomlCatalog(CatalogContract):
    @pytest.fixture
    def catalog(self):
        return TomlCatalog()


def test_languages(catalog):
    """Three languages are shipped."""
    assert ("en", "es", "ru") == tuple(catalog.languages)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Use 3 to 64 characters."),
        ("es", "Use de 3 a 64 caracteres."),
        ("ru", "Длина имени — от 3 до 64 символов."),
        ("fr", "Use 3 to 64 characters."),
        ("../en", "Use 3 to 64 characters."),
    ],
)
def test_placeholders_are_filled_in(catalog, language, words):
    """The words are those of the language, and English for a language that is not there."""
    assert words == catalog.text("code.username-length", language, {"min": "3", "max": "64"})


def test_falls_back_to_english_for_a_missing_key(catalog, monkeypatch):
    """A text that a language lacks is shown in English rather than not at all."""
    monkeypatch.delitem(texts("es"), "code.required")

    assert "Fill in this field." == catalog.text("code.required", "es", {})


def test_unknown_key(catalog):
    """A key that no language has is the caller's mistake."""
    with pytest.raises(KeyError, match=r"code\.nonsense"):
        catalog.text("code.nonsense", "ru", {})


def test_placeholder_without_a_value_stays(catalog):
    """A value that is not given leaves a visible trace, and no exception."""
    assert "Use 3 to {max} characters." == catalog.text("code.username-length", "en", {"min": "3"})


@pytest.mark.attack("MAIL-08")
@given(st.dictionaries(st.sampled_from(["min", "max", "city"]), st.text()))
def test_any_value_is_put_in_as_it_stands(params):
    """Filling in is a plain replacement, whatever the values are."""
    given_or_left = {name: params.get(name, f"{{{name}}}") for name in ("min", "max")}

    shown = TomlCatalog().text("code.username-length", "en", params)

    assert f"Use {given_or_left['min']} to {given_or_left['max']} characters." == shown


@pytest.mark.parametrize(
    ("language", "number", "words"),
    [
        ("en", "1", "Wait 1 minute,"),
        ("en", "2", "Wait 2 minutes,"),
        ("es", "1", "Espere 1 minuto "),
        ("es", "60", "Espere 60 minutos "),
        ("ru", "1", "Подождите 1 минуту "),
        ("ru", "2", "Подождите 2 минуты "),
        ("ru", "4", "Подождите 4 минуты "),
        ("ru", "5", "Подождите 5 минут "),
        ("ru", "11", "Подождите 11 минут "),
        ("ru", "12", "Подождите 12 минут "),
        ("ru", "14", "Подождите 14 минут "),
        ("ru", "20", "Подождите 20 минут "),
        ("ru", "21", "Подождите 21 минуту "),
        ("ru", "33", "Подождите 33 минуты "),
        ("ru", "111", "Подождите 111 минут "),
        ("ru", "1.5", "Подождите 1.5 минуты "),
        ("ru", "many", "Подождите many минуты "),
        ("en", "٢", "Wait ٢ minutes,"),
    ],
)
def test_number_decides_the_form(catalog, language, number, words):
    """The form follows the number, as the plural rules of Unicode CLDR say."""
    assert words in catalog.text("code.wait", language, {"minutes": number})


def test_count_decides_before_the_placeholder(catalog):
    """Where a number is spelled out or rounded, `count` says what it is."""
    shown = catalog.text("code.wait", "ru", {"minutes": "около 5", "count": "5"})

    assert "Подождите около 5 минут " in shown


def test_form_without_its_number(catalog):
    """A text whose number is not given shows its general form."""
    assert "Wait {minutes} minutes," in catalog.text("code.wait", "en", {})


def test_form_that_a_language_lacks(catalog, monkeypatch):
    """A missing form is shown as the general one."""
    monkeypatch.delitem(texts("ru"), "code.wait.few")

    assert "Подождите 3 минуты " in catalog.text("code.wait", "ru", {"minutes": "3"})


def test_read_once():
    """A file is read when it is first needed, and once."""
    assert all(texts(language) is texts(language) for language in LANGUAGES)
    assert {} == texts("fr")
