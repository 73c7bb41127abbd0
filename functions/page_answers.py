"""The console's pages out and its forms in: keys stay in links, forms are its own, errors are pages."""

from collections.abc import Awaitable, Callable, Mapping

import azure.functions as func
import msgspec

from functions.http_answers import HEADERS, INTERNAL, About, asking_of, decoded_form, see_other
from shared.app import App, current_app
from shared.clients import Services
from shared.console.page import POLICY, Links, Page, appearance, mark_of, rendered
from shared.errors import TriageError
from shared.telemetry import of_tenant, went_wrong
from shared.tenants.choice import UNASSIGNED, is_operator, must_name, seen_by, services_for

PAGE_HEADERS = {**HEADERS, "content-security-policy": POLICY, "referrer-policy": "no-referrer"}


class PageRoute(msgspec.Struct, frozen=True, kw_only=True):
    """A route that gives pages to people. The API's document leaves these out: no program is meant to read them."""

    route: str
    methods: tuple[str, ...] = ("GET",)
    is_open: bool = False
    """Needs no key: it holds nothing of the tenant."""


def links_of(req: func.HttpRequest, services: Services | None = None) -> Links:
    """Return addresses that carry the key with which this page was opened, and its tenant, of several."""
    is_one_of_several = services is not None and services.settings.tenants_path
    tenant_id = (services.settings.tenant_id or UNASSIGNED) if services is not None and is_one_of_several else ""
    return Links(req.params.get("code") or req.headers.get("x-functions-key", ""), tenant_id)


def person_of(req: func.HttpRequest, services: Services | None) -> str:
    """Return the name that Easy Auth gives its caller; empty with a key alone, where anybody could write the header."""
    if services is None or not services.settings.easy_auth:
        return ""
    return str(req.headers.get("x-ms-client-principal-name", ""))


async def shown(
    req: func.HttpRequest, make: Callable[[Services], Awaitable[Page]], *, about: About = "tenant"
) -> func.HttpResponse:
    """Return a page, or 304 when the caller's own copy would look the same; an error is a page too."""

    async def answer(services: Services) -> func.HttpResponse:
        page = await make(services)
        etag = f'"{mark_of(page.mark, page.template, appearance(), person_of(req, services), links_of(req, services))}"'
        # What is compressed on the way has a weak etag.
        if req.headers.get("if-none-match", "").removeprefix("W/") == etag:
            return func.HttpResponse(status_code=304, headers={**PAGE_HEADERS, "etag": etag})
        return _html(req, services, page.template, await page.content(), 200, etag=etag)

    return await _answered(req, answer, about)


async def taken[T](
    req: func.HttpRequest,
    kind: type[T],
    take: Callable[[T, Services], Awaitable[str]],
    *,
    about: About = "tenant",
) -> func.HttpResponse:
    """Take a form and lead to the page that ``take`` names, so that a reload sends nothing again."""

    async def answer(services: Services) -> func.HttpResponse:
        return see_other(await take(decoded_form(req, kind), services))

    return await _answered(req, answer, about)


async def _answered(
    req: func.HttpRequest, make: Callable[[Services], Awaitable[func.HttpResponse]], about: About
) -> func.HttpResponse:
    """Return what ``make`` answers for the tenant that it is about, or a page with what to do. Catches everything."""
    try:
        app = await current_app()
        asking = asking_of(req, app)
        if must_name(app, asking) and req.method == "GET":
            return _tenants(req, app)
        services = services_for(app, asking, takes_unassigned=about == "parked")
        with of_tenant(services.tenant_id):
            return await make(services)
    except TriageError as error:
        title, status, hint = type(error).__name__.removesuffix("Error"), error.http_status, error.hint
    except Exception as error:  # noqa: BLE001 - the door to the outside: nothing of the error may show
        went_wrong("http request failed", error)
        title, status, hint = "Internal", 500, INTERNAL
    return _html(req, None, "error.html.j2", {"title": title, "status": status, "hint": hint}, status)


def _tenants(req: func.HttpRequest, app: App) -> func.HttpResponse:
    """Return a page to choose a tenant from."""
    links = links_of(req)
    asking = asking_of(req, app)
    several = [
        (services.name, msgspec.structs.replace(links, tenant=tenant_id).to())
        for tenant_id, services in seen_by(app, asking).items()
    ]
    if is_operator(app, asking):
        several.append(("Records of no tenant here", msgspec.structs.replace(links, tenant=UNASSIGNED).to("stuck")))
    return _html(req, None, "tenants.html.j2", {"tenants": several}, 200)


def _html(
    req: func.HttpRequest,
    services: Services | None,
    template: str,
    content: Mapping[str, object],
    status: int,
    **headers: str,
) -> func.HttpResponse:
    frame = {
        "links": links_of(req, services),
        "person": person_of(req, services),
        "tenant": services.name if services is not None else "",
        "chooser": links_of(req).to(),
        "style": appearance(),
        "etag": headers.get("etag", ""),
    }
    body = rendered(template, {**content, **frame})
    return func.HttpResponse(
        body, status_code=status, mimetype="text/html", charset="utf-8", headers={**PAGE_HEADERS, **headers}
    )
