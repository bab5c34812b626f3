"""The portal's own pages: one that is open, one behind the sign-in, one behind a verified license."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from permit_accounts.contrib.django.decorators import sign_in_required, verified_license_required
from portal.permits import matching, of_account


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Open to everybody: most searches need no account."""
    street = request.GET.get("street", "")
    words = {"title": "Search permits", "street": street, "permits": matching(street)}
    return render(request, "portal/search.html", words)


@require_safe
@sign_in_required
def permits(request: HttpRequest) -> HttpResponse:
    """For whoever is signed in: a public user or a contractor."""
    words = {"title": "Your permits", "permits": of_account(request.account)}
    return render(request, "portal/permits.html", words)


@require_safe
@verified_license_required
def new_permit(request: HttpRequest) -> HttpResponse:
    """For contractors whose license the city has verified: never go by the username for that."""

    return render(request, "portal/new_permit.html", {"title": "Apply for a building permit"})


def no_license(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What stands there for somebody who is signed in, and whose license is not verified."""
    return render(request, "portal/no_license.html", {"title": "For licensed contractors"}, status=403)
