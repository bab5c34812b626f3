"""Every word that the library needs is there, in every language, and none that it does not need."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import permit_accounts.web
from permit_accounts.model.codes import Code, Reason
from permit_accounts.rules.questions import QUESTIONS
from permit_accounts.testing.catalog_contract import KEYS, TEMPLATES, WITH_MORE
from permit_accounts.texts.catalog import LANGUAGES, texts

ROOT = Path(permit_accounts.__file__).parent
SOURCES = [
    file.read_text(encoding="utf-8")
    for folder in ("web", "staff_console", "contrib", "cli/demo")
    for file in (ROOT / folder).rglob("*.*")
    if file.suffix in {".html", ".py"}
]
QUOTED = {key for source in SOURCES for key in re.findall(r"""["'](web\.[a-z0-9.-]*[a-z0-9])["']""", source)}
#: What a key begins with whose end is worked out, as in `f"web.note.{word}"` or `"web.layout." ~ name`.
BEGINNINGS = {
    begin
    for source in SOURCES
    for begin in re.findall(r"""["'](web\.(?:[a-z0-9-]+\.)+)(?:\{|["'] ~)""", source)
}
#: Of these the end is a name that some page or template gives, and no code.
BY_NAME = {"web.layout", "web.note"}
#: What a key ends with whose page is worked out, as in `f"{texts}.title"`.
ENDS = {
    end
    for source in SOURCES
    for end in re.findall(r"""(?:\}|~ ["'])\.(title|lead|submit|text|help|form)\b""", source)
}
NAMES = {name for source in SOURCES for name in re.findall(r"""["']((?:web\.)?[a-z0-9.-]+)["']""", source)}


def stem(key):
    """A key without the form of its number."""
    begin, _, form = key.rpartition(".")
    return begin if form in FORMS["ru"] and f"{begin}.other" in texts("en") else key


def is_of_a_page(key):
    """Whether some page asks for it: by its name, its beginning, or as a page's title and the like."""
    page, _, end = key.rpartition(".")
    named = end in ENDS and (page in NAMES or page.removeprefix("web.") in NAMES)
    begun = any(key.startswith(begin) for begin in BEGINNINGS)
    if begun and page in BY_NAME:
        begun = end in NAMES
    # The registration of each shipped account type is a page of its own.
    return key in QUOTED or begun or named or page in REGISTRATIONS


#: Quoted, and only the beginning of keys: what `message` and `NotTaken` are given.
PARTS = {key for key in QUOTED if f"{key}.text" in texts("en") or f"{key}.title" in texts("en")}
REGISTRATIONS = {"web.register-public", "web.register-contractor"}
FORMS = {"en": {"one", "other"}, "es": {"one", "other"}, "ru": {"one", "few", "many", "other"}}

OF_THE_PAGES = sorted(
    {key for key in map(stem, texts("en")) if key.startswith("web.") and is_of_a_page(key)} | (QUOTED - PARTS)
)
USED = (*KEYS, *OF_THE_PAGES)

OF_THE_CITY = {"city", "support_phone"}
OF_THE_ACCOUNT = OF_THE_CITY | {"username", "account_type"}
LINKED = {
    "email-in-use": {"link"},
    "confirm-email": {"link", "more"},
    "setup-link": {"link"},
    "reset-link": {"links"},
    "change-email-confirm": {"link"},
    "email-changed": {"more"},
    "email-change-cancelled": {"more"},
}
#: Those that say how long their link is good; of the other two it is the paragraph with the link.
LASTING = {*LINKED} - {"email-changed", "email-change-cancelled"}
WITH_LICENSE = {
    "claim-noticed",
    "claim-approved",
    "claim-rejected",
    "license-transferred",
    "license-released",
    "license-added",
    "license-corrected",
}


def placeholders(text):
    return set(re.findall(r"\{([^}]*)\}", text))


def forms(language, key):
    """The plural forms of a key, or the text itself under None."""
    known = texts(language)
    if key in known:
        return {None: known[key]}
    return {form: known[f"{key}.{form}"] for form in FORMS[language] if f"{key}.{form}" in known}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_has_a_text(language):
    """Each code, event, field, choice, question and e-mail has words in each language."""
    assert set() == {key for key in USED if not forms(language, key)}
    assert set() == {key for key, text in texts(language).items() if not text.strip()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_unused(language):
    """What no part of the library asks for is not kept."""
    used = {*USED} | {f"{key}.{form}" for key in USED for form in FORMS[language]}

    assert set() == set(texts(language)) - used


@pytest.mark.parametrize("language", LANGUAGES)
def test_plural_forms_are_complete(language):
    """A text with forms has each form of its language."""
    for key in USED:
        found = set(forms(language, key))
        assert found in ({None}, FORMS[language]), key


@pytest.mark.parametrize("key", sorted(USED))
def test_placeholders_are_the_same_in_every_language(key):
    """A value that one language shows, every language shows, in each form."""
    shown = {
        frozenset(placeholders(text)) for language in LANGUAGES for text in forms(language, key).values()
    }

    assert 1 == len(shown)


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_of_an_email(language, template):
    """An e-mail speaks of its account and no other; only the seven that hold a link have a place for one."""
    allowed = OF_THE_ACCOUNT | LINKED.get(template, set()) | ({"lasting"} if template in LASTING else set())
    if template in WITH_LICENSE:
        allowed |= {"license"}
    if template == "username-reminder":
        allowed = OF_THE_CITY | {"names"}
    if template == "staff-notice":
        allowed = OF_THE_CITY | {"event", "license", "contact"}
    if template == "reset-link":
        allowed = OF_THE_CITY | {"links", "lasting"}

    assert allowed == placeholders(texts(language)[f"mail.{template}.body"])


@pytest.mark.attack("MAIL-08")
@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_subjects_name_the_city_alone(language, template):
    """Nothing that a person typed stands in a subject, in a lock screen's list or a server's log."""
    subject = texts(language)[f"mail.{template}.subject"]

    assert {"city"} == placeholders(subject)
    assert "\n" not in subject


@pytest.mark.attack("MAIL-07")
@pytest.mark.parametrize("template", sorted(LINKED))
@pytest.mark.parametrize("language", LANGUAGES)
def test_links_stand_alone(language, template):
    """A link is a paragraph of its own, with no word, bracket or full stop beside it."""
    paragraphs = texts(language)[f"mail.{template}.body"].split("\n\n")
    for name in LINKED[template]:
        assert f"{{{name}}}" in paragraphs

    more = forms(language, f"mail.{template}.more") if template in WITH_MORE else {}
    for text in more.values():
        assert {"{link}", "{links}"} & {*text.split("\n\n")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_link_says_how_long_it_is_good(language):
    """Beside each list of links, and in days where it is a matter of days."""
    for template in WITH_MORE:
        for text in forms(language, f"mail.{template}.more").values():
            assert {"lasting", "days"} & placeholders(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_questions_end_as_questions(language):
    """A question is a question in every language."""
    asked = [text for key, text in texts(language).items() if key.startswith("question.")]

    assert len(QUESTIONS) == len(asked)
    assert all(text.endswith("?") for text in asked)


@pytest.mark.parametrize("language", ["es", "ru"])
def test_nothing_is_left_in_english(language):
    """No sentence was forgotten by the translator."""
    english = texts("en")
    same = {key for key, text in texts(language).items() if english.get(key) == text}

    alike = {"choice.has_employees.no", "web.error-prefix"} if language == "es" else set()
    assert {"mail.link-for"} | alike == same


def row_of(word, cells):
    """The one row of the reference page that begins with this word and has so many cells."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines()]
    (row,) = [row for row in rows if row[0] == f"`{word}`" and len(row) == cells]
    return row


PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "codes.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", Code)
def test_reference_page_names_each_code(code):
    """The page has one row for each code, with the values and the English text of the catalog."""
    found = forms("en", f"code.{code}")
    text = found["other"] if "other" in found else found[None]

    row = row_of(code, cells=3)

    assert placeholders(text) == set(re.findall(r"`(\w+)`", row[1]))
    assert text == row[2]


@pytest.mark.parametrize("template", TEMPLATES)
def test_reference_page_names_each_email(template):
    """The page has one row for each e-mail, with its values and whether it holds a link."""
    shown = placeholders(texts("en")[f"mail.{template}.body"])

    row = row_of(template, cells=4)

    assert shown - OF_THE_CITY - {"link", "links", "more"} == set(re.findall(r"`(\w+)`", row[3]))
    assert ("yes" if template in LINKED else "") == row[2]


def test_reference_page_names_each_reason():
    """Neither more nor less than the audit log has, in the order of the code."""
    section = PAGE.partition("## Reasons in the audit log")[2].partition("\n## ")[0]

    assert list(Reason) == re.findall(r"^\| `([a-z-]+)` \|", section, re.M)
