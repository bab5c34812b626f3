"""The two views: the public pages and the staff console, each handed to its handler whatever the method."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.db.transaction import non_atomic_requests
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters

from permit_accounts.contrib.django.settings import configured
from permit_accounts.contrib.django.translation import answer

# csrf_exempt: the handler guards every form itself, with the request's origin and a sealed token, on any
# framework alike. Django's guard would refuse these forms, which have no token of Django's, and reading one
# would mean reading the body before its length was looked at.
#
# login_not_required: nobody can be asked to sign in before the page on which one does.
#
# non_atomic_requests: what a person did is committed by the accounts themselves, once, and no transaction of
# the project waits meanwhile for the hash of a password.
#
# sensitive_post_parameters: should a middleware fail afterwards, Django's report of it shows no password.


@non_atomic_requests
@csrf_exempt
@login_not_required
@sensitive_post_parameters()
def site_page(request: HttpRequest, page: str) -> HttpResponse:
    """Any of the public pages."""
    return answer(configured().site, request)


@non_atomic_requests
@csrf_exempt
@login_not_required
@sensitive_post_parameters()
def console_page(request: HttpRequest, page: str) -> HttpResponse:
    """Any page of the staff console."""
    console = configured().console
    if console is None:
        raise Http404
    return answer(console, request)
