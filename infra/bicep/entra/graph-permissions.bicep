// What the app may read in Microsoft Graph: exactly the permissions that its queries name; a test compares.
// A deployment of its own: it needs a Privileged Role Administrator, and azd should not run as one.
extension microsoftGraphV1

@description('Object id of the app\'s identity: IDENTITY_PRINCIPAL_ID of `azd env get-values`.')
param principalId string

var permissions = [
  'Application.Read.All'
  'AuditLog.Read.All'
  'Device.Read.All'
  'Directory.Read.All'
  'Domain.Read.All'
  'Group.Read.All'
  'GroupMember.Read.All'
  'IdentityRiskEvent.Read.All'
  'IdentityRiskyServicePrincipal.Read.All'
  'IdentityRiskyUser.Read.All'
  'LicenseAssignment.Read.All'
  'MailboxSettings.Read'
  'OnPremDirectorySynchronization.Read.All'
  'Organization.Read.All'
  'Policy.Read.All'
  'Policy.Read.AuthenticationMethod'
  'Reports.Read.All'
  'RoleAssignmentSchedule.Read.Directory'
  'RoleEligibilitySchedule.Read.Directory'
  'RoleManagement.Read.Directory'
  'Synchronization.Read.All'
  'User.Read.All'
  'UserAuthenticationMethod.Read.All'
]

// Microsoft Graph itself, whose application id is the same in every tenant.
resource graph 'Microsoft.Graph/servicePrincipals@v1.0' existing = {
  appId: '00000003-0000-0000-c000-000000000000'
}

resource grants 'Microsoft.Graph/appRoleAssignedTo@v1.0' = [for permission in permissions: {
  appRoleId: filter(graph.appRoles, role => role.value == permission)[0].id
  principalId: principalId
  resourceId: graph.id
}]
