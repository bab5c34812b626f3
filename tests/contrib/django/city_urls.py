"""The addresses of the project: the pages, the console, Django's admin, and views of the city's own."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from django.urls import include, path
from django.utils.decorators import method_decorator
from django.views import View

from permit_accounts import OutcomeUnknown, Unavailable
from permit_accounts.contrib.django.decorators import sign_in_required, verified_license_required
from permit_accounts.testing.adapter_contract import ELSEWHERE


def told(request: HttpRequest) -> JsonResponse:
    """Who the request is from, as any view sees it."""
    return JsonResponse(
        {
            "account": request.account and request.account.username,
            "user": request.user.get_username(),
            "is_authenticated": request.user.is_authenticated,
            "is_staff": request.user.is_staff,
        }
    )


async def told_later(request: HttpRequest) -> JsonResponse:
    """The same in an asynchronous view."""
    user = await request.auser()
    return JsonResponse(
        {"account": request.account and request.account.username, "user": user.get_username()}
    )


def shown(request: HttpRequest) -> HttpResponse:
    """A template that greets."""
    text = "{% if request.account %}{{ request.account.username }}{% else %}nobody{% endif %}"
    return HttpResponse(engines["django"].from_string(text).render({}, request))


def out_of_reach(request: HttpRequest) -> HttpResponse:
    """A view whose accounts are out of reach."""
    raise Unavailable("the store does not answer")


def lost(request: HttpRequest) -> HttpResponse:
    """A view whose accounts were lost while they committed."""
    raise OutcomeUnknown("lost at the commit")


def wrong(request: HttpRequest) -> HttpResponse:
    """A view with a fault of its own."""
    raise ZeroDivisionError


def cached(request: HttpRequest) -> HttpResponse:
    """A view that says itself who may keep its answer."""
    return HttpResponse(headers={"Cache-Control": "max-age=60", "Vary": "Accept-Language"})


@method_decorator(sign_in_required, name="dispatch")
class Desk(View):
    """A view of a class."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(request.account.username)


class LaterDesk(View):
    """An asynchronous view of a class."""

    async def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(request.account.username)


urlpatterns = [
    path("elsewhere", lambda request: HttpResponse(ELSEWHERE)),
    path("", include("permit_accounts.contrib.django.urls")),
    path("", include("permit_accounts.contrib.django.console_urls")),
    path("admin/", admin.site.urls),
    path("told", told),
    path("told-later", told_later),
    path("shown", shown),
    path("out-of-reach", out_of_reach),
    path("lost", lost),
    path("wrong", wrong),
    path("cached", cached),
    path("signed-in", sign_in_required(told)),
    path("signed-in-later", sign_in_required(told_later)),
    path("licensed", verified_license_required(told)),
    path("licensed-later", verified_license_required(told_later)),
    path("desk", Desk.as_view()),
    path("later-desk", sign_in_required(LaterDesk.as_view())),
]
