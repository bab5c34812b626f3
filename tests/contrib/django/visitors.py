"""Browsers of the project: nobody's, a citizen's, a member of staff's, or one with both sessions."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.test import Client

from contrib.django.city import COOKIE, Portal
from permit_accounts import PUBLIC
from permit_accounts.testing.world import PASSWORD, public_form
from story import signed_in


def token_of(site: Portal, username: str = "ann") -> str:
    """Somebody has registered, and this is their session."""
    return signed_in(site.accounts.register(PUBLIC, public_form(username))).session_token


def citizen(site: Portal, username: str = "ann") -> Client:
    """The browser of somebody who has registered."""
    client = Client()
    client.cookies[COOKIE] = token_of(site, username)
    return client


def make_staff(username: str = "clerk") -> AbstractBaseUser:
    """A user of Django's own, with all its permissions."""
    return get_user_model().objects.create_superuser(username, password=PASSWORD)


def staff(username: str = "clerk") -> Client:
    """The browser of a member of staff, signed in by Django's admin."""
    client = Client()
    make_staff(username)
    answer = client.post(
        "/admin/login/", {"username": username, "password": PASSWORD, "next": "/admin/"}, follow=False
    )
    assert 302 == answer.status_code
    return client
