"""Security questions: a fixed catalog, and what an answer may be.

An answer authenticates nobody. The portal guides ask for one, so it is kept as an extra step after a mailed
link (a declared deviation from ASVS 5.0, 6.4.2). Nothing in the catalog stands in a license register or a
permit record, and nothing asks for a birth date, a maiden name, a number or a favorite. People cannot write
questions of their own. An id keeps its meaning for ever; a question is retired, never reworded into another.
"""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Final

import attrs

from permit_accounts.model.codes import Code
from permit_accounts.model.outcomes import Problem
from permit_accounts.model.secret import Secret
from permit_accounts.model.values import Value
from permit_accounts.rules.account_types import ANSWER
from permit_accounts.rules.characters import is_encodable, is_invisible
from permit_accounts.rules.patterns import Pattern

#: How many code points an answer has after it was normalized; "Li" and "Ed" are names.
SHORTEST: Final = 2
#: What is normalized at all, in code points as typed; whatever is longer is nobody's answer.
_NORMALIZED_AT_MOST: Final = 4 * ANSWER.max_length
_WORD: Final = Pattern(r"\w+")
#: What telephones and word processors put for the typewriter's apostrophe and hyphen.
_TYPEWRITER: Final = str.maketrans(dict.fromkeys("\u2018\u2019\u201b\u02bc`", "'"))
_HYPHENS: Final = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"))


@attrs.frozen(eq=False, repr=False)
class Question(Value):
    """A question of the catalog; its text stands in the catalogs of texts as `question.<id>`.

    Args:
        id: What is stored with the answer's hash.
        words: Every word of its text in the shipped languages, normalized. None of them is an answer.
    """

    id: str
    words: frozenset[str]


def normalized_answer(answer: Secret) -> Secret:
    """The answer as it is hashed and checked: what a person means, whatever the keyboard made of it.

    In this order: letters folded (NFKC and full case folding, so that accents count but case and the sharp
    s do not), curly apostrophes and long hyphens straightened, what cannot be seen left out, each run of
    white space made one space, white space and punctuation around the whole dropped. Idempotent. A text
    over 1,024 code points gives the empty answer, which is nobody's.
    """
    text = answer.reveal()
    return Secret(_normalized(text) if len(text) <= _NORMALIZED_AT_MOST else "")


def answer_problems(
    answer: Secret, question_id: str, *, known: Iterable[str], password: Secret | None
) -> Iterator[Problem]:
    """What keeps this text from being the answer to this question.

    At least two code points must be left of it. It may be none of the question's own words, nothing that is
    known of the account, not the password, and neither one repeated character nor a run such as 1234.

    Args:
        answer: As typed.
        question_id: One of `QUESTIONS`; any other has no words.
        known: What others can find out, as `known_words` gathers it.
        password: The one that the account has or is about to have, as typed; None where it is not at hand.
    """
    typed = answer.reveal()
    if len(typed) > ANSWER.max_length:
        yield Problem(Code.TOO_LONG, "answer", {"max": str(ANSWER.max_length)})
        return
    if not is_encodable(typed):
        yield Problem(Code.CHARACTERS, "answer")
        return
    text = _normalized(typed)
    if len(text) < SHORTEST:
        yield Problem(Code.ANSWER_SHORT, "answer", {"min": str(SHORTEST)})
    elif _is_run(text) or _is_of_question(text, question_id) or _is_known(text, known, password):
        yield Problem(Code.ANSWER_PUBLIC, "answer")


def is_same_text(answer: Secret, password: Secret) -> bool:
    """Whether answer and password are one text, as answers are compared: else the answer gives it away."""
    one, other = normalized_answer(answer).reveal(), normalized_answer(password).reveal()
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


def _normalized(text: str) -> str:
    typed = text.replace("\u00b4", "'")  # which NFKC would take apart
    once = unicodedata.normalize("NFKD", unicodedata.normalize("NFD", typed).casefold())
    folded = unicodedata.normalize("NFKC", once.casefold()).translate(_TYPEWRITER).translate(_HYPHENS)
    seen = "".join(c for c in folded if c.isspace() or not is_invisible(c))
    words = " ".join(unicodedata.normalize("NFC", seen).split())
    return _without_outer_punctuation(words)


def _without_outer_punctuation(text: str) -> str:
    first, last = 0, len(text)
    while first < last and _is_edge(text[first]):
        first += 1
    while first < last and _is_edge(text[last - 1]):
        last -= 1
    return text[first:last]


def _is_edge(character: str) -> bool:
    return character == " " or unicodedata.category(character).startswith("P")


def _bare(text: str) -> str:
    """Letters and digits alone, so that a telephone number is one number however it is written."""
    return "".join(_WORD.findall(text)).replace("_", "")


def _is_run(text: str) -> bool:
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return steps == {0} or (len(text) > SHORTEST and steps in ({1}, {-1}))


def _is_of_question(text: str, question_id: str) -> bool:
    question = QUESTIONS.get(question_id)
    words = _WORD.findall(text)
    return question is not None and bool(words) and question.words.issuperset(words)


def _is_known(text: str, known: Iterable[str], password: Secret | None) -> bool:
    facts = {_normalized(fact[:_NORMALIZED_AT_MOST]) for fact in known}
    if text in facts or (_bare(text) != "" and _bare(text) in map(_bare, facts)):
        return True
    return password is not None and is_same_text(Secret(text), password)


#: The words of each question in English, Spanish and Russian, in the form in which answers are compared.
_WORDS: Final = {
    "first-teacher": "what was the last name of your first schoolteacher "
    "cuál era el apellido de su primera maestra o maestro de escuela "
    "какая фамилия была у вашего первого школьного учителя",
    "childhood-friend": "what was the first name of your closest friend in childhood "
    "cómo se llamaba su mejor amigo o amiga de la infancia "
    "как звали вашего лучшего друга или подругу детства",
    "first-concert": "whose concert was the first one you went to "
    "de quién fue el primer concierto al que asistió "
    "на чьём концерте вы побывали впервые",
    "stuffed-toy": "what did you call your first stuffed toy "
    "qué nombre le puso a su primer peluche "
    "как вы назвали свою первую мягкую игрушку",
    "driving-teacher": "what is the first name of the person who taught you to drive "
    "cuál es el nombre de pila de la persona que le enseñó a conducir "
    "как зовут человека который научил вас водить машину",
    "school-trip": "where did the school trip you remember best take you "
    "a dónde fue la excursión escolar que mejor recuerda "
    "куда вы ездили на самую памятную школьную экскурсию",
    "childhood-nickname": "what nickname did your family give you as a child "
    "qué apodo le puso su familia cuando era niño o niña "
    "какое прозвище дали вам в семье в детстве",
    "parents-met": "in which town did your parents meet "
    "en qué ciudad o pueblo se conocieron sus padres "
    "в каком городе познакомились ваши родители",
    "first-dish": "what was the first dish you learned to cook "
    "cuál fue el primer plato que aprendió a cocinar "
    "какое блюдо вы научились готовить первым",
    "first-flight": "where did you land on your first flight "
    "dónde aterrizó en su primer vuelo "
    "где вы приземлились в свой первый полёт",
    "first-film": "which film was the first you saw in a movie theater "
    "cuál fue la primera película que vio en un cine "
    "какой фильм вы впервые увидели в кинотеатре",
    "school-not-attended": "which school did you apply to but never attend "
    "a qué escuela solicitó ingreso pero nunca asistió "
    "в какое учебное заведение вы подавали документы но не учились",
}

#: The catalog, by id, in the order in which a page offers it.
QUESTIONS: Final[Mapping[str, Question]] = MappingProxyType(
    {question_id: Question(question_id, frozenset(words.split())) for question_id, words in _WORDS.items()}
)
