"""What Django's reports of errors must not show: the cookies and the header that sign a person in.

Django lists all cookies of a request that failed, in the mail to `ADMINS` and on the debug page, and hides
the one of its own session only. Before 5.2 it shows the header `Authorization` too.
"""

from __future__ import annotations

import re

from django.views.debug import SafeExceptionReporterFilter


class ErrorReportFilter(SafeExceptionReporterFilter):
    """Django's own filter, which hides ours as well: `DEFAULT_EXCEPTION_REPORTER_FILTER`."""

    hidden_settings = re.compile(
        f"{SafeExceptionReporterFilter.hidden_settings.pattern}|AUTHORIZATION|^__(?:Host|Secure)-",
        re.IGNORECASE,
    )
