"""Flask-Security with its own pages, and a view for a session check as an application would write it.

Its sessions are signed cookies, so a check reads the user only. Its form token is switched off for the
sign-in, which favours it.
"""

from __future__ import annotations

import uuid  # noqa: TID251 - what the rival's accounts are named by

from cases import ACCOUNTS, CHEAPEST, DATABASE, PASSWORD, SECRET, SIGNING_IN, address, posts, reads, write
from flask import Flask, jsonify
from flask_security import Security, SQLAlchemyUserDatastore, auth_required, current_user, hash_password
from flask_security.models import fsqla_v3 as fsqla
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event

wsgi = Flask("portal")
wsgi.config.update(
    SECRET_KEY=SECRET,
    SECURITY_PASSWORD_SALT="1469346120399856",
    SECURITY_PASSWORD_HASH="argon2",
    SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=dict(
        zip(("argon2__time_cost", "argon2__memory_cost", "argon2__parallelism"), CHEAPEST, strict=True)
    ),
    SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False},
    SECURITY_CHANGEABLE=True,
    SECURITY_FRESHNESS_GRACE_PERIOD=0,
    SECURITY_POST_LOGIN_VIEW="/session",
    WTF_CSRF_ENABLED=False,
    SQLALCHEMY_DATABASE_URI=f"sqlite:///{DATABASE.absolute()}",
    SQLALCHEMY_ENGINE_OPTIONS={"connect_args": {"timeout": 30}},
)
db = SQLAlchemy(wsgi)
fsqla.FsModels.set_db_info(db)


class Role(db.Model, fsqla.FsRoleMixin):  # type: ignore[name-defined, misc]
    pass


class User(db.Model, fsqla.FsUserMixin):  # type: ignore[name-defined, misc]
    pass


wsgi.security = Security(wsgi, SQLAlchemyUserDatastore(db, User, Role))  # type: ignore[attr-defined]


@wsgi.get("/session")
@auth_required("session")
def session() -> object:
    return jsonify(signed_in=True, id=current_user.id, email=current_user.email)


with wsgi.app_context():

    @event.listens_for(db.engine, "connect")
    def _write_ahead(connection: object, _: object) -> None:
        connection.execute("PRAGMA journal_mode=WAL")  # type: ignore[attr-defined]
        connection.execute("PRAGMA synchronous=NORMAL")  # type: ignore[attr-defined]


def main() -> None:
    with wsgi.app_context():
        db.create_all()
        encoded = hash_password(PASSWORD)
        db.session.add_all(
            User(email=address(i), password=encoded, active=True, fs_uniquifier=uuid.uuid4().hex)
            for i in range(ACCOUNTS)
        )
        db.session.commit()
    forms = [{"email": address(i), "password": PASSWORD} for i in SIGNING_IN]
    client = wsgi.test_client()
    first = {"email": address(0), "password": PASSWORD}
    assert 302 == client.post("/login", data=first).status_code
    cookie = client.get_cookie("session")
    assert cookie is not None
    sid = f"session={cookie.value}"
    write(
        {
            "check": reads("/session", sid, address(0)),
            "form page": reads("/change", sid, "new_password"),
            "sign-in": posts("/login", forms, status=302),
        }
    )


if __name__ == "__main__":
    main()
