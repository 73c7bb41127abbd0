// Everything that entra-triage runs on, in a resource group of its own. `azd up` deploys it; docs/deployment.md says how.
// What needs rights in the tenant (Graph permissions, the Entra stream, the API's registration) is under entra/.
targetScope = 'subscription'

@minLength(1)
@maxLength(64)
@description('Name of the azd environment; names of resources are made from it.')
param environmentName string

@minLength(1)
@description('Region of every resource. It must offer Flex Consumption.')
@metadata({
  azd: {
    type: 'location'
  }
})
param location string

@description('Resource group to make; empty: rg- and the name of the environment.')
param resourceGroupName string = ''

@description('The app\'s own settings by variable, e.g. { TRIAGE_DELIVERY_MODE: \'shadow\' }. What is missing or blank has the app\'s own default (docs/architecture.md).')
param settings object = {}

@description('Put everything behind private endpoints in a virtual network.')
param vnetEnabled bool = false

@description('Whether the HTTP API answers on the public network. `azd deploy` needs it too, unless it runs inside the network.')
@allowed([
  'Enabled'
  'Disabled'
])
param apiNetworkAccess string = 'Enabled'

@description('Client id of the API\'s app registration (entra/api-registration.bicep). Empty: no Easy Auth, function keys alone.')
param apiClientId string = ''

@description('Client ids that may call the API, separated by commas. Empty: whoever is assigned to the registration.')
param apiCallers string = ''

@description('Model to deploy on Azure OpenAI, e.g. gpt-4.1-mini. Empty: no Azure OpenAI, templates write.')
param openAiModel string = ''

@description('Version of that model.')
param openAiModelVersion string = ''

@description('Where prompts may be processed: DataZoneStandard stays in the data zone, Standard in the region.')
@allowed([
  'Standard'
  'DataZoneStandard'
  'GlobalStandard'
])
param openAiSku string = 'DataZoneStandard'

@minValue(1)
@description('Quota of the model in thousands of tokens a minute.')
param openAiCapacity int = 50

@description('Zone redundant by default; Standard_LRS where the region has no zones.')
@allowed([
  'Standard_LRS'
  'Standard_ZRS'
  'Standard_GZRS'
])
param storageSku string = 'Standard_ZRS'

@allowed([
  512
  2048
  4096
])
@description('Memory of one instance in MB.')
param instanceMemoryMB int = 2048

@minValue(1)
@maxValue(1000)
@description('Most instances; bounds the bill.')
param maximumInstanceCount int = 40

@minValue(0)
@description('Instances of triage_case that are always warm. 0: the first ticket after a quiet hour waits for a cold start.')
param alwaysReadyTriage int = 0

@minValue(1)
@maxValue(20)
@description('Most throughput units that Event Hubs may take by itself.')
param maximumThroughputUnits int = 4

@description('Days that logs are kept.')
param logRetentionDays int = 30

@description('Who is mailed when an alert fires. Empty: alerts show in the portal only.')
param alertEmail string = ''

@description('Alerts that are off, by name, separated by commas (docs/deployment.md).')
param disabledAlerts string = ''

@description('Object id of the person or group who puts secrets into the vault. Empty: nobody is given that role.')
param vaultOfficerId string = ''

@description('Settings whose values are in the vault, separated by commas, e.g. TRIAGE_WEBHOOK_SECRET.')
param vaultSettings string = ''

@description('True to bring back the vault that an earlier `azd down` left soft-deleted.')
param recoverKeyVault bool = false

var resourceToken = toLower(uniqueString(subscription().id, environmentName, location))
var tags = {
  'azd-env-name': environmentName
}
var publicNetworkAccess = vnetEnabled ? 'Disabled' : 'Enabled'
var deployOpenAi = !empty(openAiModel)
var functionAppName = 'func-${resourceToken}'
var openAiName = 'oai-${resourceToken}'

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: empty(resourceGroupName) ? 'rg-${environmentName}' : resourceGroupName
  location: location
  tags: tags
}

module identity 'identity.bicep' = {
  scope: group
  params: {
    name: 'id-${resourceToken}'
    location: location
    tags: tags
  }
}

module monitoring 'monitoring.bicep' = {
  scope: group
  params: {
    workspaceName: 'log-${resourceToken}'
    applicationInsightsName: 'appi-${resourceToken}'
    retentionDays: logRetentionDays
    location: location
    tags: tags
  }
}

module network 'network.bicep' = if (vnetEnabled) {
  scope: group
  params: {
    name: 'vnet-${resourceToken}'
    location: location
    tags: tags
  }
}

module storage 'storage.bicep' = {
  scope: group
  params: {
    name: 'st${resourceToken}'
    sku: storageSku
    publicNetworkAccess: publicNetworkAccess
    location: location
    tags: tags
  }
}

module eventHubs 'event-hubs.bicep' = {
  scope: group
  params: {
    name: 'evhns-${resourceToken}'
    maximumThroughputUnits: maximumThroughputUnits
    publicNetworkAccess: publicNetworkAccess
    workspaceId: monitoring.outputs.workspaceId
    location: location
    tags: tags
  }
}

module keyVault 'key-vault.bicep' = {
  scope: group
  params: {
    name: 'kv-${resourceToken}'
    recover: recoverKeyVault
    publicNetworkAccess: publicNetworkAccess
    workspaceId: monitoring.outputs.workspaceId
    location: location
    tags: tags
  }
}

module openAi 'openai.bicep' = if (deployOpenAi) {
  scope: group
  params: {
    name: openAiName
    model: openAiModel
    modelVersion: openAiModelVersion
    sku: openAiSku
    capacity: openAiCapacity
    publicNetworkAccess: publicNetworkAccess
    location: location
    tags: tags
  }
}

module privateEndpoints 'private-endpoints.bicep' = if (vnetEnabled) {
  scope: group
  params: {
    vnetId: vnetEnabled ? network!.outputs.vnetId : ''
    subnetId: vnetEnabled ? network!.outputs.endpointSubnetId : ''
    storageId: storage.outputs.id
    eventHubsId: eventHubs.outputs.id
    keyVaultId: keyVault.outputs.id
    openAiId: deployOpenAi ? openAi!.outputs.id : ''
    withOpenAi: deployOpenAi
    location: location
    tags: tags
  }
}

module roles 'roles.bicep' = {
  scope: group
  params: {
    principalId: identity.outputs.principalId
    vaultOfficerId: vaultOfficerId
    storageName: storage.outputs.name
    eventHubsName: eventHubs.outputs.name
    riskEventHub: eventHubs.outputs.riskEventHub
    signInEventHub: eventHubs.outputs.signInEventHub
    keyVaultName: keyVault.outputs.name
    applicationInsightsName: monitoring.outputs.applicationInsightsName
    openAiName: deployOpenAi ? openAi!.outputs.name : openAiName
    withOpenAi: deployOpenAi
  }
}

module functionApp 'function-app.bicep' = {
  scope: group
  params: {
    name: functionAppName
    planName: 'plan-${resourceToken}'
    identityId: identity.outputs.id
    storageName: storage.outputs.name
    packageContainer: storage.outputs.packageContainer
    subnetId: vnetEnabled ? network!.outputs.appSubnetId : ''
    publicNetworkAccess: apiNetworkAccess
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyTriage: alwaysReadyTriage
    location: location
    tags: tags
  }
  dependsOn: [
    privateEndpoints
    roles
  ]
}

module appSettings 'app-settings.bicep' = {
  scope: group
  params: {
    functionAppName: functionApp.outputs.name
    settings: settings
    identityClientId: identity.outputs.clientId
    storageName: storage.outputs.name
    eventHubsName: eventHubs.outputs.name
    riskEventHub: eventHubs.outputs.riskEventHub
    signInEventHub: eventHubs.outputs.signInEventHub
    consumerGroup: eventHubs.outputs.consumerGroup
    keyVaultName: keyVault.outputs.name
    vaultSettings: vaultSettings
    applicationInsightsName: monitoring.outputs.applicationInsightsName
    openAiEndpoint: deployOpenAi ? openAi!.outputs.endpoint : ''
    openAiDeployment: deployOpenAi ? openAi!.outputs.deployment : ''
    withEasyAuth: !empty(apiClientId)
  }
}

module easyAuth 'easy-auth.bicep' = if (!empty(apiClientId)) {
  scope: group
  params: {
    functionAppName: functionApp.outputs.name
    clientId: apiClientId
    callers: apiCallers
  }
}

module workbook 'workbook.bicep' = {
  scope: group
  params: {
    workspaceId: monitoring.outputs.workspaceId
    location: location
    tags: tags
  }
}

module alerts 'alerts.bicep' = {
  scope: group
  params: {
    workspaceId: monitoring.outputs.workspaceId
    eventHubsId: eventHubs.outputs.id
    email: alertEmail
    disabledAlerts: disabledAlerts
    location: location
    tags: tags
  }
}

// azd keeps these in its environment; none is a secret.
output AZURE_LOCATION string = location
output AZURE_TENANT_ID string = tenant().tenantId
output AZURE_RESOURCE_GROUP string = group.name
output FUNCTION_APP_NAME string = functionApp.outputs.name
output FUNCTION_APP_URL string = functionApp.outputs.url
output IDENTITY_NAME string = identity.outputs.name
output IDENTITY_PRINCIPAL_ID string = identity.outputs.principalId
output EVENT_HUBS_NAMESPACE string = eventHubs.outputs.name
output RISK_EVENT_HUB string = eventHubs.outputs.riskEventHub
output SIGN_IN_EVENT_HUB string = eventHubs.outputs.signInEventHub
output DIAGNOSTICS_RULE_ID string = eventHubs.outputs.diagnosticsRuleId
output STORAGE_ACCOUNT_NAME string = storage.outputs.name
output KEY_VAULT_NAME string = keyVault.outputs.name
output LOG_WORKSPACE_CUSTOMER_ID string = monitoring.outputs.workspaceCustomerId
