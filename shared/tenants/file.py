"""The file of tenants: each customer's policy, shares, destinations and callers, checked as a whole at start."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from shared.deliver.destination import DESTINATIONS
from shared.errors import ConfigurationError
from shared.settings import Settings
from shared.tenants.callers import Caller

HINT = "Compare the file with docs/tenants.md, which says what each key means."
OF_THE_APP = frozenset(
    {"state_store", "state_path", "tenant_id", "tenants_path", "easy_auth", "graph_url", "arm_url", "lease_seconds"}
    | {"public_url", "now"}
)
"""Settings that belong to the app, not to a tenant. Every other one may stand in a tenant's entry."""
SECRETS = frozenset(
    {"webhook_secret", "event_hub_connection", "servicenow_password", "servicenow_api_key", "jira_token", "teams_url"}
    | {"slack_token", "model_api_key"}
)
"""Settings that the file never holds: it names the environment variable that does, as ``jira_token_env``."""
_ENV = "_env"
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Tenant(msgspec.Struct, frozen=True, kw_only=True):
    """One of several tenants."""

    id: str
    """In lower case."""
    name: str
    client_id: str
    """The registration that Graph knows the app by in this tenant; empty: the app's own identity, in its own tenant."""
    destination_identity: Literal["app", "tenant"]
    """Who signs in at destinations that take Entra tokens."""
    callers: tuple[Caller, ...]
    """Who may see it; empty: whoever has a key and names it."""
    settings: Settings


class Tenants(msgspec.Struct, frozen=True, kw_only=True):
    """All of them."""

    operators: tuple[Caller, ...]
    """Who may see every tenant, and what belongs to none."""
    tenants: tuple[Tenant, ...]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    tenants: list[dict[str, Any]]
    client_id: str = ""
    operators: tuple[Caller, ...] = ()


class _Entry(msgspec.Struct):
    """What an entry holds beside settings."""

    id: str
    name: str
    client_id: str = ""
    is_home: bool = False
    destination_identity: Literal["app", "tenant"] = "app"
    callers: tuple[Caller, ...] = ()


_KEYS = frozenset(_Entry.__struct_fields__)


def read_tenants(settings: Settings, env: Mapping[str, str] | None = None) -> Tenants:
    """Return the tenants of the file that ``settings`` name.

    Secrets come from ``env``, by default the process's. Raises ConfigurationError that names the key, never a value.
    """
    path = Path(settings.tenants_path)
    try:
        file = msgspec.toml.decode(path.read_bytes(), type=_File)
        tenants = tuple(_tenant(entry, file, settings, os.environ if env is None else env) for entry in file.tenants)
        for caller in (*file.operators, *(caller for tenant in tenants for caller in tenant.callers)):
            caller.check()
    except OSError as error:
        raise ConfigurationError(f"tenants `{path}` can't be read: {error.strerror}", hint=HINT) from error
    except msgspec.DecodeError as error:
        raise ConfigurationError(f"tenants `{path}`: {error}", hint=HINT) from error
    except ConfigurationError as error:
        raise ConfigurationError(f"tenants `{path}`: {error}", hint=error.hint) from error
    ids = [tenant.id for tenant in tenants]
    if not ids or len(set(ids)) < len(ids):
        raise ConfigurationError(f"tenants `{path}`: none is there, or one is there twice", hint=HINT)
    return Tenants(operators=file.operators, tenants=tenants)


def _tenant(given: dict[str, Any], file: _File, settings: Settings, env: Mapping[str, str]) -> Tenant:
    try:
        entry = msgspec.convert({key: value for key, value in given.items() if key in _KEYS}, _Entry)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"an entry is wrong: {error}", hint=HINT) from None
    if not _ID.fullmatch(entry.id.lower()):
        raise ConfigurationError(f"`{entry.name}` has an id that is no tenant's", hint="Give the tenant id, a GUID.")
    client_id = "" if entry.is_home else entry.client_id or file.client_id
    if not (entry.is_home or client_id):
        raise ConfigurationError(
            f"tenant {entry.id} has no client_id",
            hint="Give the app registration's client_id, or is_home = true for the tenant that the app itself is in.",
        )
    if entry.is_home and entry.client_id:
        raise ConfigurationError(f"tenant {entry.id} has both is_home and client_id", hint=HINT)
    return Tenant(
        id=entry.id.lower(),
        name=entry.name,
        client_id=client_id,
        destination_identity=entry.destination_identity,
        callers=entry.callers,
        settings=_settings(entry.id.lower(), given, settings, env),
    )


def _settings(tenant_id: str, given: dict[str, Any], settings: Settings, env: Mapping[str, str]) -> Settings:
    """Return the app's settings as a tenant has them: its own where its entry says so, no destination of another."""
    values = {name: value for name, value in msgspec.structs.asdict(settings).items() if not _is_of_a_destination(name)}
    values["tenant_id"] = tenant_id
    for key, value in given.items():
        if key not in _KEYS:
            name, found = _setting(key, value, tenant_id, env)
            values[name] = found
    if given.get("policy_path"):
        values["policy_path"] = str(Path(settings.tenants_path).parent / given["policy_path"])
    try:
        made = msgspec.convert(values, Settings)
        made.check()
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"tenant {tenant_id}: {error}", hint=HINT) from None
    except ConfigurationError as error:
        raise ConfigurationError(f"tenant {tenant_id}: {error}", hint=error.hint) from error
    return made


def _setting(key: str, value: object, tenant_id: str, env: Mapping[str, str]) -> tuple[str, object]:
    """Return a setting's name and value, from the environment where the file names a variable."""
    name = key.removesuffix(_ENV)
    if key in SECRETS:
        raise ConfigurationError(
            f"tenant {tenant_id}: {key} stands in the file",
            hint=f"Keep it out: put it into an environment variable, and name that as {key}{_ENV}.",
        )
    if name in SECRETS:
        found = _of(env, str(value))
        if not found:
            raise ConfigurationError(
                f"tenant {tenant_id}: the environment variable that {key} names is not set",
                hint="Set it as a setting of the app, in Azure by a reference to the vault.",
            )
        return name, found
    if key not in Settings.__struct_fields__ or key in OF_THE_APP:
        raise ConfigurationError(f"tenant {tenant_id}: there is no key `{key}` for a tenant", hint=HINT)
    return key, value


def _of(env: Mapping[str, str], name: str) -> str:
    try:
        return env[name].strip()
    except KeyError:
        return ""


def _is_of_a_destination(name: str) -> bool:
    """Say whether a setting tells where tickets go: those a tenant takes from nobody."""
    return name == "destinations" or name.startswith(tuple(f"{destination}_" for destination in DESTINATIONS))
