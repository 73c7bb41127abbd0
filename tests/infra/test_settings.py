"""The settings that are deployed are those that the app reads, and azd can set each."""

import re
from typing import Any

import msgspec
import pytest
import yaml

from shared.errors import ConfigurationError
from shared.settings import Settings
from tests.infra.bicep import FOLDER, ROOT, azd_parameters, parameters, texts, variable

FIELDS = {f"TRIAGE_{field.name.upper()}" for field in msgspec.structs.fields(Settings)}
NOT_DEPLOYED = {"TRIAGE_NOW"}
"""A rehearsal's clock has no place in a tenant."""
SECRET = {name for name in FIELDS if re.search(r"_(SECRET|KEY|PASSWORD|TOKEN|CONNECTION)$|^TRIAGE_TEAMS_URL$", name)}
"""They come from the vault alone. The address of a Teams workflow has its signature in it."""


def deployed() -> dict[str, Any]:
    """Return the app's own settings as Bicep has them."""
    return variable("app-settings.bicep", "triageSettings")


def test_bicep_has_each_setting_of_the_app() -> None:
    """A setting can't be added, renamed or removed in shared/settings.py and forgotten here."""
    assert set(deployed()) == FIELDS - NOT_DEPLOYED


def test_the_settings_table_has_the_same() -> None:
    """docs/architecture.md, Bicep and Settings name the same variables."""
    document = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(TRIAGE_\w+)`", document, re.MULTILINE)) == set(deployed()) | NOT_DEPLOYED


def test_azd_sets_each_setting_by_its_own_name() -> None:
    """``azd env set TRIAGE_X …`` reaches the app; unset it is blank, so that the app's own default holds."""
    given = azd_parameters()["settings"]
    assert set(given) == FIELDS - NOT_DEPLOYED - SECRET
    assert {name: value for name, value in given.items() if value != f"${{{name}}}"} == {}
    read = set(re.findall(r"settings\.\?(\w+)", (FOLDER / "app-settings.bicep").read_text(encoding="utf-8")))
    assert read == set(given)


def test_blank_settings_are_the_defaults() -> None:
    """What an untouched deployment sets, the app takes as if nothing were set."""
    assert Settings.from_env(dict.fromkeys(FIELDS, "")) == Settings()


def test_secrets_come_from_the_vault_or_are_blank() -> None:
    """A secret is a reference to the vault's secret of the same name if it is said to be there, else blank."""
    assert len(SECRET) > 1
    reference = "@Microsoft.KeyVault(VaultName=${keyVaultName};SecretName="
    assert variable("app-settings.bicep", "reference") == reference
    for name in SECRET:
        hyphened = name.lower().replace("_", "-")
        wanted = ["conditional", "contains", "inVault", name, f"${{reference}}{hyphened})", ""]
        assert sorted(texts(deployed()[name])) == sorted(wanted)
    assert {name for name, value in deployed().items() if "inVault" in texts(value)} == SECRET


def test_azd_passes_parameters_that_exist() -> None:
    """Each value of main.parameters.json is a parameter of main.bicep; those without a default are all there."""
    declared = parameters("main.bicep")
    assert set(azd_parameters()) <= set(declared)
    assert {name for name, one in declared.items() if one["default"] is None} <= set(azd_parameters())


def as_text(default: object) -> str:
    """Return a parameter's default as azd's file has it: blank for an empty text, lower case for truth."""
    return str(default).lower() if isinstance(default, bool) else "" if default is None else str(default)


def test_azd_falls_back_to_the_defaults_of_bicep() -> None:
    """``${VARIABLE=default}`` has the same default as the parameter."""
    declared = parameters("main.bicep")
    for name, given in azd_parameters().items():
        if name == "settings":
            continue
        variable_name, _, default = given.removeprefix("${").removesuffix("}").partition("=")
        assert re.fullmatch(r"[A-Z_]+", variable_name)
        assert default == as_text(declared[name]["default"]), name


def test_azure_yaml_leads_to_the_template_and_the_app() -> None:
    """Azd finds main.bicep, its parameters, and the function app by the name of the service."""
    azure = yaml.safe_load((ROOT / "azure.yaml").read_text(encoding="utf-8"))
    folder = ROOT / azure["infra"]["path"]
    assert (folder / f"{azure['infra']['module']}.bicep").is_file()
    assert (folder / f"{azure['infra']['module']}.parameters.json").is_file()
    ((service, what),) = azure["services"].items()
    assert what["host"] == "function"
    assert (ROOT / what["project"] / "host.json").is_file()
    assert f"'azd-service-name': '{service}'" in (FOLDER / "function-app.bicep").read_text(encoding="utf-8")


@pytest.mark.parametrize("variable_name", ["WEBSITE_INSTANCE_ID", "WEBSITE_POD_NAME", "WEBSITE_SITE_NAME"])
def test_embedded_state_is_refused_in_azure(variable_name: str) -> None:
    """An instance's disk is its own: two instances would make two tickets, and a restart forgets both."""
    with pytest.raises(ConfigurationError) as refused:
        Settings.from_env({variable_name: "abc"})
    assert "TRIAGE_STATE_STORE=azure" in refused.value.hint
    assert Settings.from_env({variable_name: "abc", "TRIAGE_STATE_STORE": "azure"}).state_store == "azure"
    assert Settings.from_env({variable_name: ""}).state_store == "sqlite"
