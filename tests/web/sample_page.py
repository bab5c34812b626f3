"""A page of the portal with any fields, rendered without a site."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import jinja2

import permit_accounts.web
from permit_accounts.texts import TomlCatalog

WEB = Path(permit_accounts.web.__file__).parent
PAGE = """{% extends "layout.html" %}{% set show_login = True %}
{% block content %}
<h1>{{ title }}</h1>
<form method="post" action="/portal/form" novalidate>{{ parts.csrf_field() }}
{% for f in fields %}{{ parts.field(f, **(more if loop.last else {})) }}{% endfor %}
{{ parts.submit("Send") }}</form>
{% endblock %}"""


def field(**given):
    """A field as the pages give it to the macros."""
    usual = {"name": "email", "id": "f-email", "label": "E-mail address", "hint": "", "type": "text"}
    empty = {
        "autocomplete": "",
        "inputmode": "",
        "max_length": None,
        "value": "",
        "choices": [],
        "problem": "",
        "unchosen": "",
    }
    return SimpleNamespace(**{**usual, **empty, "required": False, "new_password": False, **given})


def choice(value, current=False):
    return SimpleNamespace(value=value, label=value.title(), current=current)


def page(*fields, more=None, **context):
    """The text of a page with these fields, the last of them with `more`, for somebody not signed in."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(WEB / "templates"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    language = context.setdefault("language", "en")
    public = SimpleNamespace(id="public", label="Public user", current=True, username_label="Username")
    contractor = SimpleNamespace(
        id="contractor",
        label="Contractor",
        current=False,
        username_label="Username (your contractor license number)",
    )
    usual = {
        "t": lambda key, **params: TomlCatalog().text(key, language, params),
        "page_url": lambda name: f"/portal/{name}",
        "asset": lambda name: f"/portal/static/{name}",
        "languages": [SimpleNamespace(code=c, name=c, current=c == language) for c in ("en", "es", "ru")],
        "city": "Sampleton",
        "support_phone": "(323) 555-0199",
        "here": "/portal/home",
        "csrf": "form-token",
        "account": None,
        "account_types": [public, contractor],
        "remember_me": True,
        "title": "Home",
        "problems": [],
        "note": None,
        "idle": None,
        "demonstration": False,
    }
    return env.from_string(PAGE).render({**usual, "fields": fields, "more": more or {}, **context})


def idle(**more):
    """How long somebody's session lasts, as the pages give it to the frame."""
    usual = {"account_id": "a1", "ask": "/portal/api/session", "seconds_left": 1800, "can_be_extended": True}
    return SimpleNamespace(**{**usual, "minutes": 30, "warn_seconds": 120, **more})


def signed_in(left=None, **more):
    account = SimpleNamespace(username="AEC123", type_label="Contractor")
    return page(account=account, idle=left or idle(), **more)
