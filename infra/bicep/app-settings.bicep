// Every setting of the app. No value here is a secret: connections are addresses, secrets are references to the vault.
param functionAppName string
param settings object
param identityClientId string
param storageName string
param eventHubsName string
param riskEventHub string
param signInEventHub string
param consumerGroup string
param keyVaultName string
param vaultSettings string
param applicationInsightsName string
param openAiEndpoint string
param openAiDeployment string
param withEasyAuth bool

// A setting that is in the vault is a reference to the secret of its own name, with hyphens. The others stay blank: a
// reference to a secret that is not there would reach the app as if it were the value.
var inVault = split(replace(vaultSettings, ' ', ''), ',')
var reference = '@Microsoft.KeyVault(VaultName=${keyVaultName};SecretName='
var eventHubsHost = '${eventHubsName}.servicebus.windows.net'
var withOpenAi = !empty(openAiEndpoint)
var tenantId = settings.?TRIAGE_TENANT_ID ?? ''
var stateStore = settings.?TRIAGE_STATE_STORE ?? ''

// The app's own settings, each of shared/settings.py but TRIAGE_NOW, which is for rehearsals. Blank: the app's default.
var triageSettings = {
  TRIAGE_STATE_STORE: empty(stateStore) ? 'azure' : stateStore
  TRIAGE_STATE_PATH: settings.?TRIAGE_STATE_PATH ?? ''
  TRIAGE_TENANT_ID: empty(tenantId) ? tenant().tenantId : tenantId
  TRIAGE_TENANTS_PATH: settings.?TRIAGE_TENANTS_PATH ?? ''
  TRIAGE_EASY_AUTH: withEasyAuth ? 'true' : settings.?TRIAGE_EASY_AUTH ?? ''
  TRIAGE_GRAPH_SHARE: settings.?TRIAGE_GRAPH_SHARE ?? ''
  TRIAGE_GRAPH_URL: settings.?TRIAGE_GRAPH_URL ?? ''
  TRIAGE_GRAPH_TIMEOUT_SECONDS: settings.?TRIAGE_GRAPH_TIMEOUT_SECONDS ?? ''
  TRIAGE_POLL_RISK: settings.?TRIAGE_POLL_RISK ?? ''
  TRIAGE_POLICY_PATH: settings.?TRIAGE_POLICY_PATH ?? ''
  TRIAGE_HISTORY_DAYS: settings.?TRIAGE_HISTORY_DAYS ?? ''
  TRIAGE_PROMPT_TIMEOUT_SECONDS: settings.?TRIAGE_PROMPT_TIMEOUT_SECONDS ?? ''
  TRIAGE_SESSION_IDLE_HOURS: settings.?TRIAGE_SESSION_IDLE_HOURS ?? ''
  TRIAGE_PROMPT_KEEP_DAYS: settings.?TRIAGE_PROMPT_KEEP_DAYS ?? ''
  TRIAGE_KEEP_DAYS: settings.?TRIAGE_KEEP_DAYS ?? ''
  TRIAGE_UPDATE_DELAY_SECONDS: settings.?TRIAGE_UPDATE_DELAY_SECONDS ?? ''
  TRIAGE_LEASE_SECONDS: settings.?TRIAGE_LEASE_SECONDS ?? ''
  TRIAGE_DELIVERY_MODE: settings.?TRIAGE_DELIVERY_MODE ?? ''
  TRIAGE_DESTINATIONS: settings.?TRIAGE_DESTINATIONS ?? ''
  TRIAGE_PRIVATE_HOSTS: settings.?TRIAGE_PRIVATE_HOSTS ?? ''
  TRIAGE_WEBHOOK_URL: settings.?TRIAGE_WEBHOOK_URL ?? ''
  TRIAGE_WEBHOOK_SECRET: contains(inVault, 'TRIAGE_WEBHOOK_SECRET') ? '${reference}triage-webhook-secret)' : ''
  TRIAGE_SERVICE_BUS_URL: settings.?TRIAGE_SERVICE_BUS_URL ?? ''
  TRIAGE_EVENT_HUB_NAMESPACE: settings.?TRIAGE_EVENT_HUB_NAMESPACE ?? ''
  TRIAGE_EVENT_HUB_NAME: settings.?TRIAGE_EVENT_HUB_NAME ?? ''
  TRIAGE_EVENT_HUB_CONNECTION: contains(inVault, 'TRIAGE_EVENT_HUB_CONNECTION') ? '${reference}triage-event-hub-connection)' : ''
  TRIAGE_SERVICENOW_URL: settings.?TRIAGE_SERVICENOW_URL ?? ''
  TRIAGE_SERVICENOW_USER: settings.?TRIAGE_SERVICENOW_USER ?? ''
  TRIAGE_SERVICENOW_PASSWORD: contains(inVault, 'TRIAGE_SERVICENOW_PASSWORD') ? '${reference}triage-servicenow-password)' : ''
  TRIAGE_SERVICENOW_API_KEY: contains(inVault, 'TRIAGE_SERVICENOW_API_KEY') ? '${reference}triage-servicenow-api-key)' : ''
  TRIAGE_SERVICENOW_ASSIGNMENT_GROUP: settings.?TRIAGE_SERVICENOW_ASSIGNMENT_GROUP ?? ''
  TRIAGE_SERVICENOW_CALLER: settings.?TRIAGE_SERVICENOW_CALLER ?? ''
  TRIAGE_SERVICENOW_CLOSE_CODE: settings.?TRIAGE_SERVICENOW_CLOSE_CODE ?? ''
  TRIAGE_JIRA_URL: settings.?TRIAGE_JIRA_URL ?? ''
  TRIAGE_JIRA_USER: settings.?TRIAGE_JIRA_USER ?? ''
  TRIAGE_JIRA_TOKEN: contains(inVault, 'TRIAGE_JIRA_TOKEN') ? '${reference}triage-jira-token)' : ''
  TRIAGE_JIRA_PROJECT: settings.?TRIAGE_JIRA_PROJECT ?? ''
  TRIAGE_JIRA_ISSUE_TYPE: settings.?TRIAGE_JIRA_ISSUE_TYPE ?? ''
  TRIAGE_JIRA_PRIORITIES: settings.?TRIAGE_JIRA_PRIORITIES ?? ''
  TRIAGE_JIRA_CLOSED_STATUS: settings.?TRIAGE_JIRA_CLOSED_STATUS ?? ''
  TRIAGE_JIRA_OPEN_STATUS: settings.?TRIAGE_JIRA_OPEN_STATUS ?? ''
  TRIAGE_SENTINEL_WORKSPACE: settings.?TRIAGE_SENTINEL_WORKSPACE ?? ''
  TRIAGE_ARM_URL: settings.?TRIAGE_ARM_URL ?? ''
  TRIAGE_SLACK_CHANNEL: settings.?TRIAGE_SLACK_CHANNEL ?? ''
  TRIAGE_SLACK_TOKEN: contains(inVault, 'TRIAGE_SLACK_TOKEN') ? '${reference}triage-slack-token)' : ''
  TRIAGE_SLACK_URL: settings.?TRIAGE_SLACK_URL ?? ''
  TRIAGE_TEAMS_URL: contains(inVault, 'TRIAGE_TEAMS_URL') ? '${reference}triage-teams-url)' : ''
  TRIAGE_PUBLIC_URL: settings.?TRIAGE_PUBLIC_URL ?? ''
  TRIAGE_MODEL_PROVIDER: withOpenAi ? 'azure' : settings.?TRIAGE_MODEL_PROVIDER ?? ''
  TRIAGE_MODEL: withOpenAi ? openAiDeployment : settings.?TRIAGE_MODEL ?? ''
  TRIAGE_MODEL_URL: withOpenAi ? openAiEndpoint : settings.?TRIAGE_MODEL_URL ?? ''
  TRIAGE_MODEL_API_KEY: contains(inVault, 'TRIAGE_MODEL_API_KEY') ? '${reference}triage-model-api-key)' : ''
  TRIAGE_MODEL_INPUT_PRICE: settings.?TRIAGE_MODEL_INPUT_PRICE ?? ''
  TRIAGE_MODEL_OUTPUT_PRICE: settings.?TRIAGE_MODEL_OUTPUT_PRICE ?? ''
  TRIAGE_MODEL_TIMEOUT_SECONDS: settings.?TRIAGE_MODEL_TIMEOUT_SECONDS ?? ''
}

// Secrets of several tenants (docs/tenants.md): each is in the vault under the name that the file of tenants gives it.
var vaultEntries = [for name in inVault: '"${name}":"${reference}${toLower(replace(name, '_', '-'))})"']
var tenantSecrets = empty(vaultSettings) ? {} : json('{${join(vaultEntries, ',')}}')

// What the triggers of functions/ name: hubs, consumer group, and connections that sign in with the identity.
var triggerSettings = {
  TRIAGE_RISK_EVENT_HUB: riskEventHub
  TRIAGE_SIGN_IN_EVENT_HUB: signInEventHub
  TRIAGE_CONSUMER_GROUP: consumerGroup
  RiskEvents__fullyQualifiedNamespace: eventHubsHost
  RiskEvents__credential: 'managedidentity'
  RiskEvents__clientId: identityClientId
  SignInEvents__fullyQualifiedNamespace: eventHubsHost
  SignInEvents__credential: 'managedidentity'
  SignInEvents__clientId: identityClientId
}

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storageName
}

resource applicationInsights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: applicationInsightsName
}

// The host's own. FUNCTIONS_WORKER_RUNTIME and its like must not be set on Flex Consumption.
var hostSettings = {
  AzureWebJobsStorage__blobServiceUri: storage.properties.primaryEndpoints.blob
  AzureWebJobsStorage__queueServiceUri: storage.properties.primaryEndpoints.queue
  AzureWebJobsStorage__tableServiceUri: storage.properties.primaryEndpoints.table
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  AZURE_CLIENT_ID: identityClientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: applicationInsights.properties.ConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  // Easy Auth's sign-in of people proves the app by its identity; no client secret exists.
  OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID: identityClientId
}

resource app 'Microsoft.Web/sites@2024-04-01' existing = {
  name: functionAppName
}

resource appSettings 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: app
  name: 'appsettings'
  properties: union(tenantSecrets, hostSettings, triggerSettings, triageSettings)
}
