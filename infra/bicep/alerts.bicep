// When a person should look. Each query is a file that can be pasted into the workspace; docs/deployment.md says what to do.
// Every query ends in TimeGenerated, about (what it is about) and amount, which is compared with the threshold.
param workspaceId string
param eventHubsId string
param email string
param disabledAlerts string
param location string
param tags object

@description('Events that Event Hubs took in and that nobody had read an hour later.')
param unreadEvents int = 500

@description('Deliveries that failed and are tried again, in 15 minutes, to one destination.')
param failedDeliveries int = 5

@description('Share of what was asked and could not be read, in percent.')
param gapPercent int = 25

@description('Share of reports or of prompts for which the model failed, in percent.')
param fallBackPercent int = 20

var alerts = [
  {
    name: 'triage-parked'
    description: 'A case was given up after five tries, or could not even be parked.'
    query: loadTextContent('alerts/triage-parked.kql')
    threshold: 0
    severity: 1
    every: 'PT5M'
    window: 'PT15M'
  }
  {
    name: 'prompts-given-up'
    description: 'A prompt or a promptbook in the background was given up after five tries.'
    query: loadTextContent('alerts/prompts-given-up.kql')
    threshold: 0
    severity: 3
    every: 'PT15M'
    window: 'PT15M'
  }
  {
    name: 'ingest-stalled'
    description: 'Events arrive and the app has taken in none for half an hour.'
    query: loadTextContent('alerts/ingest-stalled.kql')
    threshold: 0
    severity: 1
    every: 'PT15M'
    window: 'PT30M'
  }
  {
    name: 'ingest-lag'
    description: 'The app reads events more slowly than they arrive.'
    query: loadTextContent('alerts/ingest-lag.kql')
    threshold: unreadEvents
    severity: 2
    every: 'PT15M'
    window: 'PT1H'
  }
  {
    name: 'ingest-failing'
    description: 'Batches of events fail and are tried again; after the last try their events are lost.'
    query: loadTextContent('alerts/ingest-failing.kql')
    threshold: 0
    severity: 2
    every: 'PT15M'
    window: 'PT15M'
  }
  {
    name: 'risk-silent'
    description: 'Sign-ins arrive and no risk event has for a day.'
    query: loadTextContent('alerts/risk-silent.kql')
    threshold: 0
    severity: 3
    every: 'PT6H'
    window: 'P1D'
  }
  {
    name: 'delivery-refused'
    description: 'A destination refused a ticket; it is not tried again.'
    query: loadTextContent('alerts/delivery-refused.kql')
    threshold: 0
    severity: 1
    every: 'PT15M'
    window: 'PT15M'
  }
  {
    name: 'delivery-failing'
    description: 'A destination can\'t be reached; tickets wait.'
    query: loadTextContent('alerts/delivery-failing.kql')
    threshold: failedDeliveries
    severity: 2
    every: 'PT15M'
    window: 'PT15M'
  }
  {
    name: 'gap-rate'
    description: 'Much of what reports need could not be read from Graph.'
    query: loadTextContent('alerts/gap-rate.kql')
    threshold: gapPercent
    severity: 3
    every: 'PT15M'
    window: 'PT1H'
  }
  {
    name: 'model-fall-backs'
    description: 'The model fails often; templates write and rules plan instead.'
    query: loadTextContent('alerts/model-fall-backs.kql')
    threshold: fallBackPercent
    severity: 3
    every: 'PT15M'
    window: 'PT1H'
  }
]
var ruleKeysRead = 'rule-keys-read'
var disabled = split(replace(disabledAlerts, ' ', ''), ',')

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(email)) {
  name: 'entra-triage'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'triage'
    enabled: true
    emailReceivers: [
      {
        name: 'mail'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for alert in alerts: {
  name: alert.name
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: alert.name
    description: alert.description
    enabled: !contains(disabled, alert.name)
    severity: alert.severity
    evaluationFrequency: alert.every
    windowSize: alert.window
    scopes: [
      workspaceId
    ]
    // Tables of Application Insights exist only after the app has written to them.
    skipQueryValidation: true
    autoMitigate: true
    criteria: {
      allOf: [
        {
          query: alert.query
          timeAggregation: 'Total'
          metricMeasureColumn: 'amount'
          dimensions: [
            {
              name: 'about'
              operator: 'Include'
              values: [
                '*'
              ]
            }
          ]
          operator: 'GreaterThan'
          threshold: alert.threshold
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: {
      actionGroups: empty(email) ? [] : [
        people.id
      ]
    }
  }
}]

// The namespace has one rule with keys. Whoever reads them could write events of their own.
resource keysRead 'Microsoft.Insights/activityLogAlerts@2020-10-01' = {
  name: ruleKeysRead
  location: 'global'
  tags: tags
  properties: {
    description: 'Somebody read the keys of a rule of the Event Hubs namespace.'
    enabled: !contains(disabled, ruleKeysRead)
    scopes: [
      eventHubsId
    ]
    condition: {
      allOf: [
        {
          field: 'category'
          equals: 'Administrative'
        }
        {
          field: 'operationName'
          equals: 'Microsoft.EventHub/namespaces/authorizationRules/listKeys/action'
        }
      ]
    }
    actions: {
      actionGroups: empty(email) ? [] : [
        {
          actionGroupId: people.id
        }
      ]
    }
  }
}
