"""The addresses: the portal's own, Django's admin, the console, and the pages of the accounts."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from portal import views

urlpatterns = [
    path("search", views.search),
    path("permits", views.permits),
    path("permits/new", views.new_permit),
    path("admin/", admin.site.urls),
    path("", include("permit_accounts.contrib.django.console_urls")),
    path("", include("permit_accounts.contrib.django.urls")),
]
handler403 = "portal.views.no_license"
