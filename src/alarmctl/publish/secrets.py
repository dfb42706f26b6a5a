"""A database's password, from where it is kept; never from the configuration itself."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from alarmctl.publish.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from alarmctl.publish.config import Password, Sql
    from alarmctl.publish.context import Context


def read(options: Sql, context: Context) -> str | None:
    """The password, or None where none is configured. Raises SourceError, which never holds the password."""
    password = options.password
    if password is None:
        return None
    where = f"password.{password.store} {password.name}".rstrip()
    try:
        return STORES[password.store](options, password, context)
    except (BotoCoreError, ClientError) as error:
        code = getattr(error, "response", {}).get("Error", {}).get("Code") or type(error).__name__
        raise SourceError(f"{where}: {code}. Check the name, the Region and the role's rights.") from None
    except (OSError, KeyError, ValueError) as error:
        raise SourceError(f"{where}: it cannot be read ({type(error).__name__}).") from None


def _ssm(_: Sql, password: Password, context: Context) -> str:
    answer = context.client("ssm").get_parameter(Name=password.name, WithDecryption=True)
    return str(answer["Parameter"]["Value"])


def _secret(_: Sql, password: Password, context: Context) -> str:
    text = str(context.client("secretsmanager").get_secret_value(SecretId=password.name)["SecretString"])
    return str(json.loads(text)[password.key]) if password.key else text


def _iam(options: Sql, _: Password, context: Context) -> str:
    return str(
        context.client("rds").generate_db_auth_token(
            DBHostname=options.host, Port=options.port, DBUsername=options.user
        )
    )


def _env(_: Sql, password: Password, __: Context) -> str:
    return os.environ[password.name]


def _file(_: Sql, password: Password, __: Context) -> str:
    return Path(password.name).read_text(encoding="utf-8").rstrip("\n")


STORES: Mapping[str, Callable[[Sql, Password, Context], str]] = {
    "ssm": _ssm,
    "secret": _secret,
    "iam": _iam,
    "env": _env,
    "file": _file,
}
