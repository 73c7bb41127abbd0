// A ticket about a risky user: a card in Teams asks, a person decides, the playbook's own identity tells Entra.
// The workflow itself is risky-user-card.json. No secret is deployed: it reads the function key from the vault.
@description('Name of the playbook.')
param workflowName string = 'entra-triage-risky-user-card'

@description('Address of the app: FUNCTION_APP_URL of `azd env get-values`, without a slash at its end.')
param appUrl string

@description('Address under which people reach reports: TRIAGE_PUBLIC_URL.')
param publicUrl string = appUrl

@description('Address of the vault\'s secret with a function key, without a version.')
param keySecretUri string

@description('API_CLIENT_ID where Entra stands in front of the API; empty: a key alone.')
param apiClientId string = ''

@description('Id of the tenant that it is about, where the app serves several (docs/tenants.md); empty: the key says it, or there is one alone.')
param triageTenantId string = ''

@description('Name of the Service Bus namespace, without its domain.')
param serviceBusNamespace string

@description('Name of the queue with tickets; without sessions, and read by this playbook alone.')
param queueName string

@description('Id of the team (group) in Teams.')
param teamId string

@description('Id of the channel. Whoever may post there may decide.')
param channelId string

param location string = resourceGroup().location

var authentication = '"authentication": {"type": "ManagedServiceIdentity", "audience": "API_CLIENT_ID"},'
var tenantHeader = '"x-triage-tenant": "TENANT_ID",'
var text = loadTextContent('risky-user-card.json')
var ofTenant = empty(triageTenantId) ? replace(text, tenantHeader, '') : replace(text, 'TENANT_ID', triageTenantId)

resource teams 'Microsoft.Web/connections@2016-06-01' = {
  name: '${workflowName}-teams'
  location: location
  properties: {
    displayName: workflowName
    api: {
      id: subscriptionResourceId('Microsoft.Web/locations/managedApis', location, 'teams')
    }
  }
}

resource serviceBus 'Microsoft.Web/connections@2016-06-01' = {
  name: '${workflowName}-servicebus'
  location: location
  properties: {
    displayName: workflowName
    parameterValueSet: {
      name: 'managedIdentityAuth'
      values: {
        namespaceEndpoint: {
          value: 'sb://${serviceBusNamespace}.servicebus.windows.net/'
        }
      }
    }
    api: {
      id: subscriptionResourceId('Microsoft.Web/locations/managedApis', location, 'servicebus')
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
          teams: {
            id: subscriptionResourceId('Microsoft.Web/locations/managedApis', location, 'teams')
            connectionId: teams.id
            connectionName: teams.name
          }
          servicebus: {
            id: subscriptionResourceId('Microsoft.Web/locations/managedApis', location, 'servicebus')
            connectionId: serviceBus.id
            connectionName: serviceBus.name
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
      publicUrl: {
        value: publicUrl
      }
      keySecretUri: {
        value: keySecretUri
      }
      queueName: {
        value: queueName
      }
      teamId: {
        value: teamId
      }
      channelId: {
        value: channelId
      }
    }
  }
}

output principalId string = playbook.identity.principalId
