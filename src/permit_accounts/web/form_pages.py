"""A page with one form: shown, sent, shown again with what is wrong, or left for the next page.

Whatever comes in between, nothing that was typed is lost but secrets: not a token that grew too old, not a
session that ended meanwhile, not a database that is out of reach.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import attrs

from permit_accounts import (
    Code,
    EmailConfirmed,
    Field,
    Outcome,
    Problem,
    Refused,
    SetupRequired,
    SignedIn,
    TryAgainLater,
    Unavailable,
)
from permit_accounts.web import cookies, drafts, endings, faults, guard
from permit_accounts.web.acts import Act, Given
from permit_accounts.web.answers import Header
from permit_accounts.web.asking import Asking
from permit_accounts.web.field_views import FieldView, ProblemView, field_id, field_views, is_box
from permit_accounts.web.local_paths import local_path
from permit_accounts.web.pages import Pages
from permit_accounts.web.response import Response

_log: Final = logging.getLogger("permit_accounts.web")

Form = Mapping[str, str]
#: The second entry of a new password. It is the page's own: it is compared here and goes no further.
AGAIN: Final = "password_again"
#: Where to go after signing in.
NEXT: Final = "next"
#: Which of the links that were opened in this browser a form is about.
ABOUT: Final = "about"
#: Who was shown the form, so that what they typed comes back to them alone.
WHOSE: Final = "whose"
_OWN: Final = frozenset({AGAIN, NEXT, ABOUT, WHOSE})


def _same(asking: Asking, form: Form) -> Given:
    return form


def _nothing(asking: Asking) -> Mapping[str, str]:
    return {}


def _no_headers(asking: Asking) -> Sequence[Header]:
    return ()


def _own_account(asking: Asking) -> str:
    return asking.account.id if asking.account is not None else ""


def _no_more(asking: Asking, values: Form) -> Mapping[str, object]:
    return {}


@attrs.frozen(kw_only=True)
class FormPage:
    """What makes one form's page different from another's.

    Args:
        name: Its texts are `web.<name>.title`, `.lead` and `.submit`, unless `texts` says otherwise.
        path: Where it is, as the browser sees it.
        act: What sending it does.
        fields: The fields that it shows, in order; those that the act takes by default.
        boxes: What has to be ticked before anything is done. It is checked here and goes no further.
        link: The cookie that holds the token of the link or grant that the form is about, where there is one.
        given: What the act is given instead of what was typed.
        known: What stands in the fields before anything was typed.
        more: What its template needs beside the form, given what stands in it.
        template: Its file.
        above: The name of the page that a link leads back to.
        button: The look of its button; `primary grave` where sending it gives something up.
        texts: The key that its texts begin with.
        opening: The headers that go with the form whenever it is shown.
        whose: Names the person who is shown it; whoever is signed in, by default.
        proof: What is shown where the act first wants to see a password.
        dead: The key of the words for a dead link; those of its problem by default.
        over: The names of the pages that lead on where the link is dead.
        done: The name of the page that follows, given what came of it.
        note: The message that the next page shows, `web.note.<note>`.
        used_up: The cookies that have served their purpose once it is done, by name.
    """

    name: str
    path: str
    act: Act
    done: Callable[[Asking, Outcome], str]
    fields: Callable[[Asking], Sequence[Field]]
    boxes: Sequence[Field] = ()
    link: str = ""
    given: Callable[[Asking, Form], Given] = _same
    known: Callable[[Asking], Mapping[str, str]] = _nothing
    more: Callable[[Asking, Form], Mapping[str, object]] = _no_more
    opening: Callable[[Asking], Sequence[Header]] = _no_headers
    whose: Callable[[Asking], str] = _own_account
    proof: Callable[[Asking], Response] | None = None
    dead: str = ""
    over: Sequence[str] = ()
    template: str = "form.html"
    above: str = ""
    button: str = "primary"
    note: str = ""
    used_up: Sequence[str] = ()
    texts: str = attrs.field(default=attrs.Factory(lambda self: f"web.{self.name}", takes_self=True))


class FormViews:
    """Shows and takes the form of one page.

    Args:
        pages: Makes pages.
        page: The page.
    """

    def __init__(self, pages: Pages, page: FormPage) -> None:
        self._pages = pages
        self._page = page

    def show(self, asking: Asking) -> Response:
        """The empty form, or what was typed before it ran out."""
        if self._page.act.signed_in and asking.account is None:
            return self._sign_in_first(asking, {})
        typed = drafts.typed_before(asking, self._place(asking, {}))
        dropped = (asking.setting.cookies.dropped(cookies.DRAFT),) if typed else ()
        values = {**self._page.known(asking), **typed}
        return self.form(asking, values, (), headers=dropped)

    def take(self, asking: Asking) -> Response:
        """What came of the form that was sent."""
        form = guard.sent_form(asking)
        if isinstance(form, guard.NotTaken):
            problem = ProblemView(text=asking.text(f"{form.text}.text"))
            return self.form(asking, form.typed, (problem,), status=form.status)
        if self._page.act.signed_in and asking.account is None:
            return self._sign_in_first(asking, form)
        if self.is_about_another_link(asking, form):
            problem = ProblemView(text=asking.text("web.another-link.text"))
            return self.form(asking, {}, (problem,), status=409)
        try:
            outcome = self._done(asking, form)
        except (TryAgainLater, Unavailable) as error:
            return self._not_now(asking, form, error)
        return self._answer(asking, form, outcome)

    def form(
        self,
        asking: Asking,
        values: Mapping[str, str],
        problems: Sequence[ProblemView],
        *,
        status: int = 200,
        headers: Sequence[Header] = (),
    ) -> Response:
        """The page with its form, these values and these problems in it."""
        by_field = {problem.field_id: problem.text for problem in reversed(problems)}
        fields = (*self._page.fields(asking), *self._page.boxes)
        wrong = {field.name: by_field.get(field_id(field.name), "") for field in fields}
        views = field_views(fields, values=values, problems=wrong, asking=asking)
        more = self._page.more(asking, values)
        texts = self._page.texts
        return self._pages.page(
            asking,
            self._page.template,
            title=asking.text(f"{texts}.title", type=str(more.get("kind_label", ""))),
            status=status,
            headers=(*headers, *self._page.opening(asking)),
            problems=problems,
            texts=texts,
            above=self._page.above,
            button=self._page.button,
            fields=views,
            field={view.name: view for view in views},
            again=_second_entry(views, asking, by_field.get(field_id(AGAIN), "")),
            whose=self._person(asking, values),
            about=drafts.mark(asking.cookies.get(self._page.link, "")),
            next=values.get(NEXT) or asking.query.get(NEXT, ""),
            **more,
        )

    def _not_now(self, asking: Asking, form: Form, error: TryAgainLater | Unavailable) -> Response:
        """The form with what was typed: it was not done, or nobody knows whether it was."""
        fault = faults.not_now(error, _log)

        def page() -> Response:
            words = ProblemView(text=asking.text(f"{fault.key}.form"))
            return self.form(asking, form, (words,), status=fault.status, headers=fault.headers)

        return faults.shown_after(error, page)

    def _done(self, asking: Asking, form: Form) -> Outcome:
        boxes = [box.name for box in self._page.boxes]
        unticked = tuple(Problem(Code.REQUIRED, name) for name in boxes if not form.get(name))
        if unticked:
            return Refused(unticked)
        typed = {name: text for name, text in form.items() if name not in {*_OWN, *boxes}}
        new = self._new_password(asking)
        if new and AGAIN in form:
            return self._with_second_entry(asking, typed, new=new, again=form[AGAIN])
        return self._page.act.done(asking, self._given(asking, typed))

    def _with_second_entry(self, asking: Asking, typed: Form, *, new: str, again: str) -> Outcome:
        """What came of it where the new password is typed twice: two ways to type it are no password."""
        same = again == typed.get(new, "")
        given = typed if same else {**typed, new: ""}
        outcome = self._page.act.done(asking, self._given(asking, given))
        missing = Problem(Code.REQUIRED, new)
        problems = outcome.problems if isinstance(outcome, Refused) else ()
        if not same:  # all else that is wrong is told with it
            return Refused((*(problem for problem in problems if problem != missing), _DIFFERENT))
        return Refused((*problems, Problem(Code.REQUIRED, AGAIN))) if missing in problems else outcome

    def _new_password(self, asking: Asking) -> str:
        """The name of the field in which a new password has to be chosen; empty where there is none."""
        names = (each.name for each in self._page.fields(asking) if each.required and _is_new(each))
        return next(names, "")

    def _given(self, asking: Asking, typed: Form) -> Given:
        given = self._page.given(asking, typed)
        return {**given, "token": asking.cookies.get(self._page.link, "")} if self._page.link else given

    def is_about_another_link(self, asking: Asking, form: Form) -> bool:
        """Whether another link was opened in this browser since: nobody acts on what is not shown."""
        held = asking.cookies.get(self._page.link, "")
        return bool(held) and form.get(ABOUT) != drafts.mark(held)

    def _answer(self, asking: Asking, form: Form, outcome: Outcome) -> Response:
        rules, pages = asking.setting.cookies, self._pages
        used_up = [rules.dropped(name) for name in self._page.used_up]
        if isinstance(outcome, SignedIn):
            headers = (*pages.signed_in(asking, outcome), *used_up)
            path = local_path(form.get(NEXT)) or pages.paths[self._page.done(asking, outcome)]
            return pages.go_to(path, note=self._page.note, headers=headers)
        if isinstance(outcome, SetupRequired):
            grant = rules.kept(cookies.SETUP, outcome.token, seconds=_GRANT_SECONDS)
            return pages.go("setup", headers=(grant,))
        if isinstance(outcome, Refused):
            return self._refused(asking, form, outcome)
        device = getattr(outcome, "device_token", None)
        known = [pages.device(device)] if device is not None else []
        if isinstance(outcome, EmailConfirmed) and outcome.signed_in is not None:
            known = [*pages.signed_in(asking, outcome.signed_in)]
        next_page = self._page.done(asking, outcome)
        return pages.go(next_page, note=self._page.note, headers=(*used_up, *known))

    def _refused(self, asking: Asking, form: Form, outcome: Refused) -> Response:
        status, next_act = endings.refusal(outcome)
        if Code.SESSION in outcome.codes:
            return self._sign_in_first(asking, form)
        kept = self._kept(asking, form)
        if next_act == "reauthenticate":
            return self._pages.go("password-again", headers=kept, next=self._page.path)
        if next_act == "confirm-email" and self._page.proof is not None:
            return self._page.proof(asking)
        if status == 410:
            return self.dead_end(asking, outcome, headers=kept)
        wait = endings.retry_after(outcome)
        headers = (("Retry-After", str(wait)),) if wait is not None else ()
        shown = self._shown(asking, outcome.problems)
        return self.form(asking, form, shown, status=status, headers=headers)

    def dead_end(self, asking: Asking, outcome: Refused, *, headers: Sequence[Header] = ()) -> Response:
        """The link is dead: how to go on from here, and its token is forgotten."""
        dropped = [asking.setting.cookies.dropped(self._page.link)] if self._page.link else []
        return self._pages.dead_end(
            asking,
            outcome.problems,
            text=asking.text(self._page.dead) if self._page.dead else "",
            links=self._page.over,
            headers=(*headers, *dropped),
        )

    def _shown(self, asking: Asking, problems: Sequence[Problem]) -> tuple[ProblemView, ...]:
        """The problems in words and in the order of the page, each at the field that there is for it."""
        labels = {field.name: asking.named(field.label) for field in self._page.fields(asking)}
        labels[AGAIN] = asking.text("web.field.password-again")
        labels.update({box.name: asking.named(box.label) for box in self._page.boxes})
        ticked = {field.name for field in (*self._page.fields(asking), *self._page.boxes) if is_box(field)}
        places = {name: place for place, name in enumerate(labels)}
        places[AGAIN] = places.get(self._new_password(asking), 0)
        ordered = sorted(problems, key=lambda problem: places.get(problem.field, -1))
        return tuple(
            ProblemView(
                field_id=field_id(problem.field) if problem.field in labels else "",
                label=labels.get(problem.field, ""),
                text=asking.text("web.box-empty.text")
                if problem.code is Code.REQUIRED and problem.field in ticked
                else self._words(asking, problem),
            )
            for problem in ordered
        )

    def _words(self, asking: Asking, problem: Problem) -> str:
        """What is wrong. Forgot Password is a way out where one signs in, and nowhere else."""
        if problem is _DIFFERENT:
            return asking.text("web.passwords-differ.text")
        if problem.code is Code.WRONG_CREDENTIALS and problem.field:
            return asking.text("web.wrong-password.text")
        if problem.code is Code.WAIT and self._page.act.name != "sign-in":
            return asking.text("web.wait.text", **problem.params)
        return asking.text(f"code.{problem.code}", **problem.params)

    def _sign_in_first(self, asking: Asking, form: Form) -> Response:
        return self._pages.sign_in_first(asking, kept=self._kept(asking, form))

    def _kept(self, asking: Asking, form: Form) -> Sequence[Header]:
        return drafts.kept(asking, self._place(asking, form), self._page.fields(asking), form)

    def _place(self, asking: Asking, form: Form) -> str:
        return drafts.place(self._page.path, self._person(asking, form))

    def _person(self, asking: Asking, form: Form) -> str:
        """Whose form it is: of whoever is there, and once nobody is, of who was when it was shown."""
        return drafts.mark(self._page.whose(asking)) or form.get(WHOSE, "")


#: As long as a set-up can be renewed (Policy.setup_grant_in_all is an hour at the most).
_GRANT_SECONDS: Final = 3_600
_DIFFERENT: Final = Problem(Code.REQUIRED, AGAIN)


def _is_new(field: Field) -> bool:
    return field.autocomplete == "new-password"


def _second_entry(views: Sequence[FieldView], asking: Asking, problem: str) -> FieldView | None:
    """The field that repeats a new password, where the form has one."""
    new = next((view for view in views if view.new_password and view.required), None)
    if new is None:
        return None
    label = asking.text("web.field.password-again")
    return attrs.evolve(new, name=AGAIN, id=field_id(AGAIN), label=label, hint="", problem=problem)
