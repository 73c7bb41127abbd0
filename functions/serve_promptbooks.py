"""Promptbooks over HTTP: list them, add one, run one with its inputs."""

import azure.functions as func

from functions.http_answers import Listed, answered, caller_of, decoded, json_answer, wants_async
from functions.operations import BODY_PROBLEMS, POLL, POLL_SECONDS, PREFER, Gives, Operation, Parameter
from shared.ask.book_runs import BookRun, BookRunRequest, begin_run, go_on, kept_run
from shared.ask.promptbooks import ListedBook, Promptbook, add_book, books
from shared.ask.queued import put_off
from shared.clients import Services

bp = func.Blueprint()
MOST_BYTES = 64 * 1024


@bp.function_name("list_promptbooks")
@bp.route(route="promptbooks", methods=["GET"])
async def list_promptbooks(req: func.HttpRequest) -> func.HttpResponse:
    """List the built-in books and those that were added."""

    async def make(services: Services) -> func.HttpResponse:
        return json_answer(Listed(value=await books(services)))

    return await answered(req, make)


@bp.function_name("add_promptbook")
@bp.route(route="promptbooks", methods=["POST"])
async def add_promptbook(req: func.HttpRequest) -> func.HttpResponse:
    """Keep a book in Security Copilot's JSON form; 201 with its id."""

    async def make(services: Services) -> func.HttpResponse:
        book = await add_book(decoded(req, Promptbook, most_bytes=MOST_BYTES), caller_of(req, services), services)
        return json_answer(book, 201)

    return await answered(req, make)


@bp.function_name("run_promptbook")
@bp.route(route="promptbooks/{name}/runs", methods=["POST"])
async def run_promptbook(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Run a book: ``{"inputs": {…}, "sessionId"?}``; every step with its answer."""
    name = req.route_params["name"]

    async def make(services: Services) -> func.HttpResponse:
        run = await begin_run(name, decoded(req, BookRunRequest), caller_of(req, services), services)
        if not wants_async(req):
            return json_answer(await go_on(run.run_id, services))
        await put_off("run", run.run_id, services)
        return _shown(run, services)

    return await answered(req, make, context)


@bp.function_name("get_promptbook_run")
@bp.route(route="promptbooks/{name}/runs/{run_id}", methods=["GET"])
async def get_promptbook_run(req: func.HttpRequest) -> func.HttpResponse:
    """Return a run of the caller's; 202 while it goes on, with the steps that are done."""
    name, run_id = req.route_params["name"], req.route_params["run_id"]

    async def make(services: Services) -> func.HttpResponse:
        return _shown(await kept_run(name, run_id, caller_of(req, services), services), services)

    return await answered(req, make)


def _shown(run: BookRun, services: Services) -> func.HttpResponse:
    if run.status != "running":
        return json_answer(run)
    location = services.settings.path_of(f"/api/promptbooks/{run.promptbook}/runs/{run.run_id}")
    return json_answer(run, 202, location=location, retry_after=POLL_SECONDS)


_NAME = Parameter(name="name", where="path", description="Id of the book, or its name.")
_GIVES = {
    200: Gives(description="Every step with its answer.", body=BookRun),
    202: Gives(description="It goes on; the steps that are done.", body=BookRun, headers=POLL),
}
OPERATIONS = (
    Operation(
        id="list_promptbooks",
        method="GET",
        route="promptbooks",
        summary="All promptbooks",
        tag="promptbooks",
        gives={200: Gives(description="Built-in books first.", body=Listed[ListedBook])},
    ),
    Operation(
        id="add_promptbook",
        method="POST",
        route="promptbooks",
        summary="Add a promptbook, or replace your own",
        tag="promptbooks",
        takes=Promptbook,
        example={
            "name": "Who is it",
            "prompts": [{"content": "Who is this user: <user>"}, {"content": "Is this user risky?"}],
            "promptbookinputs": [{"name": "user", "description": "User principal name"}],
        },
        gives={201: Gives(description="The book with its id.", body=ListedBook)},
        problems=(*BODY_PROBLEMS, 409),
    ),
    Operation(
        id="run_promptbook",
        method="POST",
        route="promptbooks/{name}/runs",
        summary="Run a promptbook",
        tag="promptbooks",
        takes=BookRunRequest,
        example={"inputs": {"upn": "karita@woodgrovebank.com"}},
        gives=_GIVES,
        parameters=(_NAME, PREFER),
        problems=(*BODY_PROBLEMS, 404, 409),
    ),
    Operation(
        id="get_promptbook_run",
        method="GET",
        route="promptbooks/{name}/runs/{run_id}",
        summary="A run of your own",
        tag="promptbooks",
        gives=_GIVES,
        parameters=(_NAME, Parameter(name="run_id", where="path", description="Id of the run.")),
        problems=(404,),
    ),
)
