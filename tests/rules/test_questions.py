"""The catalog of security questions, and what an answer may be."""

from __future__ import annotations

import hmac
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from permit_accounts.model.codes import Code
from permit_accounts.model.secret import Secret
from permit_accounts.rules.questions import QUESTIONS, answer_problems, normalized_answer

PUBLIC = (
    "ann.lee",
    "1012345",
    "ann.lee@maple.example",
    "Blue Heron Roofing",
    "(323) 555-0142",
    "West Hollywood",
)
#: What no question may ask for: birth dates, maiden names, favorites, and what a permit record shows.
BANNED = frozenset(
    {
        "birth",
        "birthday",
        "born",
        "maiden",
        "ssn",
        "social",
        "favorite",
        "license",
        "bond",
        "business",
        "address",
    }
)


def normal(text: str) -> str:
    return normalized_answer(Secret(text)).reveal()


def codes(answer: str, question_id: str = "school-trip", password: str | None = None) -> list[Code]:
    given = None if password is None else Secret(password)
    found = answer_problems(Secret(answer), question_id, known=PUBLIC, password=given)
    return [problem.code for problem in found]


def test_the_catalog_is_fixed() -> None:
    """Ids are stored with answers, so none may vanish or change its meaning."""
    expected = [
        "first-teacher",
        "childhood-friend",
        "first-concert",
        "stuffed-toy",
        "driving-teacher",
        "school-trip",
        "childhood-nickname",
        "parents-met",
        "first-dish",
        "first-flight",
        "first-film",
        "school-not-attended",
    ]
    assert expected == list(QUESTIONS)
    assert expected == [question.id for question in QUESTIONS.values()]


@pytest.mark.parametrize("question_id", QUESTIONS)
def test_no_question_asks_for_what_is_banned(question_id: str) -> None:
    """Nothing that a license board or a permit record shows, and nothing that a thief collects."""
    assert BANNED.isdisjoint(QUESTIONS[question_id].words)
    assert len(QUESTIONS[question_id].words) > 15


@pytest.mark.parametrize("question_id", QUESTIONS)
def test_the_words_of_a_question_are_written_as_answers_are_compared(question_id: str) -> None:
    """They are not normalized once more, so a word in another form would be let through as an answer."""
    words = QUESTIONS[question_id].words
    assert words == {normal(word) for word in words}


@pytest.mark.attack("SQ-03")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("  São  Paulo ", "SÃO PAULO"),
        ("  São  Paulo ", "sa\u0303o paulo"),
        ("São Paulo.", "São\u00a0Paulo"),
        ("O’Brien", "o'brien"),
        ("O´Brien", "O`Brien"),
        ("Straße", "STRASSE"),
        (" Li ", "LI"),
        ("LI", "li."),
        ("Mary\u2013Ann", "mary-ann"),
        ("Mary\u2011Ann", "Mary\ufe63Ann"),
        ("«Rex»!", "rex"),
        ("Re\u200bx", "rex"),
        ("ｒｅｘ", "rex"),
        ("São\tPaulo\n", "são paulo"),
    ],
)
def test_what_a_person_means_is_one_answer(one: str, other: str) -> None:
    """One written rule for setting and checking."""
    assert normal(one) == normal(other)


@pytest.mark.attack("SQ-03")
@pytest.mark.parametrize(
    ("one", "other"), [("São Paulo", "Sao Paulo"), ("rex 2", "rex2"), ("o'brien", "obrien")]
)
def test_accents_and_inner_marks_count(one: str, other: str) -> None:
    """What is dropped is only what keyboards do by themselves."""
    assert normal(one) != normal(other)


@pytest.mark.attack("SQ-03")
def test_normalizing_twice_is_normalizing_once_for_every_character() -> None:
    """Over the planes of Unicode that hold letters, each inside a word."""
    changed = [hex(n) for n in range(0x20000) if normal(k := normal(f"x{chr(n)}y")) != k]
    assert [] == changed


@pytest.mark.attack("SQ-03")
@given(st.text(max_size=60))
@example("e\u200b\u0301")
@example("\u03b1\u200b\u0345\u0301")
@example("'\u00b4'")
def test_normalizing_twice_is_normalizing_once(text: str) -> None:
    """And the result can be hashed."""
    once = normal(text)
    assert once == normal(once)
    once.encode("utf-8")


@pytest.mark.attack("SQ-02")
@pytest.mark.parametrize(
    "answer", ["", " ", "\u200b", "\u3164", "-", ".", "...", "\n", "\u00ad\u00ad", "x", "x.", "\u3164\u115f"]
)
def test_fewer_than_two_code_points_are_no_answer(answer: str) -> None:
    """What cannot be seen does not count, nor does punctuation around."""
    (problem,) = answer_problems(Secret(answer), "school-trip", known=(), password=Secret(answer))
    assert (Code.ANSWER_SHORT, "answer", {"min": "2"}) == (problem.code, problem.field, problem.params)


@pytest.mark.parametrize("answer", ["Li", "Ed", "Yosemite", "Étretat", "Санкт-Петербург", "東京", "12 Oaks"])
def test_names_are_answers(answer: str) -> None:
    """Two letters make a name."""
    assert [] == codes(answer)


@pytest.mark.attack("SQ-06")
@pytest.mark.parametrize(
    "answer",
    [
        "ann.lee",
        "ANN.LEE",
        "1012345",
        "ann.lee@maple.example",
        "annlee",
        "Blue  Heron roofing!",
        "blueheronroofing",
        "3235550142",
        "323-555-0142",
        "west hollywood",
    ],
)
def test_what_others_can_find_out_is_no_answer(answer: str) -> None:
    """Username, license number, address, names, telephone, the city, however each is written."""
    assert [Code.ANSWER_PUBLIC] == codes(answer)


@pytest.mark.attack("SQ-06")
@pytest.mark.parametrize(
    "answer",
    [
        "school",
        "Where",
        "trip",
        "Where did the school trip you remember best take you?",
        "excursión",
        "EXCURSIÓN",
        "экскурсию",
        "a",
    ],
)
def test_the_questions_own_words_are_no_answer(answer: str) -> None:
    """In any of the shipped languages, alone or all together."""
    assert codes(answer) in ([Code.ANSWER_PUBLIC], [Code.ANSWER_SHORT])


def test_words_of_another_question_are_answers() -> None:
    """Only the question that is asked counts; an unknown one has no words."""
    assert [] == codes("plato")
    assert [Code.ANSWER_PUBLIC] == codes("plato", "first-dish")
    assert [] == codes("plato", "no-such-question")


@pytest.mark.attack("SQ-06")
@pytest.mark.parametrize("answer", ["1234", "4321", "0000", "aaaa", "xx", "abc"])
def test_runs_and_repetitions_are_no_answer(answer: str) -> None:
    """The first things that anybody tries."""
    assert [Code.ANSWER_PUBLIC] == codes(answer)


def test_a_lone_surrogate_is_refused() -> None:
    """Checking still has an answer: it is left out."""
    assert [Code.CHARACTERS] == codes("Yosemite\ud800")
    assert "yosemite" == normal("Yosemite\ud800")


@pytest.mark.attack("UNI-14", "PWD-01")
@pytest.mark.parametrize("unit", ["a", "\u0301", "½", " ", "\ufdfa"])
def test_a_megabyte_is_nobodys_answer(unit: str) -> None:
    """Refused when set; when checked it is the empty answer, which nobody has."""
    answer = Secret("x" + unit * 1_000_000)
    started = time.process_time()
    (problem,) = answer_problems(answer, "school-trip", known=PUBLIC, password=answer)
    assert (Code.TOO_LONG, {"max": "256"}) == (problem.code, problem.params)
    assert "" == normalized_answer(answer).reveal()
    assert time.process_time() - started < 0.05


@pytest.mark.attack("SQ-06", "PWD-07")
@pytest.mark.parametrize(
    ("answer", "password"), [("Yosemite park 1999", "yosemite  PARK 1999!"), ("Étretat", "e\u0301tretat")]
)
def test_an_answer_that_gives_the_password_away_is_found(answer: str, password: str) -> None:
    """Both normalized as answers are, compared in constant time."""
    assert [Code.ANSWER_PUBLIC] == codes(answer, password=password)
    assert [] == codes(answer, password=password + "x")


@pytest.mark.parametrize("nothing", ["", " ", ".", "x" * 2000, "\ud800"])
def test_a_password_of_which_nothing_is_left_is_no_answer(nothing: str) -> None:
    """What is no answer itself refuses none."""
    assert [] == codes("Yosemite", password=nothing)


@given(st.text(max_size=40), st.sampled_from([*QUESTIONS, "?"]), st.lists(st.text(max_size=10), max_size=3))
def test_every_text_has_an_answer(answer: str, question_id: str, public: list[str]) -> None:
    """At most one problem; what is accepted has two code points left and is nothing public."""
    problems = list(answer_problems(Secret(answer), question_id, known=public, password=None))
    assert len(problems) <= 1
    if not problems:
        assert len(normal(answer)) >= 2
        assert not any(hmac.compare_digest(normal(answer).encode(), normal(fact).encode()) for fact in public)
