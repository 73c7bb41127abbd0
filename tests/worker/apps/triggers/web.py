"""HTTP functions of every kind of route, level and answer."""

import asyncio
import json

import azure.functions as func
from seen import note

bp = func.Blueprint()


@bp.route(route="echo/{id:int}/{part?}", methods=["GET", "POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def echo(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Say what arrived."""
    answer = {
        "method": req.method,
        "url": req.url,
        "route": dict(req.route_params),
        "query": dict(req.params),
        "header": req.headers.get("X-Custom"),
        "body": req.get_body().hex(),
        "trace": context.trace_context.trace_parent,
    }
    return func.HttpResponse(json.dumps(answer), mimetype="application/json")


@bp.route(route="echo/latest", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def latest(req: func.HttpRequest) -> func.HttpResponse:
    """Answer a literal route next to a parameter."""
    return func.HttpResponse("latest")


@bp.route(route="files/{*path}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def files(req: func.HttpRequest) -> func.HttpResponse:
    """Answer a wildcard, in a plain function."""
    return func.HttpResponse(json.dumps(dict(req.route_params)))


@bp.route(methods=["GET"])
async def guarded(req: func.HttpRequest) -> func.HttpResponse:
    """Need a function key; the route is the function's name."""
    note("guarded", code=req.params.get("code"))
    return func.HttpResponse("in")


@bp.route(route="guarded/admin", methods=["GET"], auth_level=func.AuthLevel.ADMIN)
async def guarded_admin(req: func.HttpRequest) -> func.HttpResponse:
    """Need the master key."""
    return func.HttpResponse("in")


@bp.route(route="boom", auth_level=func.AuthLevel.ANONYMOUS)
async def boom(req: func.HttpRequest) -> func.HttpResponse:
    """Fail."""
    raise ValueError("attacker@example.com")


@bp.route(route="cancelled", auth_level=func.AuthLevel.ANONYMOUS)
async def cancelled(req: func.HttpRequest) -> func.HttpResponse:
    """Raise what would end the host's own task."""
    raise asyncio.CancelledError


@bp.route(route="slow/{seconds:int}", auth_level=func.AuthLevel.ANONYMOUS)
async def slow(req: func.HttpRequest) -> func.HttpResponse:
    """Take a while."""
    note("slow")
    await asyncio.sleep(int(req.route_params["seconds"]))
    return func.HttpResponse("slept")


@bp.route(route="cookies", auth_level=func.AuthLevel.ANONYMOUS)
async def cookies(req: func.HttpRequest) -> func.HttpResponse:
    """Answer with a status, headers and two cookies."""
    response = func.HttpResponse(b"\x00\xff", status_code=418, mimetype="image/png", headers={"X-Kind": "teapot"})
    response.headers.add(
        "Set-Cookie", "a=1; Path=/api; Max-Age=60; Secure; HttpOnly; SameSite=Strict; Expires=Thu, 12 Jan 2028 13:55:08 GMT"
    )
    response.headers.add("Set-Cookie", "b=2")
    return response


@bp.route(route="text", auth_level=func.AuthLevel.ANONYMOUS)
async def text(req: func.HttpRequest) -> str:
    """Return a plain string."""
    return "words"


@bp.route(route="split", auth_level=func.AuthLevel.ANONYMOUS)
async def split(req: func.HttpRequest) -> func.HttpResponse:
    """Try to smuggle a header."""
    return func.HttpResponse("x", headers={"X-Bad: a\r\nSet-Cookie": "stolen=1"})
