// Two hubs, so that a flood of sign-ins does not delay risk. One consumer group for each function.
param name string
param maximumThroughputUnits int
param publicNetworkAccess string
param workspaceId string
param location string
param tags object

var riskEventHubName = 'risk-events'
var signInEventHubName = 'sign-ins'
// The same name on both hubs: TRIAGE_CONSUMER_GROUP is one setting. Each hub's group has one reader, its function.
var consumerGroupName = 'entra-triage'

resource namespace 'Microsoft.EventHub/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: 'Standard'
    tier: 'Standard'
    capacity: 1
  }
  properties: {
    // Entra's diagnostic settings sign in with a SAS rule and can do nothing else. The app never does.
    disableLocalAuth: false
    isAutoInflateEnabled: maximumThroughputUnits > 1
    maximumThroughputUnits: maximumThroughputUnits > 1 ? maximumThroughputUnits : 0
    minimumTlsVersion: '1.2'
    publicNetworkAccess: publicNetworkAccess
  }
}

// Trusted services pass even when the public network is off: that is how Entra reaches the hubs.
resource networkRules 'Microsoft.EventHub/namespaces/networkRuleSets@2024-01-01' = {
  parent: namespace
  name: 'default'
  properties: {
    publicNetworkAccess: publicNetworkAccess
    defaultAction: publicNetworkAccess == 'Disabled' ? 'Deny' : 'Allow'
    trustedServiceAccessEnabled: true
  }
}

resource riskEventHub 'Microsoft.EventHub/namespaces/eventhubs@2024-01-01' = {
  parent: namespace
  name: riskEventHubName
  properties: {
    partitionCount: 2
    retentionDescription: {
      cleanupPolicy: 'Delete'
      retentionTimeInHours: 168
    }
  }
}

resource signInEventHub 'Microsoft.EventHub/namespaces/eventhubs@2024-01-01' = {
  parent: namespace
  name: signInEventHubName
  properties: {
    partitionCount: 4
    retentionDescription: {
      cleanupPolicy: 'Delete'
      retentionTimeInHours: 72
    }
  }
}

resource riskConsumerGroup 'Microsoft.EventHub/namespaces/eventhubs/consumergroups@2024-01-01' = {
  parent: riskEventHub
  name: consumerGroupName
}

resource signInConsumerGroup 'Microsoft.EventHub/namespaces/eventhubs/consumergroups@2024-01-01' = {
  parent: signInEventHub
  name: consumerGroupName
}

// The one rule with keys, for Entra's diagnostic settings alone: they ask for all three rights on the namespace.
resource diagnosticsRule 'Microsoft.EventHub/namespaces/authorizationRules@2024-01-01' = {
  parent: namespace
  name: 'entra-diagnostics'
  properties: {
    rights: [
      'Listen'
      'Send'
      'Manage'
    ]
  }
}

resource metrics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: namespace
  name: 'to-workspace'
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'OperationalLogs'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

output id string = namespace.id
output name string = namespace.name
output riskEventHub string = riskEventHub.name
output signInEventHub string = signInEventHub.name
output consumerGroup string = consumerGroupName
output diagnosticsRuleId string = diagnosticsRule.id
