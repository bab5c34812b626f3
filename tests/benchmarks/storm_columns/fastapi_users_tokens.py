"""fastapi-users with access tokens in the database, on SQLAlchemy's asyncio and asyncpg; the same hash."""

from __future__ import annotations

import asyncio
import uuid  # noqa: TID251 - its users have such ids

from fastapi.security import OAuth2PasswordRequestForm
from fastapi_users import BaseUserManager, UUIDIDMixin
from fastapi_users.authentication.strategy.db import DatabaseStrategy
from fastapi_users.password import PasswordHelper
from fastapi_users_db_sqlalchemy import SQLAlchemyBaseUserTableUUID, SQLAlchemyUserDatabase
from fastapi_users_db_sqlalchemy.access_token import (
    SQLAlchemyAccessTokenDatabase,
    SQLAlchemyBaseAccessTokenTableUUID,
)
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

PASSWORD = "seven quiet lanterns drift"
HELPER = PasswordHelper(PasswordHash((Argon2Hasher(time_cost=3, memory_cost=65536, parallelism=4),)))
LIFETIME = 14 * 86400
COLUMNS = ("id", "email", "hashed_password", "is_active", "is_superuser", "is_verified")
A_CHUNK = 100_000


class Tables(DeclarativeBase):
    """The library's own tables."""


class User(SQLAlchemyBaseUserTableUUID, Tables):
    """One user."""


class AccessToken(SQLAlchemyBaseAccessTokenTableUUID, Tables):
    """Signed in on one device."""


class Users(UUIDIDMixin, BaseUserManager[User, uuid.UUID]):
    """The library's flows; nobody asks for a reset here."""


def engine_on(url):
    """As an application makes it."""
    return create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://"))


def fill(url, accounts, tell):
    """Make the tables and so many users, where there are none."""
    asyncio.run(filled(url, accounts, HELPER.hash(PASSWORD), tell))


async def filled(url, accounts, encoded, tell):
    """The same."""
    engine = engine_on(url)
    async with engine.begin() as connection:
        await connection.run_sync(Tables.metadata.create_all)
        if (await connection.execute(select(User).limit(1))).first():
            return
        driver = (await connection.get_raw_connection()).driver_connection
        for first in range(0, accounts, A_CHUNK):
            numbers = range(first, min(first + A_CHUNK, accounts))
            rows = ((uuid.uuid4(), email(i), encoded, True, False, True) for i in numbers)
            await driver.copy_records_to_table("user", records=rows, columns=COLUMNS)
            tell(numbers.stop)
        await driver.execute('ANALYZE "user"')
    await engine.dispose()


def email(i):
    """What the i-th user signs in with; in no order."""
    return f"member{(i * 7_919_003 + 1_234_567) % 9_000_000 + 1_000_000}@mail{i % 17}.example.org"


class Application:
    """What its routes and dependencies call when somebody signs in, and at each request."""

    is_async = True

    def __init__(self, url, hashes):
        self._sessions = async_sessionmaker(engine_on(url), expire_on_commit=False)

    async def sign_in(self, i):
        """Sign in; the token that the client is answered."""
        async with self._sessions() as session:
            users = self._users(session)
            form = OAuth2PasswordRequestForm(username=email(i), password=PASSWORD, scope="")
            user = await users.authenticate(form)
            if user is None or not user.is_active:
                raise PermissionError("a right password was refused")
            return await self._strategy(session).write_token(user)

    async def check(self, token, i):
        """Whose token it is."""
        async with self._sessions() as session:
            user = await self._strategy(session).read_token(token, self._users(session))
            return user is not None and user.is_active and user.email == email(i)

    def _users(self, session):
        return Users(SQLAlchemyUserDatabase(session, User), HELPER)

    def _strategy(self, session):
        return DatabaseStrategy(
            SQLAlchemyAccessTokenDatabase(session, AccessToken), lifetime_seconds=LIFETIME
        )
