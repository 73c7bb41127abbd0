"""An app whose two functions answer the same requests."""

import azure.functions as func

app = func.FunctionApp()


@app.route(route="cases/{id}", methods=["GET"])
async def first(req: func.HttpRequest) -> func.HttpResponse:
    """Never run."""
    return func.HttpResponse("1")


@app.route(route="Cases/{case}", methods=["GET", "POST"])
async def second(req: func.HttpRequest) -> func.HttpResponse:
    """Never run."""
    return func.HttpResponse("2")
