"""The staff console: `path("", include("permit_accounts.contrib.django.console_urls"))`.

It is apart from the public pages, so that a city can serve it on another host, or in a process of its own.
"""

from __future__ import annotations

from django.urls import path

from permit_accounts.contrib.django import paths as paths
from permit_accounts.contrib.django.views import console_page

app_name = "permit_accounts_console"
urlpatterns = [path("<permit_accounts_console_page:page>", console_page, name="page")]
