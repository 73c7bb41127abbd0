"""An app with a schedule of cron's own that NCRONTAB does not have."""

import azure.functions as func

app = func.FunctionApp()


@app.timer_trigger(arg_name="timer", schedule="0 0 0 L * *")
async def on_timer(timer: func.TimerRequest) -> None:
    """Never run."""
