// What Entra streams, and to which hub: two settings of the tenant, so that sign-ins can't delay risk.
// A deployment of its own, at the tenant's scope; docs/deployment.md has the same as `az rest`.
targetScope = 'tenant'

@description('Resource id of the namespace\'s rule: DIAGNOSTICS_RULE_ID of `azd env get-values`.')
param eventHubAuthorizationRuleId string

@description('RISK_EVENT_HUB of `azd env get-values`.')
param riskEventHub string = 'risk-events'

@description('SIGN_IN_EVENT_HUB of `azd env get-values`.')
param signInEventHub string = 'sign-ins'

// Together they are the categories that shared/ingest/readers.py decodes; a test compares.
var riskCategories = [
  'UserRiskEvents'
  'RiskyUsers'
  'ServicePrincipalRiskEvents'
  'RiskyServicePrincipals'
]
var signInCategories = [
  'SignInLogs'
  'NonInteractiveUserSignInLogs'
  'ServicePrincipalSignInLogs'
  'ManagedIdentitySignInLogs'
  'AuditLogs'
]

resource risk 'microsoft.aadiam/diagnosticSettings@2017-04-01' = {
  name: 'entra-triage-risk'
  properties: {
    eventHubAuthorizationRuleId: eventHubAuthorizationRuleId
    eventHubName: riskEventHub
    logs: [for category in riskCategories: {
      category: category
      enabled: true
    }]
  }
}

resource signIns 'microsoft.aadiam/diagnosticSettings@2017-04-01' = {
  name: 'entra-triage-sign-ins'
  properties: {
    eventHubAuthorizationRuleId: eventHubAuthorizationRuleId
    eventHubName: signInEventHub
    logs: [for category in signInCategories: {
      category: category
      enabled: true
    }]
  }
}
