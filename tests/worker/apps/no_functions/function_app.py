"""An app that forgot to register its blueprint."""

import azure.functions as func

app = func.FunctionApp()
