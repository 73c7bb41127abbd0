"""A method that a route does not have: 405 with ``Allow``. The host by itself would answer a bare 404.

One function for each route of the API's document and of the console, since the host takes routes in the order in which
it loads functions: a single one for all routes could come before those that answer.
"""

import re
from collections.abc import Awaitable, Callable

import azure.functions as func

from functions.http_answers import problem_answer
from functions.operations import Operation
from functions.serve_api_document import all_operations
from functions.serve_console import PAGES
from shared.errors import MethodNotAllowedError

bp = func.Blueprint()
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
"""All but OPTIONS, with which browsers ask the platform about CORS."""


def _refusal(allowed: tuple[str, ...]) -> Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]:
    """Return a function that answers 405 and says what the route takes."""
    answer = MethodNotAllowedError("no such method", hint=f"This route takes {' and '.join(allowed)}.")

    async def refuse(req: func.HttpRequest) -> func.HttpResponse:
        return problem_answer(answer, allow=", ".join(allowed))

    return refuse


def _level(operations: list[Operation]) -> func.AuthLevel:
    """Return what a route asks of callers whatever its method: none learns more by a wrong one."""
    if all(one.is_open for one in operations):
        return func.AuthLevel.ANONYMOUS
    return func.AuthLevel.ADMIN if any(one.is_master_only for one in operations) else func.AuthLevel.FUNCTION


def _register() -> None:
    routes: dict[str, list[Operation]] = {}
    for one in all_operations():
        routes.setdefault(one.route, []).append(one)
    for route, operations in routes.items():
        _refuse_on(route, tuple(sorted(one.method for one in operations)), _level(operations))
    for page in PAGES:
        _refuse_on(page.route, page.methods, func.AuthLevel.ANONYMOUS if page.is_open else func.AuthLevel.FUNCTION)


def _refuse_on(route: str, taken: tuple[str, ...], level: func.AuthLevel) -> None:
    name = "refuse_on_" + re.sub(r"\W+", "_", route).strip("_")
    rest = [method for method in METHODS if method not in taken]
    bp.function_name(name)(bp.route(route=route, methods=rest, auth_level=level)(_refusal(taken)))


_register()
