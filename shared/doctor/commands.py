"""The exact commands that mend something, as docs/deployment.md has them."""

GRAPH_APP = "00000003-0000-0000-c000-000000000000"
"""Application id of Microsoft Graph, the same in every tenant."""
ALL_PERMISSIONS = (
    'az deployment group create -g "$AZURE_RESOURCE_GROUP" -f infra/bicep/entra/graph-permissions.bicep '
    '-p principalId="$IDENTITY_PRINCIPAL_ID"'
)
"""Grants everything that the app can use."""
SUBSCRIPTIONS = "az rest --url https://graph.microsoft.com/v1.0/subscribedSkus --query value[].skuPartNumber"


def grant(permission: str) -> str:
    """Return the command that grants one permission to the app's identity."""
    body = r'"{\"principalId\":\"$IDENTITY_PRINCIPAL_ID\",\"resourceId\":\"$graph\",\"appRoleId\":\"$role\"}"'
    return (
        f"graph=$(az ad sp show --id {GRAPH_APP} --query id -o tsv); "
        f"role=$(az ad sp show --id {GRAPH_APP} --query \"appRoles[?value=='{permission}'].id | [0]\" -o tsv); "
        "az rest --method post --url "
        f'"https://graph.microsoft.com/v1.0/servicePrincipals/$IDENTITY_PRINCIPAL_ID/appRoleAssignments" --body {body}'
    )


def take_away(permission: str) -> str:
    """Return the command that takes one permission from the app's identity."""
    url = "https://graph.microsoft.com/v1.0/servicePrincipals/$IDENTITY_PRINCIPAL_ID/appRoleAssignments"
    return (
        f"role=$(az ad sp show --id {GRAPH_APP} --query \"appRoles[?value=='{permission}'].id | [0]\" -o tsv); "
        f'grant=$(az rest --url "{url}" --query "value[?appRoleId==\'$role\'].id | [0]" -o tsv); '
        f'az rest --method delete --url "{url}/$grant"'
    )
