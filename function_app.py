"""The Azure Functions app: registers the blueprints, nothing else."""

import azure.functions as func

from functions import (
    ingest_risk_events,
    ingest_sign_ins,
    keep_house,
    park_failed_triage,
    serve_parked,
    serve_reports,
    take_feedback,
    triage_case,
)

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)

for blueprint in (
    ingest_risk_events.bp,
    ingest_sign_ins.bp,
    triage_case.bp,
    park_failed_triage.bp,
    serve_reports.bp,
    serve_parked.bp,
    take_feedback.bp,
    keep_house.bp,
):
    app.register_functions(blueprint)
