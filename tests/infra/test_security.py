"""No keys, no secrets, no way round the identity; every role is on one page at the narrowest scope."""

import re
from typing import Any

import pytest

from tests.infra.bicep import FOLDER, body, code, names, resources, texts, the, tree, variable

# https://learn.microsoft.com/azure/role-based-access-control/built-in-roles, read 2026-11
BUILT_IN = {
    "a638d3c7-ab3a-418d-83e6-5f17a39d4fde": "Azure Event Hubs Data Receiver",
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
    "974c5e8b-45b9-4653-ba55-5f855dd0fb88": "Storage Queue Data Contributor",
    "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": "Storage Table Data Contributor",
    "4633458b-17de-408a-874b-0445c86b69e6": "Key Vault Secrets User",
    "b86a8fe4-44ce-4948-aee5-eccb2c155cd7": "Key Vault Secrets Officer",
    "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
    "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd": "Cognitive Services OpenAI User",
}
GRANTS = {
    ("principalId", "eventHubsDataReceiver", "riskHub"),
    ("principalId", "eventHubsDataReceiver", "signInHub"),
    ("principalId", "storageBlobDataOwner", "storage"),
    ("principalId", "storageQueueDataContributor", "storage"),
    ("principalId", "storageTableDataContributor", "storage"),
    ("principalId", "keyVaultSecretsUser", "vault"),
    ("principalId", "monitoringMetricsPublisher", "applicationInsights"),
    ("principalId", "cognitiveServicesOpenAiUser", "openAi"),
    ("vaultOfficerId", "keyVaultSecretsOfficer", "vault"),
}
"""Who, what, where. A new line here is a decision about security."""
REACHABLE = (
    "Microsoft.Storage/storageAccounts",
    "Microsoft.EventHub/namespaces",
    "Microsoft.EventHub/namespaces/networkRuleSets",
    "Microsoft.KeyVault/vaults",
    "Microsoft.CognitiveServices/accounts",
    "Microsoft.Web/sites",
)
"""What has a door to the public network."""


def role_of(grant: dict[str, Any]) -> str:
    """Return the name under which a role assignment's role stands in ``roles``."""
    (name,) = set(texts(grant["properties"]["roleDefinitionId"])) & set(variable("roles.bicep", "roles"))
    return name


def test_every_role_assignment_is_on_the_one_page() -> None:
    """Nothing outside roles.bicep grants a role in Azure."""
    grants = resources("Microsoft.Authorization/roleAssignments")
    assert {where.split(":")[0] for where in grants} == {"roles.bicep"}


def test_roles_are_exactly_those_agreed() -> None:
    """Each grant has its principal, role and scope, and its name is made of these three, so that it is granted once."""
    grants = resources("Microsoft.Authorization/roleAssignments")
    found = [(grant["properties"]["principalId"], role_of(grant), grant["scope"]) for grant in grants.values()]
    assert sorted(found) == sorted(GRANTS)
    for grant in grants.values():
        assert {grant["scope"], grant["properties"]["principalId"], role_of(grant)} <= set(texts(grant["name"]))


def test_scopes_are_single_resources() -> None:
    """A scope is a resource that exists, never a group or a subscription; hubs are granted one by one."""
    scopes = {grant["scope"] for grant in resources("Microsoft.Authorization/roleAssignments").values()}
    known = {where.split(":")[1] for where in resources(existing=True) if where.startswith("roles.bicep")}
    assert scopes <= known
    hubs = resources("Microsoft.EventHub/namespaces/eventhubs", existing=True)
    assert {"roles.bicep:riskHub", "roles.bicep:signInHub"} <= set(hubs)
    assert "resourceGroup()" not in code("roles.bicep")


def test_roles_are_built_in_and_named() -> None:
    """Each id stands under a comment with the name that Azure has for it, and each is granted."""
    text = (FOLDER / "roles.bicep").read_text(encoding="utf-8")
    named = dict(re.findall(r"// (.+)\n  (\w+): '[0-9a-f-]{36}'", text))
    by_symbol = {symbol: name for name, symbol in named.items()}
    roles = variable("roles.bicep", "roles")
    assert {by_symbol[symbol]: role_id for symbol, role_id in roles.items()} == {n: i for i, n in BUILT_IN.items()}
    assert {role for _, role, _ in GRANTS} == set(roles)


def test_each_grant_says_why() -> None:
    """A comment stands above each role assignment."""
    text = (FOLDER / "roles.bicep").read_text(encoding="utf-8")
    assert text.count("roleAssignments@") == len(
        re.findall(r"^// .+\nresource \w+ 'Microsoft\.Authorization/", text, re.MULTILINE)
    )


@pytest.mark.parametrize("name", names())
def test_no_keys_are_read_and_none_is_written_down(name: str) -> None:
    """No template asks Azure for a key, and no text looks like one."""
    assert (
        re.findall(r"\blist[A-Z]?\w*\(|SharedAccess|AccountKey|(?i:(password|secret|key)\s*[:=]\s*'[^'])", code(name))
        == []
    )
    assert re.findall(r"@secure\(\)", code(name)) == [], "secrets go into the vault by hand"


@pytest.mark.parametrize("name", names())
def test_no_parameter_is_called_a_secret(name: str) -> None:
    """Bicep's linter takes such a name for a secret that is not secure, and bicepconfig.json makes that an error."""
    assert [
        one for one in tree(name).get("parameters", {}) if re.search(r"(?i)password|pwd|secret|acc(oun)?tkey", one)
    ] == []


def test_keys_are_switched_off() -> None:
    """Storage, Application Insights, the workspace and Azure OpenAI refuse keys; only Entra's own way in has any."""
    assert the("Microsoft.Storage/storageAccounts")["properties"]["allowSharedKeyAccess"] is False
    assert the("Microsoft.Insights/components")["properties"]["DisableLocalAuth"] is True
    assert the("Microsoft.OperationalInsights/workspaces")["properties"]["features"]["disableLocalAuth"] is True
    assert the("Microsoft.CognitiveServices/accounts")["properties"]["disableLocalAuth"] is True
    assert the("Microsoft.EventHub/namespaces")["properties"]["disableLocalAuth"] is False
    (rule,) = resources("Microsoft.EventHub/namespaces/authorizationRules")
    assert rule == "event-hubs.bicep:diagnosticsRule"
    policies = resources("Microsoft.Web/sites/basicPublishingCredentialsPolicies").values()
    assert {policy["name"]: policy["properties"]["allow"] for policy in policies} == {"ftp": False, "scm": False}


def test_tls_is_1_2_or_newer() -> None:
    """What can be told the oldest TLS is told, and nothing answers plain HTTP."""
    storage = the("Microsoft.Storage/storageAccounts")["properties"]
    assert (storage["minimumTlsVersion"], storage["supportsHttpsTrafficOnly"]) == ("TLS1_2", True)
    assert the("Microsoft.EventHub/namespaces")["properties"]["minimumTlsVersion"] == "1.2"
    site = the("Microsoft.Web/sites")["properties"]
    assert site["httpsOnly"] is True
    assert {key: site["siteConfig"][key] for key in ("minTlsVersion", "scmMinTlsVersion", "ftpsState")} == {
        "minTlsVersion": "1.2",
        "scmMinTlsVersion": "1.2",
        "ftpsState": "Disabled",
    }


def test_public_access_is_a_parameter_everywhere() -> None:
    """Each door to the public network is shut by one parameter, and a shut door denies by default."""
    doors = [the(kind) for kind in REACHABLE]
    everywhere = [one for one in resources().values() if "publicNetworkAccess" in one.get("properties", {})]
    assert len(everywhere) == len(doors)
    assert {door["properties"]["publicNetworkAccess"] for door in doors} == {"publicNetworkAccess"}
    for door in doors:
        acls = door["properties"].get("networkAcls", door["properties"])
        assert {"Disabled", "Deny"} <= set(texts(acls.get("defaultAction", ["Disabled", "Deny"])))
    given = {
        name: body(module)["params"]["publicNetworkAccess"]
        for name, module in tree("main.bicep")["modules"].items()
        if "publicNetworkAccess" in body(module)["params"]
    }
    assert given.pop("functionApp") == "apiNetworkAccess"
    assert set(given.values()) == {"publicNetworkAccess"}
    assert list(texts(variable("main.bicep", "publicNetworkAccess"))) == [
        "conditional",
        "vnetEnabled",
        "Disabled",
        "Enabled",
    ]


def test_everything_private_has_an_endpoint() -> None:
    """What shuts its door in a virtual network is reachable inside it: storage thrice, hubs, vault, model."""
    endpoints = variable("private-endpoints.bicep", "always") + variable("private-endpoints.bicep", "forModel")
    assert {(e["serviceId"], e["group"]) for e in endpoints} == {
        ("storageId", "blob"),
        ("storageId", "queue"),
        ("storageId", "table"),
        ("eventHubsId", "namespace"),
        ("keyVaultId", "vault"),
        ("openAiId", "account"),
    }
    assert the("Microsoft.EventHub/namespaces/networkRuleSets")["properties"]["trustedServiceAccessEnabled"] is True


@pytest.mark.parametrize("name", names())
def test_outputs_hold_no_secrets(name: str) -> None:
    """An output is a name, an id or an address: deployments keep outputs in the clear."""
    for output, what in tree(name).get("outputs", {}).items():
        said = f"{output} {' '.join(texts(what['value']))}"
        assert not re.search(r"(?i)connection_?string|instrumentation|secret|password|\bkeys?\b|sas\b", said), output


def test_the_vault_and_blobs_can_be_brought_back() -> None:
    """Soft delete and purge protection are on; containers are not public."""
    vault = the("Microsoft.KeyVault/vaults")["properties"]
    assert (vault["enableRbacAuthorization"], vault["enablePurgeProtection"], vault["enableSoftDelete"]) == (
        True,
        True,
        True,
    )
    assert the("Microsoft.Storage/storageAccounts/blobServices/containers")["properties"]["publicAccess"] == "None"
    assert the("Microsoft.Storage/storageAccounts")["properties"]["allowBlobPublicAccess"] is False
