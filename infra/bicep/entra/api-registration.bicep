// The app registration that Easy Auth checks tokens for. Only who is assigned to it gets a token; it has no secret:
// the function app proves itself with its identity.
extension microsoftGraphV1

@description('Name of the azd environment: AZURE_ENV_NAME.')
param environmentName string

@description('Address of the app: FUNCTION_APP_URL of `azd env get-values`.')
param functionAppUrl string

@description('Object id of the app\'s identity: IDENTITY_PRINCIPAL_ID of `azd env get-values`.')
param principalId string

resource registration 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: 'entra-triage-${environmentName}'
  displayName: 'entra-triage (${environmentName})'
  signInAudience: 'AzureADMyOrg'
  api: {
    requestedAccessTokenVersion: 2
  }
  web: {
    redirectUris: [
      '${functionAppUrl}/.auth/login/aad/callback'
    ]
    implicitGrantSettings: {
      enableIdTokenIssuance: true
    }
  }
  appRoles: [
    {
      id: guid('entra-triage', 'Api.Call')
      value: 'Api.Call'
      displayName: 'Call the API'
      description: 'Read cases and reports, give feedback, replay what is parked.'
      allowedMemberTypes: [
        'Application'
        'User'
      ]
      isEnabled: true
    }
  ]

  resource identity 'federatedIdentityCredentials@v1.0' = {
    name: '${registration.uniqueName}/function-app'
    issuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
    subject: principalId
    audiences: [
      'api://AzureADTokenExchange'
    ]
  }
}

resource servicePrincipal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: registration.appId
  appRoleAssignmentRequired: true
}

output clientId string = registration.appId
