"""An app whose two functions read one hub with one consumer group."""

import azure.functions as func

app = func.FunctionApp()


@app.event_hub_message_trigger(arg_name="event", event_hub_name="h", connection="c")
async def first(event: func.EventHubEvent) -> None:
    """Never run."""


@app.event_hub_message_trigger(arg_name="event", event_hub_name="h", connection="c")
async def second(event: func.EventHubEvent) -> None:
    """Never run."""
