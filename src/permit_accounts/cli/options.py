"""Options that several commands take, and what a command is given of them: one `Call`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeVar

import click

from permit_accounts.cli.report import Report, is_attended

F = TypeVar("F", bound=Callable[..., Any])

#: Where a secret or a setting is looked for that was not given.
DATABASE_VARIABLE: Final = "PERMIT_ACCOUNTS_DATABASE"
SCRATCH_VARIABLE: Final = "PERMIT_ACCOUNTS_SCRATCH"
CONFIG_VARIABLE: Final = "PERMIT_ACCOUNTS_CONFIG"
APP_VARIABLE: Final = "PERMIT_ACCOUNTS_APP"
KEYS_VARIABLE: Final = "PERMIT_ACCOUNTS_KEYS"
ACTOR_VARIABLE: Final = "PERMIT_ACCOUNTS_ACTOR"


class Call(NamedTuple):
    """What every command that works on a city is given.

    Args:
        report: Where results and messages go.
        database: Such as `sqlite:////srv/permits/accounts.db` or `postgresql://…`; None where neither option
            nor variable says.
        config: The path of the configuration file, where there is one.
        create: Whether a database that is not there yet may be made.
        app: Such as `city_portal:accounts`; it then stands for all of the city. None where the city is put
            together from the others.
        account_type: Which account type is meant, where one was named.
        scratch: Such as `redis://127.0.0.1:6379/0`, where attempt counts are kept apart.
    """

    report: Report
    database: str | None
    config: str | None
    create: bool = False
    app: str | None = None
    account_type: str | None = None
    scratch: str | None = None


def at_the_end(close: Callable[[], object]) -> None:
    """Have this done when the command ends, however it ends: what it has opened is closed."""
    context = click.get_current_context(silent=True)
    if context is not None:
        context.call_on_close(close)


def answers_in_json(function: F) -> F:
    """Give a command `--json`."""
    return click.option(
        "--json",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_note_json,
        help="Print one JSON document.",
    )(function)


def works_on_a_city(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--app`, `--config`, `--database`, `--scratch`, `--json`: a `Call` as first argument."""

    @functools.wraps(function)
    def called(*, app: str | None, config: str | None, database: str | None, **rest: Any) -> Any:
        context = click.get_current_context()
        create, scratch = rest.pop("create", False), rest.pop("scratch")
        call = Call(
            context.ensure_object(Report),
            database,
            config,
            create,
            _instead_of_settings(context, app, create=create),
            rest.get("account_type"),
            scratch,
        )
        return function(call, **rest)

    decorated = answers_in_json(called)
    decorated = click.option(
        "--app",
        envvar=APP_VARIABLE,
        metavar="MODULE:NAME",
        help=f"The portal's own Accounts, such as city_portal:accounts. Variable: {APP_VARIABLE}.",
    )(decorated)
    decorated = click.option(
        "--scratch",
        envvar=SCRATCH_VARIABLE,
        metavar="URL",
        help="Where attempt counts are kept apart, such as redis://127.0.0.1:6379/0; with a password, in the "
        f"variable. Variable: {SCRATCH_VARIABLE}.",
    )(decorated)
    decorated = click.option(
        "--database",
        envvar=DATABASE_VARIABLE,
        metavar="URL",
        help="A file, such as sqlite:////srv/permits/accounts.db, or a server, postgresql://… or "
        f"mariadb://…; with a password, in the variable. Variable: {DATABASE_VARIABLE}.",
    )(decorated)
    return click.option(
        "--config",
        envvar=CONFIG_VARIABLE,
        type=click.Path(dir_okay=False),
        metavar="FILE",
        help=f"The city's settings, a TOML file. Variable: {CONFIG_VARIABLE}.",
    )(decorated)


def may_create(function: F) -> F:
    """Give a command `--create`."""
    return click.option("--create", is_flag=True, help="Make the database if it is not there yet.")(function)


#: The account types that a command knows without `--app`: those of a policy that stands in a file.
TYPES: Final = ("public", "contractor")


def of_type(function: F, *, otherwise: str = "any by default") -> F:
    """Give a command `--type`, with what holds where it was not given."""
    return click.option(
        "--type",
        "account_type",
        metavar="ID",
        help=f"The account type meant, such as contractor; {otherwise}.",
    )(function)


def names_an_actor(function: F) -> F:
    """Give a command `--actor`, which must be known."""
    return click.option(
        "--actor",
        envvar=ACTOR_VARIABLE,
        callback=_who_acts,
        metavar="ID",
        help=f"Who does this; it stands in the history. Variable: {ACTOR_VARIABLE}.",
    )(function)


def takes_a_reason(function: F) -> F:
    """Give a command `--reason`, asked for at a terminal where it was not given."""
    return click.option(
        "--reason",
        callback=_asked_at_a_terminal("Reason"),
        metavar="TEXT",
        help="Why, in a sentence; it stands in the history. Asked for at a terminal.",
    )(function)


def says_how_checked(function: F) -> F:
    """Give a command `--checked-how`, asked for at a terminal where it was not given."""
    return click.option(
        "--checked-how",
        callback=_asked_at_a_terminal("How was the caller checked"),
        metavar="TEXT",
        help='How the caller was checked, such as "called back the number on the register".',
    )(function)


def _instead_of_settings(context: click.Context, app: str | None, *, create: bool) -> str | None:
    """The application, unless other options say that the city is put together without it.

    An option wins over a variable, as everywhere; of variables the application's wins, for it may read the
    others itself.
    """
    if app is None:
        return None
    typed = [name for name in ("app", "config", "database", "scratch") if _is_typed(context, name)]
    if "app" in typed and len(typed) > 1:
        raise click.UsageError(
            "--app stands for the whole city: leave --config, --database and --scratch out"
        )
    if typed and "app" not in typed:
        return None
    if create:
        raise click.UsageError("--create goes with --database; an application makes its database itself")
    return app


def _is_typed(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE


def _who_acts(context: click.Context, parameter: click.Parameter, value: str | None) -> str:
    if value is None and not context.resilient_parsing:
        raise click.UsageError(f"say who acts: --actor ID or {ACTOR_VARIABLE}", context)
    return value or ""


def _asked_at_a_terminal(question: str) -> Callable[[click.Context, click.Parameter, str | None], str]:
    def ask(context: click.Context, parameter: click.Parameter, value: str | None) -> str:
        if value is not None:
            return value
        if is_attended() and not context.resilient_parsing:
            return str(click.prompt(question, err=True))
        raise click.MissingParameter(ctx=context, param=parameter)

    return ask


def _note_json(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    context.ensure_object(Report).as_json = value
