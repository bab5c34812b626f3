"""A permit portal on Flask: searches open to all, own permits behind the sign-in, applying for contractors.

Once, in this folder, make the keys; then start it and open http://127.0.0.1:8000:

    (umask 077 && permit-accounts keys new > keys.env)
    set -a; . ./keys.env; set +a
    flask --app portal run --port 8000

The e-mails that it sends are files in `portal-files/mail`. The staff console is at /staff, for whom
`PORTAL_STAFF` names (see staff.py).
"""

from __future__ import annotations

import atexit
from pathlib import Path

from city import accounts
from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue
from permits import matching, of_account
from staff import CHALLENGE, member

from permit_accounts.contrib.flask import (
    PermitAccounts,
    current_account,
    sign_in_required,
    verified_license_required,
)
from permit_accounts.staff_console import StaffConsole
from permit_accounts.web.site import Site

HERE = Path(__file__).parent


def create_app() -> Flask:
    """The application with the pages of the accounts, the staff console, and the mail on its way.

    A server may load the application and then fork, as `gunicorn --preload` does: the thread that delivers
    the mail begins again in each worker.
    """
    app = Flask(__name__)
    app.config["SESSION_COOKIE_SECURE"] = True
    console = StaffConsole(accounts, who=lambda asked: member(asked.header("authorization")))
    PermitAccounts(app, site=Site(accounts, templates=HERE / "site_templates"), console=console)

    @app.before_request
    def ask_for_the_staff_password() -> ResponseReturnValue | None:
        """The console asks for itself and stays shut; this makes a browser ask for the password."""
        if request.path in console.paths and member(request.headers.get("Authorization", "")) is None:
            return Response("For the staff of the city.\n", 401, CHALLENGE, mimetype="text/plain")
        return None

    @app.after_request
    def keep_out_of_frames(response: Response) -> Response:
        """No page of another site shows one of these in a frame and has it clicked."""
        response.headers.setdefault("X-Frame-Options", "DENY")
        return response

    app.add_url_rule("/search", view_func=search)
    app.add_url_rule("/permits", view_func=permits)
    app.add_url_rule("/permits/new", view_func=new_permit)
    app.register_error_handler(403, no_license)
    accounts.outbox.start()
    atexit.register(accounts.outbox.stop)
    return app


def search() -> ResponseReturnValue:
    """Open to everybody: most searches need no account."""
    street = request.args.get("street", "")
    return render_template("search.html", title="Search permits", street=street, permits=matching(street))


@sign_in_required
def permits() -> ResponseReturnValue:
    """For whoever is signed in: a public user or a contractor."""
    account = current_account()
    assert account is not None  # the decorator has seen to it
    return render_template("permits.html", title="Your permits", permits=of_account(account))


@verified_license_required
def new_permit() -> ResponseReturnValue:
    """For contractors whose license the city has verified: never go by the username for that."""
    return render_template("new_permit.html", title="Apply for a building permit")


def no_license(error: Exception) -> ResponseReturnValue:
    """What stands there for somebody who is signed in, and whose license is not verified."""
    return render_template("no_license.html", title="For licensed contractors"), 403
