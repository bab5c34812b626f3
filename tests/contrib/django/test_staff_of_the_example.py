"""Who the example's console takes for a member of staff: by Django's session, and no account."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from contrib.django.city import Portal
from contrib.django.visitors import citizen, staff
from permit_accounts import Permission, StaffMember
from permit_accounts.web.request import Request

EXAMPLE = Path(__file__).parents[3] / "docs/examples/django_portal/portal/staff.py"
Who = Callable[[Request], StaffMember | None]


@pytest.fixture(name="member", scope="module")
def the_examples_member() -> Who:
    """The function that the example gives to its console."""
    spec = importlib.util.spec_from_file_location("staff_of_the_example", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Who = module.member
    return found


def asked_by(client: Client) -> Request:
    """A request with this browser's cookies."""
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    return Request(method="GET", path="/staff", headers=(("cookie", cookies),))


def test_staff_of_djangos_own_are_let_in(site: Portal, member: Who) -> None:
    """Somebody in the admin is; nobody is not."""
    found = member(asked_by(staff("clerk")))
    assert found is not None
    assert ("clerk", frozenset(Permission)) == (found.id, found.may)
    assert member(asked_by(Client())) is None


@pytest.mark.attack("CFG-06")
def test_an_account_with_a_password_of_djangos_is_no_member_of_staff(site: Portal, member: Who) -> None:
    """Whatever was set for its user in the admin, that is no door: neither to the portal nor to the desk."""
    client = citizen(site)
    client.get("/told")
    user = get_user_model().objects.get()
    user.set_password("of the admin's form")
    user.is_staff = user.is_superuser = True
    user.save()
    stranger = Client()
    stranger.force_login(user)
    assert member(asked_by(client)) is None
    assert member(asked_by(stranger)) is None
