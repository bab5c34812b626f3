"""What Django's reports of errors must not show: the cookies that sign a person in.

Django lists all cookies of a request that failed, in the mail to `ADMINS` and on the debug page, and hides
the one of its own session only.
"""

from __future__ import annotations

import re

from django.views.debug import SafeExceptionReporterFilter


class ErrorReportFilter(SafeExceptionReporterFilter):
    """Django's own filter, which hides our cookies as well: `DEFAULT_EXCEPTION_REPORTER_FILTER`."""

    hidden_settings = re.compile(
        f"{SafeExceptionReporterFilter.hidden_settings.pattern}|^__(?:Host|Secure)-", re.IGNORECASE
    )
