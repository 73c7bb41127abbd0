"""The Azure Functions app: registers the blueprints, and says where telemetry goes; nothing else."""

import azure.functions as func

from functions import (
    answer_prompt,
    answer_queued_prompt,
    erase_identity,
    exporting,
    ingest_risk_events,
    ingest_sign_ins,
    keep_house,
    park_failed_triage,
    poll_risky_users,
    refuse_methods,
    serve_api_document,
    serve_campaigns,
    serve_capabilities,
    serve_connector,
    serve_console,
    serve_parked,
    serve_promptbooks,
    serve_reports,
    serve_tenants,
    take_console_forms,
    take_feedback,
    triage_case,
    triage_identity,
)

exporting.switch_on()
app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)

for blueprint in (
    ingest_risk_events.bp,
    ingest_sign_ins.bp,
    triage_case.bp,
    park_failed_triage.bp,
    answer_prompt.bp,
    answer_queued_prompt.bp,
    serve_connector.bp,
    serve_promptbooks.bp,
    serve_capabilities.bp,
    triage_identity.bp,
    serve_reports.bp,
    serve_campaigns.bp,
    serve_parked.bp,
    serve_tenants.bp,
    take_feedback.bp,
    erase_identity.bp,
    serve_console.bp,
    take_console_forms.bp,
    serve_api_document.bp,
    refuse_methods.bp,
    keep_house.bp,
    poll_risky_users.bp,
):
    app.register_functions(blueprint)
