"""The report of a failed view, as it is mailed to a city's engineers, opens nobody's account."""

from __future__ import annotations

import sys

import pytest
from django.test import RequestFactory, override_settings
from django.views.debug import ExceptionReporter

SHOWN = "kept-for-the-report"
HIDDEN = "opens-the-account-of-ann"


@pytest.mark.parametrize("is_debug", [False, True])
def test_a_report_shows_no_cookie_of_ours(is_debug: bool) -> None:
    """Neither as a cookie nor as a header, in a mail or on the page; what belongs to others stays."""
    cookies = f"__Host-sid={HIDDEN}; __Host-device={HIDDEN}; __Secure-x={HIDDEN}; theme={SHOWN}"
    request = RequestFactory().get("/wrong", headers={"cookie": cookies, "authorization": f"Bearer {HIDDEN}"})
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        reporter = ExceptionReporter(request, *sys.exc_info())
    del cookies
    with override_settings(DEBUG=is_debug):
        reports = reporter.get_traceback_text(), reporter.get_traceback_html()
    for report in reports:
        assert SHOWN in report
        assert HIDDEN not in report
