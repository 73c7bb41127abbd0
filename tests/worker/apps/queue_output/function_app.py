"""An app with an output binding, which the embedded host does not write."""

import azure.functions as func

app = func.FunctionApp()


@app.route(route="send")
@app.queue_output(arg_name="out", queue_name="work", connection="AzureWebJobsStorage")
async def send(req: func.HttpRequest, out: func.Out[str]) -> func.HttpResponse:
    """Never run."""
    out.set("x")
    return func.HttpResponse("sent")
