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

param location string = resourceGroup().location

var authentication = '"authentication": {"type": "ManagedServiceIdentity", "audience": "API_CLIENT_ID"},'
var text = loadTextContent('sentinel-incident.json')

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
    definition: json(empty(apiClientId) ? replace(text, authentication, '') : replace(text, 'API_CLIENT_ID', apiClientId))
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
