"""The records in Django's admin: to be looked at, by exact key, without a secret, and not to be changed."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connections
from django.test import Client, override_settings
from django.urls import reverse

import story
from contrib.django import city
from contrib.django.city import COOKIE, Portal
from contrib.django.visitors import citizen, staff
from permit_accounts.contrib.django.records.models import MODELS, SECRET
from permit_accounts.contrib.django.store import DjangoStore
from permit_accounts.model.records import Account, AuditEvent, OneTimeToken, Session
from permit_accounts.ports import Every
from permit_accounts.testing.world import PASSWORD, World, public_form

ADMIN = "/admin/permit_accounts_records/"


@pytest.fixture
def site(site: Portal) -> Iterator[Portal]:
    """A city whose accounts are in Django's own database."""
    city.site = Portal(city.PAGES, world=World(store=DjangoStore()))
    with override_settings(PERMIT_ACCOUNTS={"SITE": "contrib.django.city.site"}):
        yield city.site
    with connections["default"].cursor() as cursor:
        for model in MODELS.values():
            cursor.execute(f"DELETE FROM {model._meta.db_table}")


def pages(client: Client) -> Iterator[str]:
    """Every page of the records that a member of staff can come to, by links."""
    waiting, seen = [ADMIN], {ADMIN}
    while waiting:
        answer = client.get(waiting.pop())
        assert 200 == answer.status_code
        yield (text := answer.content.decode())
        for link in re.findall(r'href="(/admin/permit_accounts_records/[^"?]+)"', text):
            if link not in seen:
                seen.add(link)
                waiting.append(link)


@pytest.mark.attack("CFG-06")
def test_no_page_shows_a_secret(site: Portal) -> None:
    """After a whole day in the city: neither what people typed or were mailed, nor what the keys seal."""
    secrets = set(story.tell(site.world))
    site.accounts.register("public", public_form("later"))
    store = site.world.store
    for account in store.select(Account, Every(), limit=999):
        secrets |= {account.password_hash, account.temporary_hash, account.answer_hash} - {None}
    for kind in (Session, OneTimeToken):
        found = store.select(kind, Every(), limit=999)
        assert found
        secrets |= {record.id for record in found}
    shown = "".join(pages(staff()))
    assert "later" in shown
    assert [] == [secret for secret in secrets if secret in shown]


def test_every_kind_is_listed_and_most_have_a_page_each(site: Portal) -> None:
    """With moments as people read them, in UTC."""
    site.accounts.register("public", public_form("ann"))
    client = staff()
    for kind, model in MODELS.items():
        answer = client.get(reverse(f"admin:permit_accounts_records_{model._meta.model_name}_changelist"))
        assert 200 == answer.status_code, kind
    (account,) = site.world.store.select(Account, Every(), limit=9)
    page = client.get(f"{ADMIN}account/{account.id}/change/").content.decode()
    assert "2026-03-02 09:00:00+00:00" in page
    assert "argon2" not in page
    assert "Save" not in page


def test_a_session_has_no_page(site: Portal) -> None:
    """Its address would be its id, in the history of a browser and in a server's log."""
    site.accounts.register("public", public_form("ann"))
    (session,) = site.world.store.select(Session, Every(), limit=9)
    client = staff()
    assert session.id not in client.get(f"{ADMIN}session/").content.decode()
    for page in ("change", "history", "delete"):
        answer = client.get(f"{ADMIN}session/{session.id}/{page}/")
        assert answer.status_code in (302, 403)


def test_a_key_finds_exactly_its_record(site: Portal) -> None:
    """No part of it, no other case, no other field; what is secret is found by its account."""
    names = ("ann", "Annette")
    ids = {}
    for name in names:
        site.accounts.register("public", public_form(name))
    for account in site.world.store.select(Account, Every(), limit=9):
        ids[account.username] = account.id
    client = staff()

    def found(kind: str, words: str) -> list[bool]:
        page = client.get(f"{ADMIN}{kind}/", {"q": words}).content.decode()
        page = page.partition('id="changelist-form"')[2]
        return [ids[name] in page for name in names]

    assert [True, False] == found("account", ids["ann"])
    assert [True, False] == found("account", f" {ids['ann']} ")
    assert [False, False] == found("account", ids["ann"][:-1])
    assert [False, False] == found("account", "ann")
    assert [True, True] == found("account", "")
    assert [False, True] == found("session", ids["Annette"])


@pytest.mark.attack("CFG-06")
@pytest.mark.parametrize(
    ("kind", "lookup"),
    [
        ("account", "password_hash__startswith"),
        ("account", "answer_hash__regex"),
        ("account", "email_key"),
        ("session", "id__startswith"),
        ("onetimetoken", "session_id__gte"),
        ("outboxemail", "token_ids__contains"),
    ],
)
def test_no_filter_in_the_address_tells_what_is_not_shown(site: Portal, kind: str, lookup: str) -> None:
    """Django lets a page of its admin be filtered by any field; whether rows are left would tell a secret."""
    site.accounts.register("public", public_form("ann"))
    assert 400 == staff().get(f"{ADMIN}{kind}/", {lookup: "a"}).status_code


@pytest.mark.attack("CFG-06")
def test_nothing_is_changed_here(site: Portal) -> None:
    """Not even by a superuser, nor by a form that was written by hand."""
    site.accounts.register("public", public_form("ann"))
    (account,) = site.world.store.select(Account, Every(), limit=9)
    client = staff()
    for path in ("account/add/", f"account/{account.id}/delete/"):
        assert 403 == client.get(f"{ADMIN}{path}").status_code
        assert 403 == client.post(f"{ADMIN}{path}", {"post": "yes"}).status_code
    client.post(f"{ADMIN}account/{account.id}/change/", {"standing": "closed", "standing_shown": "closed"})
    deleting = {"action": "delete_selected", "_selected_action": account.id, "post": "yes"}
    client.post(f"{ADMIN}account/", deleting)
    assert [account] == list(site.world.store.select(Account, Every(), limit=9))


def test_to_look_takes_a_permission(site: Portal) -> None:
    """Django's own: there is one to view each kind, and no other."""
    assert set() == {
        permission.codename
        for permission in Permission.objects.filter(content_type__app_label="permit_accounts_records")
        if not permission.codename.startswith("view_")
    }
    clerk = get_user_model().objects.create_user("clerk", password=PASSWORD, is_staff=True)
    client = Client()
    client.post("/admin/login/", {"username": "clerk", "password": PASSWORD})
    assert 403 == client.get(f"{ADMIN}account/").status_code
    clerk.user_permissions.add(Permission.objects.get(codename="view_account"))
    assert 200 == client.get(f"{ADMIN}account/").status_code
    assert 403 == client.get(f"{ADMIN}auditevent/").status_code


def test_what_is_left_out_is_what_a_record_leaves_out_of_its_repr() -> None:
    """One place says what is a secret."""
    assert {"id"} == SECRET["Session"]
    assert {"id", "session_id"} == SECRET["OneTimeToken"]
    assert {"token_ids"} == SECRET["OutboxEmail"]
    assert frozenset() == SECRET["AuditEvent"]


def test_the_admin_looks_where_the_store_writes(site: Portal) -> None:
    """And where the accounts are kept elsewhere, where a router says."""
    assert 302 == citizen(site).get("/admin/").status_code
    client = staff()
    assert site.world.store.select(AuditEvent, Every(), limit=9)
    assert "registered" in client.get(f"{ADMIN}auditevent/").content.decode()
    assert COOKIE not in client.cookies
    city.site = Portal(city.PAGES, world=World())
    with override_settings(PERMIT_ACCOUNTS={"SITE": "contrib.django.city.site"}):
        assert 200 == client.get(f"{ADMIN}auditevent/").status_code
