"""Which tenant a request over HTTP is about: the one it names, if its caller may see that."""

from shared.app import App
from shared.clients import Services
from shared.errors import InvalidRequestError, NotFoundError
from shared.tenants.callers import Asking, are_asking

UNASSIGNED = "unassigned"
"""In place of a tenant: records of tenants that are not in the file, or that name none."""
NAME_ONE = "Name one by its id, in the header `X-Triage-Tenant` or as `?tenant=`."
NOT_THERE = "There is no such tenant for this caller. GET /api/tenants lists those there are."


def services_for(app: App, asking: Asking, *, is_master: bool = False, takes_unassigned: bool = False) -> Services:
    """Return the services of the tenant that a request is about.

    ``is_master``: the host has checked its master key, which opens every tenant but names none. Raises NotFoundError
    for a tenant that does not exist or is not this caller's, which are told alike; InvalidRequestError where none is
    named and the caller is not one tenant's alone.
    """
    if not app.tenants:
        own = app.own.settings.tenant_id.lower()
        if own and asking.tenant_id not in {"", own}:
            raise NotFoundError("another tenant", hint=NOT_THERE)
        return app.own
    if asking.tenant_id == UNASSIGNED and takes_unassigned and (is_master or is_operator(app, asking)):
        return app.own
    if asking.tenant_id:
        found = app.tenants.get(asking.tenant_id)
        if found is None or not (is_master or may_see(app, found, asking)):
            raise NotFoundError("no such tenant for the caller", hint=NOT_THERE)
        return found
    if is_master or must_name(app, asking):
        raise InvalidRequestError("no tenant is named", hint=NAME_ONE)
    return _own_of(app, asking)[0]


def must_name(app: App, asking: Asking) -> bool:
    """Say whether a request must name a tenant and does not."""
    return bool(app.tenants) and not asking.tenant_id and len(_own_of(app, asking)) != 1


def seen_by(app: App, asking: Asking) -> dict[str, Services]:
    """Return the tenants that a caller may see, by id, in the order of the file."""
    return {tenant_id: services for tenant_id, services in app.tenants.items() if may_see(app, services, asking)}


def may_see(app: App, services: Services, asking: Asking) -> bool:
    """Say whether a caller may see a tenant: it lists no callers, or this one, or this one is an operator."""
    listed = are_asking(services.callers, asking) or are_asking(app.operators, asking)
    return listed or not services.callers


def _own_of(app: App, asking: Asking) -> list[Services]:
    """Return the tenants that list a caller."""
    return [services for services in app.tenants.values() if are_asking(services.callers, asking)]


def is_operator(app: App, asking: Asking) -> bool:
    """Say whether a caller may see what belongs to no tenant."""
    return are_asking(app.operators, asking) or not app.operators
