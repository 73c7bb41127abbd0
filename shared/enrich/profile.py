"""Who the user is: profile, account, password, synchronisation, home tenant, manager."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from shared.clock import iso
from shared.enrich.statement import fact, graph
from shared.enrich.view import View
from shared.hostile import quoted
from shared.models.dossier import Fact, Source
from shared.models.records import RiskDetection, SignIn


class Identity(msgspec.Struct, rename="camel"):
    """One element of ``identities``."""

    sign_in_type: str | None = None
    issuer: str | None = None


class User(msgspec.Struct, rename="camel"):
    """The user's properties that triage uses."""

    id: str
    display_name: str | None = None
    user_principal_name: str | None = None
    mail: str | None = None
    user_type: str | None = None
    account_enabled: bool | None = None
    created_date_time: datetime | None = None
    last_password_change_date_time: datetime | None = None
    on_premises_sync_enabled: bool | msgspec.UnsetType | None = msgspec.UNSET
    sign_in_sessions_valid_from_date_time: datetime | None = None
    job_title: str | None = None
    department: str | None = None
    identities: list[Identity] | None = None
    external_user_state: str | None = None


class Person(msgspec.Struct, rename="camel"):
    """The manager."""

    display_name: str | None = None
    user_principal_name: str | None = None


def facts(view: View) -> Iterator[Fact]:
    """Yield the facts about the account itself."""
    users = view.answers.decode("profile", User)
    if view.is_deleted:
        text = "Microsoft Graph knows no user with this id: the account was deleted or never existed."
        yield fact("user.deleted", text, graph(view.answers.ref("profile")))
    if users:
        source = graph(view.answers.ref("profile"))
        yield from _profile(users[0], source)
        yield from _state(users[0], source)
    yield from _marks(view)
    yield from _home_tenant(view)
    yield from _manager(view)


def own_domains(view: View) -> frozenset[str]:
    """Return the mail domains known to belong to the user's tenant, lower case; empty when none is known."""
    users = view.answers.decode("profile", User) or []
    names = [name for user in users for name in (user.user_principal_name, user.mail) if name and "#EXT#" not in name]
    domains = {name.rpartition("@")[2].lower() for name in names if "@" in name}
    issuers = {
        found.issuer.lower()
        for user in users
        for found in user.identities or []
        if found.sign_in_type == "userPrincipalName" and found.issuer
    }
    return frozenset(domains | issuers)


def _profile(user: User, source: Source) -> Iterator[Fact]:
    name = quoted(user.display_name or user.user_principal_name or user.id)
    parts = [f"{name} is {'a guest' if user.user_type == 'Guest' else 'a member'} of the tenant"]
    if user.user_type not in {"Guest", "Member"}:
        parts = [f"{name} is a user of the tenant"]
    parts += [f"job title {quoted(user.job_title)}"] if user.job_title else []
    parts += [f"department {quoted(user.department)}"] if user.department else []
    parts += [f"created at {iso(user.created_date_time)}"] if user.created_date_time else []
    yield fact(
        "user.profile",
        f"{', '.join(parts)}.",
        source,
        at=user.created_date_time,
        display_name=user.display_name,
        user_principal_name=user.user_principal_name,
        user_type=user.user_type,
        job_title=user.job_title,
        department=user.department,
        created_at=user.created_date_time,
        external_user_state=user.external_user_state,
    )


def _state(user: User, source: Source) -> Iterator[Fact]:
    if user.account_enabled is not None:
        state = "enabled" if user.account_enabled else "disabled"
        valid_from = user.sign_in_sessions_valid_from_date_time
        text = f"The account is {state}."
        yield fact("user.account", text, source, enabled=user.account_enabled, sessions_valid_from=valid_from)
    if changed := user.last_password_change_date_time:
        text = f"The password was last changed at {iso(changed)}."
        yield fact("user.password", text, source, at=changed, changed_at=changed)
    if user.on_premises_sync_enabled is not msgspec.UNSET:
        # Null means that the object never came from on premises; Graph documents it so.
        synced = bool(user.on_premises_sync_enabled)
        text = "The account is synchronised from on premises." if synced else "The account is cloud-only."
        yield fact("user.sync", text, source, on_premises=synced)


def _marks(view: View) -> Iterator[Fact]:
    policy, names = view.settings.policy, own_names(view)
    if policy.is_break_glass(*names):
        text = "The account is listed as an emergency access account."
        yield fact("user.break_glass", text, Source(kind="setting", ref="policy identities.break_glass"))
    if policy.is_canary(view.case.identity):
        text = "The account is listed as a canary that nobody uses."
        yield fact("user.canary", text, Source(kind="setting", ref="policy identities.canary"))


def own_names(view: View) -> tuple[str | None, ...]:
    """Return everything the account is called by: object id, the name on the case, the name in the directory."""
    users = view.answers.decode("profile", User) or []
    return view.user_id, view.case.identity.name, *(user.user_principal_name for user in users)


def _home_tenant(view: View) -> Iterator[Fact]:
    """Yield a guest's home tenant, which only sign-ins and detections name."""
    records: list[RiskDetection | SignIn] = [*view.detections, *view.sign_ins]
    for record in records:
        home = record.home_tenant_id
        if home and home != view.case.identity.tenant_id:
            text = f"The user's home is another tenant, {home}."
            yield fact("user.home_tenant", text, view.source(record), tenant_id=home)
            return


def _manager(view: View) -> Iterator[Fact]:
    if view.answers.is_absent("manager") and not view.is_deleted:
        yield fact("user.no_manager", "The user has no manager in the directory.", graph(view.answers.ref("manager")))
    for person in view.answers.decode("manager", Person) or []:
        name = person.display_name or person.user_principal_name
        if name:
            yield fact(
                "user.manager",
                f"The user's manager is {quoted(name)}.",
                graph(view.answers.ref("manager")),
                display_name=person.display_name,
                user_principal_name=person.user_principal_name,
            )
