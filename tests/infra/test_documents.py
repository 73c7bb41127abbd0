"""docs/deployment.md says what the template says."""

import re

import msgspec

from tests.infra.bicep import FOLDER, ROOT, azd_parameters, tree, variable

DOCUMENT = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """Return the text under a heading of the second level."""
    return DOCUMENT.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_every_option_of_azd_is_in_the_table_with_its_default() -> None:
    """Each variable of main.parameters.json that is no setting of the app has its row."""
    rows = {
        name: default
        for names, default in re.findall(r"^\| (`[A-Z_`, ]+`) \| (.*?) \|", section("Options"), re.MULTILINE)
        for name in re.findall(r"[A-Z_]+", names)
    }
    wanted = {
        given.strip("${}").partition("=")[0]: given.strip("${}").partition("=")[2]
        for name, given in azd_parameters().items()
        if name != "settings"
    }
    for asked_by_azd in ("AZURE_ENV_NAME", "AZURE_LOCATION"):
        wanted.pop(asked_by_azd)
    assert set(rows) == set(wanted)
    assert {name: rows[name].strip("`") for name, default in wanted.items() if default} == {
        n: d for n, d in wanted.items() if d
    }


def test_variables_of_the_commands_are_outputs_or_options() -> None:
    """A command uses only what azd keeps, or what a line above it has set."""
    commands = "\n".join(re.findall(r"^```text\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL))
    used = set(re.findall(r"\$([A-Z][A-Z_]+)", commands))
    known = set(tree("main.bicep")["outputs"]) | {"AZURE_ENV_NAME", "API_CLIENT_ID"}
    assert len(used) > 8
    assert used <= known


def test_az_rest_sends_what_bicep_would() -> None:
    """The two bodies have the hubs and categories of entra/diagnostic-settings.bicep, under its names."""
    bodies = [
        msgspec.json.decode(block)["properties"]
        for block in re.findall(r"^```json\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
    ]
    name = "entra/diagnostic-settings.bicep"
    wanted = [
        (variable("event-hubs.bicep", "riskEventHubName"), variable(name, "riskCategories")),
        (variable("event-hubs.bicep", "signInEventHubName"), variable(name, "signInCategories")),
    ]
    assert [(b["eventHubName"], [log["category"] for log in b["logs"] if log["enabled"]]) for b in bodies] == wanted
    defaults = tree(name)["parameters"]
    assert [defaults["riskEventHub"]["default"], defaults["signInEventHub"]["default"]] == [hub for hub, _ in wanted]
    for resource in tree(name)["resources"].values():
        assert f"$settings/{resource['config']['name']}?api-version={resource['api_version']}" in DOCUMENT


def test_files_and_secrets_are_named_as_they_are() -> None:
    """Each file of the template is in the table, each command sets a secret that a setting refers to."""
    table = section("What is deployed")
    for path in FOLDER.glob("*.bicep"):
        assert f"`{path.name}`" in table, path.name
    for path in re.findall(r"infra/bicep/[\w/-]+\.bicep", DOCUMENT):
        assert (ROOT / path).is_file(), path
    secrets = re.findall(r"\$\{reference\}([a-z-]+)", (FOLDER / "app-settings.bicep").read_text(encoding="utf-8"))
    used = re.findall(r"keyvault secret set .*--name ([a-z-]+)", DOCUMENT)
    assert used
    assert set(used) <= set(secrets)


def test_roles_in_the_document_are_those_of_the_page() -> None:
    """The table of roles in Azure has each role of roles.bicep by its name."""
    named = re.findall(r"// (.+)\n  \w+: '[0-9a-f-]{36}'", (FOLDER / "roles.bicep").read_text(encoding="utf-8"))
    assert [name for name in named if name not in section("Permissions")] == []


def test_the_document_says_that_nothing_was_deployed() -> None:
    """It is plain what was not done."""
    assert "was not deployed" in DOCUMENT
    assert "az bicep build --file infra/bicep/main.bicep" in DOCUMENT
