"""fastapi-users with its own endpoints, and its tokens in the database. It has no pages."""

from __future__ import annotations

import asyncio
import uuid  # noqa: TID251 - what the rival's accounts are named by
from collections.abc import AsyncIterator
from typing import Annotated

from cases import ACCOUNTS, CHEAPEST, DATABASE, PASSWORD, SECRET, SIGNING_IN, address, posts, reads, write
from fastapi import Depends, FastAPI
from fastapi_users import BaseUserManager, FastAPIUsers, UUIDIDMixin, schemas
from fastapi_users.authentication import AuthenticationBackend, CookieTransport
from fastapi_users.authentication.strategy.db import DatabaseStrategy
from fastapi_users.password import PasswordHelper
from fastapi_users_db_sqlalchemy import SQLAlchemyBaseUserTableUUID, SQLAlchemyUserDatabase
from fastapi_users_db_sqlalchemy.access_token import (
    SQLAlchemyAccessTokenDatabase,
    SQLAlchemyBaseAccessTokenTableUUID,
)
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

_WEEKS = 14 * 86_400


class Base(DeclarativeBase):
    pass


class User(SQLAlchemyBaseUserTableUUID, Base):
    pass


class AccessToken(SQLAlchemyBaseAccessTokenTableUUID, Base):
    pass


class Read(schemas.BaseUser[uuid.UUID]):
    pass


class Update(schemas.BaseUserUpdate):
    pass


passes, memory, lanes = CHEAPEST
helper = PasswordHelper(
    PasswordHash((Argon2Hasher(time_cost=passes, memory_cost=memory, parallelism=lanes),))
)
engine = create_async_engine(f"sqlite+aiosqlite:///{DATABASE.absolute()}", connect_args={"timeout": 30})
sessions = async_sessionmaker(engine, expire_on_commit=False)


@event.listens_for(engine.sync_engine, "connect")
def _write_ahead(connection: object, _: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()


async def database_session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


Session = Annotated[AsyncSession, Depends(database_session)]


class Manager(UUIDIDMixin, BaseUserManager[User, uuid.UUID]):
    reset_password_token_secret = SECRET
    verification_token_secret = SECRET


async def manager(session: Session) -> AsyncIterator[Manager]:
    yield Manager(SQLAlchemyUserDatabase(session, User), helper)


def strategy(session: Session) -> DatabaseStrategy[User, uuid.UUID, AccessToken]:
    return DatabaseStrategy(SQLAlchemyAccessTokenDatabase(session, AccessToken), lifetime_seconds=_WEEKS)


backend = AuthenticationBackend("portal", CookieTransport(cookie_name="sid"), strategy)
users = FastAPIUsers[User, uuid.UUID](manager, [backend])
asgi = FastAPI()
asgi.include_router(users.get_auth_router(backend), prefix="/auth")
asgi.include_router(users.get_users_router(Read, Update), prefix="/users")


async def fill() -> str:
    """Make the accounts, and a token for the first of them."""
    encoded = helper.hash(PASSWORD)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with sessions() as session:
        made = [User(id=uuid.uuid4(), email=address(i), hashed_password=encoded) for i in range(ACCOUNTS)]
        session.add_all(made)
        await session.commit()
        token = await strategy(session).write_token(made[0])
    await engine.dispose()
    return token


def main() -> None:
    token = asyncio.run(fill())
    forms = [{"username": address(i), "password": PASSWORD} for i in SIGNING_IN]
    write(
        {
            "check": reads("/users/me", f"sid={token}", address(0)),
            "sign-in": posts("/auth/login", forms, status=204),
        }
    )


if __name__ == "__main__":
    main()
