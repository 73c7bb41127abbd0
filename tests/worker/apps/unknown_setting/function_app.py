"""An app that names a setting nobody set."""

import azure.functions as func

app = func.FunctionApp()


@app.queue_trigger(arg_name="message", queue_name="%NOWHERE%", connection="AzureWebJobsStorage")
async def on_message(message: func.QueueMessage) -> None:
    """Never run."""
