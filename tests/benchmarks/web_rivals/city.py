"""A city's pages on SQLite with the cheapest hash, for WSGI and for ASGI."""

from __future__ import annotations

import re

from cases import ACCOUNTS, DATABASE, FOLDER, SIGNING_IN, posts, reads, write
from filled_city import PASSWORD, fill, is_contractor, username

from permit_accounts import Policy, SignedIn
from permit_accounts.accounts import Accounts
from permit_accounts.contrib.asgi import asgi_app
from permit_accounts.contrib.wsgi import wsgi_app
from permit_accounts.email_backends.memory import MemoryBackend
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.hasher import CheapHasher
from permit_accounts.texts.catalog import TomlCatalog
from permit_accounts.tools.keyring import Keyring
from permit_accounts.tools.services import Services
from permit_accounts.web import Site
from permit_accounts.web.request import Request

_KEYS = FOLDER / "keys"


def opened(*, create: bool) -> Accounts:
    """The city. `Accounts.open` would refuse its hasher."""
    if create:
        _KEYS.write_text(Keyring.new().to_text())
    keys = Keyring.from_text(_KEYS.read_text())
    policy = Policy(
        city="Sampleton", support_phone="(323) 555-0100", base_url="https://permits.sampleton.example.gov"
    )
    store = SQLiteStore(DATABASE, create=create, synchronous="NORMAL")
    services = Services(
        store=store,
        scratch=store,
        hasher=CheapHasher(keys),
        keyring=keys,
        policy=policy,
        catalog=TomlCatalog(),
    )
    return Accounts(services, email=MemoryBackend())


def main() -> None:
    accounts = opened(create=True)
    fill(accounts, ACCOUNTS)
    outcome = accounts.sign_in("contractor", username(0), PASSWORD)
    assert isinstance(outcome, SignedIn), outcome
    sid = f"__Host-sid={outcome.session_token}"
    form = Site(accounts).handle(Request(method="GET", path="/sign-in"))
    (token,) = set(re.findall(rb'name="csrf_token" value="([^"]+)"', form.body))
    bound = next(value.partition(";")[0] for name, value in form.headers if name == "Set-Cookie")
    forms = [
        {
            "csrf_token": token.decode(),
            "account_type": "contractor" if is_contractor(i) else "public",
            "username": username(i),
            "password": PASSWORD,
        }
        for i in SIGNING_IN
    ]
    write(
        {
            "check": reads("/api/session", sid, username(0)),
            "form page": reads("/account/password", sid, username(0)),
            "dashboard": reads("/dashboard", sid, username(0)),
            "sign-in": posts("/sign-in", forms, status=303, cookie=bound),
        }
    )


if __name__ == "__main__":
    main()
else:
    site = Site(opened(create=False))
    wsgi = wsgi_app(site)
    asgi = asgi_app(site)
    asgi_in_loop = asgi_app(site, in_loop=site.paths)
