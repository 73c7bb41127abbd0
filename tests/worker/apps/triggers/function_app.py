"""A sample app with every trigger that the embedded host knows, from blueprints."""

import azure.functions as func
from background import bp as background
from web import bp as web

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
app.register_functions(background)
app.register_functions(web)
