// Microsoft Sentinel incident: each account is triaged, the report becomes a comment, the worst severity the incident's.
// The workflow itself is sentinel-incident.json. No secret is deployed: it reads the function key from the vault.
@description('Name of the playbook.')
param workflowName string = 'entra-triage-sentinel-incident'

@description('Address of the app: FUNCTION_APP_URL of `azd env get-values`, without a slash at its end.')
param appUrl string

@description('Address of the vault\'s secret with a function key, without a version.')
param keySecretUri string

@description('API_CLIENT_ID where Entra stands in front of the API; empty: a key alone.')
param apiClientId string = ''

@description('Id of the tenant that it is about, where the app serves several (docs/tenants.md); empty: the key says it, or there is one alone.')
param triageTenantId string = ''

param location string = resourceGroup().location

var authentication = '"authentication": {"type": "ManagedServiceIdentity", "audience": "API_CLIENT_ID"},'
var tenantHeader = '"x-triage-tenant": "TENANT_ID",'
var text = loadTextContent('sentinel-incident.json')
var ofTenant = empty(triageTenantId) ? replace(text, tenantHeader, '') : replace(text, 'TENANT_ID', triageTenantId)

resource sentinel 'Microsoft.Web/connections@2016-06-01' = {
  name: '${workflowName}-azuresentinel'
  location: location
  properties: {
    displayName: workflowName
    parameterValueType: 'Alternative'
    api: {
      id: subscriptionResourceId('Microsoft.Web/locations/managedApis', location, 'azuresentinel')
    }
  }
}

resource playbook 'Microsoft.Logic/workflows@2019-05-01' = {
  name: workflowName
  location: location
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    state: 'Enabled'
    definition: json(empty(apiClientId) ? replace(ofTenant, authentication, '') : replace(ofTenant, 'API_CLIENT_ID', apiClientId))
    parameters: {
      '$connections': {
        value: {
          azuresentinel: {
            id: subscriptionResourceId('Microsoft.Web/locations/managedApis', location, 'azuresentinel')
            connectionId: sentinel.id
            connectionName: sentinel.name
            connectionProperties: {
              authentication: {
                type: 'ManagedServiceIdentity'
              }
            }
          }
        }
      }
      appUrl: {
        value: appUrl
      }
      keySecretUri: {
        value: keySecretUri
      }
    }
  }
}

output principalId string = playbook.identity.principalId
