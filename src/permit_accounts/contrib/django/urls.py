"""The public pages: `path("", include("permit_accounts.contrib.django.urls"))`, at the root of the project.

The paths are complete, so they are included without a prefix, and before any pattern that takes everything.
"""

from __future__ import annotations

from django.urls import path

from permit_accounts.contrib.django import paths as paths
from permit_accounts.contrib.django.views import site_page

app_name = "permit_accounts"
urlpatterns = [path("<permit_accounts_page:page>", site_page, name="page")]
