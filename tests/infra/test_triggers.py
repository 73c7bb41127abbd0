"""What the functions bind to is what is deployed: hubs, consumer groups, queues, connections, routes, names."""

from typing import Any

from shared.ingest.readers import reader_of
from shared.state.interface import (
    PROMPT_POISON_QUEUE,
    PROMPT_QUEUE,
    QUEUES,
    TRIAGE_POISON_QUEUE,
    TRIAGE_QUEUE,
)
from tests.infra.bicep import ROOT, body, resources, the, tree, variable

type Bindings = list[dict[str, Any]]


def of_type(bindings: Bindings, kind: str) -> Bindings:
    """Return the bindings of one type."""
    return [one for one in bindings if one["type"] == kind]


def settings() -> dict[str, Any]:
    """Return every setting that is deployed."""
    parts = ("hostSettings", "triggerSettings", "triageSettings")
    return {name: value for part in parts for name, value in variable("app-settings.bicep", part).items()}


def test_hubs_and_consumer_groups_are_settings_that_are_deployed(bindings: Bindings) -> None:
    """Each ``%NAME%`` of an Event Hubs trigger is set to what event-hubs.bicep makes, a hub for each function."""
    triggers = of_type(bindings, "eventHubTrigger")
    hubs = {settings()[one["eventHubName"].strip("%")] for one in triggers}
    assert hubs == {"riskEventHub", "signInEventHub"}
    assert hubs <= set(tree("event-hubs.bicep")["outputs"])
    assert {settings()[one["consumerGroup"].strip("%")] for one in triggers} == {"consumerGroup"}


def test_each_hub_has_one_consumer_group_for_its_function(bindings: Bindings) -> None:
    """Two functions on one group would take each other's partitions."""
    groups = resources("Microsoft.EventHub/namespaces/eventhubs/consumergroups")
    parents = [group["parent"] for group in groups.values()]
    assert sorted(parents) == ["riskEventHub", "signInEventHub"]
    assert len(parents) == len(of_type(bindings, "eventHubTrigger"))
    assert {group["name"] for group in groups.values()} == {"consumerGroupName"}


def test_connections_sign_in_with_the_identity(bindings: Bindings) -> None:
    """Each connection that a trigger names has addresses, the managed identity and its client id, and no value of its own."""
    for connection in {one["connection"] for one in bindings if "connection" in one}:
        mine = {name.split("__")[1]: value for name, value in settings().items() if name.startswith(f"{connection}__")}
        assert connection not in settings()
        assert mine.pop("credential") == "managedidentity"
        assert mine.pop("clientId") == "identityClientId"
        wanted = {"blobServiceUri", "queueServiceUri", "tableServiceUri"}
        assert set(mine) == (wanted if connection == "AzureWebJobsStorage" else {"fullyQualifiedNamespace"})


def test_queues_are_those_that_the_app_names(bindings: Bindings) -> None:
    """The queues that are made are the app's, its triggers' among them, and its poison queue is the host's name for it."""
    made = variable("storage.bicep", "queueNames")
    assert sorted(made) == sorted(QUEUES)
    assert {one["queueName"] for one in of_type(bindings, "queueTrigger")} <= set(made)
    assert (f"{TRIAGE_QUEUE}-poison", f"{PROMPT_QUEUE}-poison") == (TRIAGE_POISON_QUEUE, PROMPT_POISON_QUEUE)


def test_only_anonymous_routes_pass_entra(bindings: Bindings) -> None:
    """Easy Auth lets through without a token what has no key either; not the console's files: its pages came with one."""
    easy_auth = body(tree("easy-auth.bicep")["resources"]["authentication"])["properties"]
    anonymous = {
        f"/api/{b['route']}" for b in of_type(bindings, "httpTrigger") if b["authLevel"].lower() == "anonymous"
    }
    assert easy_auth["globalValidation"]["excludedPaths"] == sorted(anonymous - {"/api/console/files/{name}"})
    assert easy_auth["globalValidation"]["requireAuthentication"] is True
    assert easy_auth["globalValidation"]["unauthenticatedClientAction"] == "Return401"


def test_the_runtime_is_the_one_that_the_tests_run_on() -> None:
    """Python in Azure is the version of .python-version."""
    runtime = the("Microsoft.Web/sites")["properties"]["functionAppConfig"]["runtime"]
    assert runtime == {"name": "python", "version": (ROOT / ".python-version").read_text(encoding="utf-8").strip()}


def test_warm_instances_are_of_a_function_that_exists(bindings: Bindings) -> None:
    """``function:…`` names a function of the app."""
    text = (ROOT / "infra/bicep/function-app.bicep").read_text(encoding="utf-8")
    assert text.count("'function:") == 1
    assert text.split("'function:")[1].split("'")[0] in {one["function"] for one in bindings}


def test_entra_streams_what_the_app_decodes() -> None:
    """The two diagnostic settings together ask for each category that has a reader, and for none that has not."""
    from shared.ingest.readers import _READERS

    risk = variable("entra/diagnostic-settings.bicep", "riskCategories")
    rest = variable("entra/diagnostic-settings.bicep", "signInCategories")
    assert sorted(risk + rest) == sorted(reader.category for reader, _ in _READERS)
    assert all(reader_of(category) for category in risk + rest)
    assert {category for category in risk + rest if "Risk" in category} == set(risk)
