"""The roster: a file is uploaded, tried out or imported, and its progress and result are read here.

The page of an import that is under way loads itself again every other second, which needs no script; a person
who reads at their own pace may go elsewhere and come back (WCAG 2.2, 2.2.2: what is loaded again is the
progress alone, and it ends).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final

import attrs

from permit_accounts import (
    Code,
    Field,
    FileRefused,
    Kind,
    Permission,
    Problem,
    Refused,
    RosterReport,
    RowProblem,
    license_name,
)
from permit_accounts.staff_console.at_desk import AtDesk, staffed
from permit_accounts.staff_console.desk_acts import REASON
from permit_accounts.staff_console.desk_pages import DeskPages, told
from permit_accounts.staff_console.roster_runs import KEPT_FOR, RosterRuns, Run, Wanted
from permit_accounts.staff_console.uploads import Upload, read_upload
from permit_accounts.web import answers, guard
from permit_accounts.web.field_views import ProblemView, field_id, field_views
from permit_accounts.web.guard import NotTaken
from permit_accounts.web.response import Response
from permit_accounts.web.route import Route

_FILE: Final = "roster"
_REFRESH: Final = ("Refresh", "2")
#: So many problems are shown; the file has them all.
_SHOWN: Final = 200
_COUNTS: Final = (
    *("rows", "added", "changed", "unchanged", "duplicates"),
    *("left_out", "refused", "blank_lines", "contact_differs"),
)
_TRIAL: Final = Field(
    name="dry_run",
    kind=Kind.CHOICE,
    choices=("yes",),
    label="web.console.field.dry_run",
    reason="web.console.field.dry_run.reason",
)
_BOARD: Final = Field(
    name="authority",
    kind=Kind.CHOICE,
    required=True,
    label="web.console.field.authority",
    reason="web.console.field.authority.reason",
)


def routes(pages: DeskPages, runs: RosterRuns) -> Iterable[Route]:
    """The upload with its result, the import of what was tried, and the file of all problems."""
    roster = _Roster(pages, runs)
    return (
        Route(path=pages.paths["roster"], get=staffed(roster.show), post=staffed(roster.take)),
        Route(path=pages.paths["roster-import"], get=staffed(roster.back), post=staffed(roster.import_tried)),
        Route(path=pages.paths["roster-problems"], get=staffed(roster.problems)),
    )


class _Roster:
    """The views of the roster."""

    def __init__(self, pages: DeskPages, runs: RosterRuns) -> None:
        self._pages = pages
        self._runs = runs

    def show(self, asking: AtDesk) -> Response:
        """The form, with what came of the latest file; or how far an import has come."""
        refusal = _may_not(asking)
        return self._form(asking, {"dry_run": "yes"}, ()) if refusal is None else self._no(asking, refusal)

    def take(self, asking: AtDesk) -> Response:
        """Begin what was asked for."""
        refusal = _may_not(asking)
        if refusal is not None:
            return self._no(asking, refusal)
        upload = read_upload(asking.request, name=_FILE)
        form = guard.own_form(asking, upload.fields if isinstance(upload, Upload) else upload)
        if isinstance(form, NotTaken):
            words = ProblemView(field_id="", text=asking.text(f"{form.text}.text"))
            return self._form(asking, form.typed, (words,), status=form.status)
        assert isinstance(upload, Upload)
        problems = _wrong(asking, form, upload)
        if problems or upload.file is None:
            return self._form(asking, form, problems, status=422)
        wanted = Wanted(
            staff=asking.staff,
            reason=form["reason"],
            dry_run=form.get("dry_run") == "yes",
            authority=form.get("authority") or None,
            language=asking.language,
        )
        if not self._runs.start(upload.file, wanted):
            return self._pages.said(asking, "web.console.import-under-way", status=409)
        return self._pages.go("roster")

    def import_tried(self, asking: AtDesk) -> Response:
        """Import the file whose trial is on the page: a browser cannot send it again by itself."""
        refusal = _may_not(asking)
        if refusal is not None:
            return self._no(asking, refusal)
        form = guard.sent_form(asking)
        if isinstance(form, NotTaken):
            return self._pages.said(asking, form.text, status=form.status)
        if self._runs.import_tried(
            asking.staff, fingerprint=form.get("fingerprint", ""), language=asking.language
        ):
            return self._pages.go("roster")
        run = self._runs.latest
        if run is not None and not run.over:
            return self._pages.said(asking, "web.console.import-under-way", status=409)
        label, gone = asking.text("web.console.roster.file"), asking.text("web.console.roster.gone")
        problem = ProblemView(field_id=field_id(_FILE), label=label, text=gone)
        return self._form(asking, {}, (problem,), status=409)

    def back(self, asking: AtDesk) -> Response:
        """Somebody typed the address; nothing is begun by GET."""
        return self._pages.go("roster")

    def problems(self, asking: AtDesk) -> Response:
        """All that the latest import says of its rows, as a file for a spreadsheet program."""
        refusal = _may_not(asking)
        if refusal is not None:
            return self._no(asking, refusal)
        found = self._runs.problem_bytes()
        if found is None:
            return self._pages.go("roster")
        return answers.download(found, name="problems.csv", content_type="text/csv; charset=utf-8")

    def _no(self, asking: AtDesk, refusal: Refused) -> Response:
        return self._pages.refused(asking, refusal)

    def _form(
        self,
        asking: AtDesk,
        values: Mapping[str, str],
        problems: Sequence[ProblemView],
        *,
        status: int = 200,
    ) -> Response:
        run = self._runs.latest
        under_way = run is not None and not run.over
        by_field = {problem.field_id: problem.text for problem in reversed(problems)}
        fields = _fields(asking)
        wrong = {field.name: by_field.get(field_id(field.name), "") for field in fields}
        return self._pages.page(
            asking,
            "staff_roster.html",
            title=asking.text("web.console.roster.title"),
            status=status,
            headers=(_REFRESH,) if under_way and not problems else (),
            problems=problems,
            file_name=_FILE,
            file_id=field_id(_FILE),
            file_problem=by_field.get(field_id(_FILE), ""),
            fields=field_views(fields, values=values, problems=wrong, asking=asking),
            run=_shown(asking, run) if run is not None else None,
            tried=self._runs.tried(asking.staff),
            kept_minutes=str(KEPT_FOR // timedelta(minutes=1)),
            under_way=under_way,
        )


def _fields(asking: AtDesk) -> tuple[Field, ...]:
    """The board is asked for only where the city takes licenses of several."""
    boards = asking.setting.policy.authorities
    board = (attrs.evolve(_BOARD, choices=boards),) if len(boards) > 1 else ()
    return (*board, REASON, _TRIAL)


def _wrong(asking: AtDesk, form: Mapping[str, str], upload: Upload) -> tuple[ProblemView, ...]:
    """Everything that keeps the import from being begun."""
    problems = []
    if upload.file is None:
        problems.append((_FILE, "web.console.roster.file", asking.text("web.console.no-file")))
    boards = asking.setting.policy.authorities
    if len(boards) > 1 and form.get("authority") not in boards:
        problems.append((_BOARD.name, _BOARD.label, asking.text("code.choice")))
    if not 3 <= len(form.get("reason", "").strip()) <= 500:
        problems.append((REASON.name, REASON.label, asking.text("code.staff-reason", maximum="500")))
    return tuple(
        ProblemView(field_id=field_id(name), label=asking.text(label), text=text)
        for name, label, text in problems
    )


def _shown(asking: AtDesk, run: Run) -> Mapping[str, object]:
    """An import as the page shows it."""
    report = run.outcome if isinstance(run.outcome, RosterReport) else None
    progress = run.progress
    so_far = progress.report if report is None and progress is not None else report
    done = progress.bytes_done * 100 // max(progress.bytes_total, 1) if progress is not None else 0
    return {
        "by": run.wanted.staff.id,
        "reason": run.wanted.reason,
        "dry_run": run.wanted.dry_run,
        "over": run.over,
        "stage": asking.text(f"web.console.stage.{progress.stage if progress is not None else 'checking'}"),
        "percent": done,
        "counts": [(asking.text(f"web.console.count.{name}"), str(getattr(so_far, name))) for name in _COUNTS]
        if so_far is not None
        else [],
        "refusal": _refusal(asking, run),
        "problems": [_row(asking, each) for each in report.problems[:_SHOWN]] if report is not None else [],
        "more": report is not None and len(report.problems) > _SHOWN,
    }


def _refusal(asking: AtDesk, run: Run) -> str:
    """Why the whole file was not taken; empty where it was."""
    outcome = run.outcome
    if run.failed:
        return asking.text("web.console.import-failed")
    if isinstance(outcome, FileRefused):
        at = asking.text("web.console.at-line", line=str(outcome.line)) if outcome.line else ""
        return " ".join(filter(None, (at, asking.text(outcome.text_key, **outcome.params))))
    if isinstance(outcome, Refused):
        return " ".join(told(asking, each) for each in outcome.problems)
    return ""


def _row(asking: AtDesk, problem: RowProblem) -> tuple[str, str, str, str]:
    words = asking.text(problem.text_key, **problem.params)
    return (str(problem.line), problem.column, license_name(problem.license), words)


def _may_not(asking: AtDesk) -> Refused | None:
    """An import asks the desk itself; the page that shows its result asks here."""
    if asking.may(Permission.ROSTER):
        return None
    return Refused((Problem(Code.STAFF_NOT_ALLOWED, params={"permission": Permission.ROSTER}),))
