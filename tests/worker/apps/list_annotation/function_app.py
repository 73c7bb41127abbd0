"""An app that Azure's worker refuses: the batch is annotated with the built-in list."""

import azure.functions as func

app = func.FunctionApp()


@app.event_hub_message_trigger(arg_name="events", event_hub_name="h", connection="c", cardinality="many")
async def on_events(events: list[func.EventHubEvent]) -> None:
    """Never run."""
