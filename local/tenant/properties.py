"""Which properties Microsoft Graph v1.0 knows for each type, so that a typo in a query is refused as there.

From the public metadata of Graph v1.0. A type that is not listed is not checked.
"""

_TEXT = {
    "user": (
        "aboutMe accountEnabled ageGroup assignedLicenses assignedPlans authorizationInfo birthday businessPhones "
        "city companyName consentProvidedForMinor country createdDateTime creationType customSecurityAttributes "
        "deletedDateTime department deviceEnrollmentLimit displayName employeeHireDate employeeId "
        "employeeLeaveDateTime employeeOrgData employeeType externalUserState externalUserStateChangeDateTime "
        "faxNumber givenName hireDate id identities identityParentId imAddresses interests isManagementRestricted "
        "isResourceAccount jobTitle lastPasswordChangeDateTime legalAgeGroupClassification licenseAssignmentStates "
        "mail mailboxSettings mailNickname mobilePhone mySite officeLocation onPremisesDistinguishedName "
        "onPremisesDomainName onPremisesExtensionAttributes onPremisesImmutableId onPremisesLastSyncDateTime "
        "onPremisesProvisioningErrors onPremisesSamAccountName onPremisesSecurityIdentifier onPremisesSyncEnabled "
        "onPremisesUserPrincipalName otherMails passwordPolicies passwordProfile pastProjects postalCode "
        "preferredDataLocation preferredLanguage preferredName print provisionedPlans proxyAddresses responsibilities "
        "schools securityIdentifier serviceProvisioningErrors showInAddressList signInActivity "
        "signInSessionsValidFromDateTime skills state streetAddress surname usageLocation userPrincipalName userType"
    ),
    "group": (
        "accessType allowExternalSenders assignedLabels assignedLicenses autoSubscribeNewMembers classification "
        "createdDateTime deletedDateTime description displayName expirationDateTime groupTypes "
        "hasMembersWithLicenseErrors hideFromAddressLists hideFromOutlookClients id infoCatalogs isArchived "
        "isAssignableToRole isFavorite isManagementRestricted isSubscribedByMail licenseProcessingState mail "
        "mailEnabled mailNickname membershipRule membershipRuleProcessingState onPremisesDomainName "
        "onPremisesExtensionAttributes onPremisesLastSyncDateTime onPremisesNetBiosName onPremisesProvisioningErrors "
        "onPremisesSamAccountName onPremisesSecurityIdentifier onPremisesSyncEnabled organizationId "
        "preferredDataLocation preferredLanguage proxyAddresses renewedDateTime resourceBehaviorOptions "
        "resourceProvisioningOptions securityEnabled securityIdentifier serviceProvisioningErrors theme uniqueName "
        "unseenConversationsCount unseenCount unseenMessagesCount visibility welcomeMessageEnabled"
    ),
    "servicePrincipal": (
        "accountEnabled addIns alternativeNames appDescription appDisplayName appId applicationTemplateId "
        "appOwnerOrganizationId appRoleAssignmentRequired appRoles createdByAppId customSecurityAttributes "
        "deletedDateTime description disabledByMicrosoftStatus displayName homepage id info isDisabled keyCredentials "
        "loginUrl logoutUrl notes notificationEmailAddresses oauth2PermissionScopes passwordCredentials "
        "preferredSingleSignOnMode preferredTokenSigningKeyThumbprint replyUrls "
        "resourceSpecificApplicationPermissions samlSingleSignOnSettings servicePrincipalNames servicePrincipalType "
        "signInAudience tags tokenEncryptionKeyId verifiedPublisher"
    ),
    "application": (
        "addIns api appId applicationTemplateId appRoles authenticationBehaviors certification createdByAppId "
        "createdDateTime defaultRedirectUri deletedDateTime description disabledByMicrosoftStatus displayName "
        "groupMembershipClaims id identifierUris info isDeviceOnlyAuthSupported isDisabled isFallbackPublicClient "
        "keyCredentials logo managerApplications nativeAuthenticationApisEnabled notes oauth2RequirePostResponse "
        "optionalClaims parentalControlSettings passwordCredentials publicClient publisherDomain "
        "requestSignatureVerification requiredResourceAccess samlMetadataUrl serviceManagementReference "
        "servicePrincipalLockConfiguration signInAudience spa tags tokenEncryptionKeyId uniqueName verifiedPublisher "
        "web"
    ),
    "device": (
        "accountEnabled alternativeSecurityIds approximateLastSignInDateTime complianceExpirationDateTime "
        "deletedDateTime deviceCategory deviceId deviceMetadata deviceOwnership deviceVersion displayName "
        "enrollmentProfileName enrollmentType id isCompliant isManaged isManagementRestricted isRooted managementType "
        "manufacturer mdmAppId model onPremisesLastSyncDateTime onPremisesSecurityIdentifier onPremisesSyncEnabled "
        "operatingSystem operatingSystemVersion physicalIds profileType registrationDateTime systemLabels trustType"
    ),
    "directoryRole": "deletedDateTime description displayName id roleTemplateId",
    "administrativeUnit": (
        "deletedDateTime description displayName id isMemberManagementRestricted membershipRule "
        "membershipRuleProcessingState membershipType visibility"
    ),
    "signIn": (
        "appDisplayName appId appliedConditionalAccessPolicies authenticationAppDeviceDetails clientAppUsed "
        "conditionalAccessStatus correlationId createdDateTime deviceDetail homeTenantId id ipAddress isInteractive "
        "location resourceDisplayName resourceId resourceTenantId riskDetail riskEventTypes riskEventTypes_v2 "
        "riskLevelAggregated riskLevelDuringSignIn riskState servicePrincipalId servicePrincipalName status userAgent "
        "userDisplayName userId userPrincipalName"
    ),
    "directoryAudit": (
        "activityDateTime activityDisplayName additionalDetails category correlationId id initiatedBy loggedByService "
        "operationType result resultReason targetResources"
    ),
    "riskyUser": (
        "id isDeleted isProcessing riskDetail riskLastUpdatedDateTime riskLevel riskState userDisplayName "
        "userPrincipalName"
    ),
    "riskyUserHistoryItem": (
        "activity id initiatedBy isDeleted isProcessing riskDetail riskLastUpdatedDateTime riskLevel riskState "
        "userDisplayName userId userPrincipalName"
    ),
    "riskDetection": (
        "activity activityDateTime additionalInfo correlationId detectedDateTime detectionTimingType id ipAddress "
        "lastUpdatedDateTime location requestId riskDetail riskEventType riskLevel riskState source tokenIssuerType "
        "userDisplayName userId userPrincipalName"
    ),
    "riskyServicePrincipal": (
        "appId displayName id isEnabled isProcessing riskDetail riskLastUpdatedDateTime riskLevel riskState "
        "servicePrincipalType"
    ),
    "riskyServicePrincipalHistoryItem": (
        "activity appId displayName id initiatedBy isEnabled isProcessing riskDetail riskLastUpdatedDateTime "
        "riskLevel riskState servicePrincipalType"
    ),
    "servicePrincipalRiskDetection": (
        "activity activityDateTime additionalInfo appId correlationId detectedDateTime detectionTimingType id "
        "ipAddress keyIds lastUpdatedDateTime location requestId riskDetail riskEventType riskLevel riskState "
        "servicePrincipalDisplayName servicePrincipalId source tokenIssuerType"
    ),
    "unifiedRoleAssignment": (
        "appScopeId condition directoryScopeId id principalId principalOrganizationId roleDefinitionId"
    ),
    "unifiedRoleAssignmentScheduleInstance": (
        "appScopeId assignmentType directoryScopeId endDateTime id memberType principalId roleAssignmentOriginId "
        "roleAssignmentScheduleId roleDefinitionId startDateTime"
    ),
    "unifiedRoleEligibilityScheduleInstance": (
        "appScopeId directoryScopeId endDateTime id memberType principalId roleDefinitionId roleEligibilityScheduleId "
        "startDateTime"
    ),
    "unifiedRoleDefinition": (
        "description displayName id isBuiltIn isEnabled resourceScopes rolePermissions templateId version"
    ),
    "oAuth2PermissionGrant": "clientId consentType id principalId resourceId scope",
    "appRoleAssignment": (
        "appRoleId createdDateTime deletedDateTime id principalDisplayName principalId principalType "
        "resourceDisplayName resourceId"
    ),
    "userRegistrationDetails": (
        "id isAdmin isMfaCapable isMfaRegistered isPasswordlessCapable isSsprCapable isSsprEnabled isSsprRegistered "
        "isSystemPreferredAuthenticationMethodEnabled lastUpdatedDateTime methodsRegistered "
        "systemPreferredAuthenticationMethods userDisplayName userPreferredMethodForSecondaryAuthentication "
        "userPrincipalName userType"
    ),
    "conditionalAccessPolicy": (
        "conditions createdDateTime deletedDateTime description displayName grantControls id modifiedDateTime "
        "sessionControls state templateId"
    ),
    "subscribedSku": (
        "accountId accountName appliesTo capabilityStatus consumedUnits id prepaidUnits servicePlans skuId "
        "skuPartNumber subscriptionIds"
    ),
    "licenseDetails": "id servicePlans skuId skuPartNumber",
    "messageRule": "actions conditions displayName exceptions hasError id isEnabled isReadOnly sequence",
    "mailFolder": "childFolderCount displayName id isHidden parentFolderId totalItemCount unreadItemCount",
    "mailboxSettings": (
        "archiveFolder automaticRepliesSetting dateFormat delegateMeetingMessageDeliveryOptions language timeFormat "
        "timeZone userPurpose workingHours"
    ),
}

PROPERTIES = {name: frozenset(text.split()) for name, text in _TEXT.items()}
"""Property names by type, without ``microsoft.graph.``."""

DEFAULTS = {
    "user": frozenset(
        {
            "businessPhones",
            "displayName",
            "givenName",
            "id",
            "jobTitle",
            "mail",
            "mobilePhone",
            "officeLocation",
            "preferredLanguage",
            "surname",
            "userPrincipalName",
        }
    ),
}
"""What is returned without ``$select``, for the types where that is less than everything."""

EXPANDED = ("roleDefinition", "principal")
"""Navigation properties of role assignments: returned with ``$expand`` only, even where the tenant file embeds them."""
