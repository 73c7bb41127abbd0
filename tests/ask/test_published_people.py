"""Every prompt that Microsoft publishes about people and sign-ins is an example of the skill that answers it."""

import pytest

from shared.ask.catalogue import skills

PUBLISHED = {
    "user_details": (
        "Tell me more about Microsoft Entra user: {user}",
        "Give me all user details for {user} and extract the user Object ID.",
        "Tell me more about user {user} in format-list.",
    ),
    "user_identity": ('Who is this user: "{user}"', "What is the email for this Microsoft Entra user: {user}"),
    "user_account_state": (
        "Is this user's account enabled?",
        "Is {user}'s account cloud managed?",
        "What is the status of the user account for {user}? Is it locked out?",
    ),
    "user_password_age": ("When was the password last changed or reset for {user}?",),
    "asker": ("Tell me about myself.", "Who am I"),
    "users_created": ("List the active users created in {time_range}",),
    "users_deleted": ("Show recently deleted users.", "Show me the successfully deleted users in {time_range}."),
    "users_in_department": (
        "Are there guest users in the {department} department?",
        "List users in {department} or {other_department} department.",
    ),
    "users_of_company": ("Show users not in {company}.",),
    "users_by_account_state": ("Show users with account disabled.",),
    "users_by_mail_nickname": ("Show users by mail nickname.",),
    "users_without_licence": ("List users without assigned licenses.",),
    "users_with_licence": ("Are there any users with {licence}?",),
    "departments_counted": ("Give the member count of each department.",),
    "manager_of_user": ("Who is {user}'s manager?",),
    "reports_of_user": ("Show transitive reports of {user}.", "How many users are reporting to {user}?"),
    "permissions_of_user": ("Look up {user}'s permissions.",),
    "group_details": (
        "Tell me more about this group: {group}",
        "Tell me more about the {group} group.",
        "Give me the details of a group.",
        "Tell me about security group {group} including who created it and how many members are in it.",
    ),
    "group_owners": ("Who is the owner of this group: {group}", "Who are the owners of the {group} group?"),
    "group_creator": ("Who created this group?",),
    "group_members": ("Show me all user members of a group.", "Which users are included in a group?"),
    "group_member_count": (
        "How many members are in this group: {group}",
        "Count the total user memberships for a group.",
        "Provide separate counts for users, groups, devices, and service principals in a group.",
        "How many different object types does a group have in total?",
    ),
    "group_membership_of_user": ("Is {user} a member of this group?",),
    "groups_of_user": (
        "Get the Microsoft Entra user groups that {user} is a member of. Put information in table format.",
        "List the groups {user} is part of",
    ),
    "groups_by_name": (
        "Tell me about the group with the name that starts with '{name}'",
        "List all groups with names starting with '{name}'",
    ),
    "groups_without_owner": ("Count the total ownerless groups in my tenant.",),
    "groups_by_type": (
        "Show the count of groups categorized by group type.",
        "List the number of groups under each of the group types.",
        "How many groups exist for each group type?",
    ),
    "group_membership_rule": (
        "Show me the membership rules for a group.",
        "Is the dynamic membership rule currently processing for a group?",
    ),
    "sign_ins_of_user": (
        "Show me the last {count} sign-ins for this Microsoft Entra user: {user}",
        "Can you give me sign-in logs for {user} for {time_range}? Put this information in a table format.",
        "Show sign-in activity for the user {user}.",
        "What login attempts exist for the user in {time_range}?",
        "What login attempts exist for the user {user} in {time_range}?",
    ),
    "failed_sign_ins_of_user": (
        "Show me failed sign-ins for {user}",
        "Show me failed sign-ins for {user} for {time_range} and tell me what the IP addresses are.",
        "How many times login failed for this user in {time_range} and tell me the reasons.",
        "Show me the most recent failed sign-in for my account in {time_range}.",
        "Tell me about {user} most recent failed sign-in",
    ),
    "risky_sign_ins_of_user": ("List the recent risky sign-ins for {user}.",),
    "sign_ins_in_tenant": (
        "Show me sign-in logs for {time_range}",
        "Show sign-in activities since a specific time period.",
    ),
    "failed_sign_ins": ("Have there been any failed sign-ins during {time_range}?",),
    "risky_sign_ins": ("Show suspicious login activities.", "Display risky sign-ins."),
    "sign_ins_from_place": (
        "Show me the sign-ins from this location",
        "Show sign-ins from specific locations.",
        "Show me the sign-in logs of users who signed in from {place}?",
    ),
    "sign_ins_to_app": ("Show sign-ins to a specific application.",),
    "sign_ins_from_client": (
        "Show logins from specific web browsers.",
        "Show logins from specific operating systems.",
        "Show me the sign-in logs from operating system 'MAC OS",
        "Show me the sign-in logs from Edge",
    ),
    "sign_ins_by_device_state": (
        "Show sign-ins from non-compliant devices.",
        "Show me the sign-in logs from compliant devices",
        "Show me the sign-in logs from managed devices",
        "Show me the sign-in logs from unmanaged devices in {time_range} and list the entities involved",
    ),
    "sign_ins_by_policy": (
        "Show sign-in failures due to a specific Conditional Access policy.",
        "Show sign-ins with unsatisfied Conditional Access Policies.",
        "Show me the sign in logs for which conditional policies have been applied",
        "Can you tell me if conditional access policy is working from sign-in logs",
    ),
    "sign_ins_without_mfa": ("Show sign-ins without multifactor authentication.",),
    "sign_in_details": ("Show me ca policies evaluated for sign in with request id {request_id}?",),
    "mfa_prompt_reason": ("Why was {user} prompted for MFA?",),
    "user_risk": (
        "What is the risk level for user: {user}",
        "Is this user risky?",
        "What is the risk level, state, and risk details for {user}?",
        "Determine if this user is currently high risk",
        "Display detailed risk information for this user",
        "Is the user considered risky? If so, why?",
        "Generate a report based on Entra plug-in: Is the user {user} considered risky? If yes, list the reasons.",
    ),
    "user_risk_history": (
        "What is the risk history for {user}?",
        "Show the risk history for this user",
        "Has this user ever been flagged as risky",
        "Was this user previously at risk",
    ),
    "user_risk_detections": ("List the risk detections details for {user}.",),
    "risky_users": (
        "List all users currently flagged as risky.",
        "Show users who are currently at risk.",
        "Identify users who have been marked as risky.",
        "List all users who have been compromised.",
        "Show users who are currently considered safe.",
        "How many users are currently flagged as risky?",
        "Provide a count of all risky users.",
        "List all risky user by risklevel",
    ),
    "auth_methods_of_user": (
        "Show me the authentication method details for Microsoft Entra user {user}",
        "What auth methods does this user have?",
        "What are the authentication methods that are registered for {user} if any?",
        "What authentication methods does {user} have registered?",
        "What are {user}'s authentication methods?",
        "Show me the authentication methods enabled for user",
    ),
    "per_user_mfa": ("Is user {user} enabled for per-user MFA?",),
    "auth_method_registrations": ("How many users have the FIDO2 Security keys method registered?",),
    "auth_methods_in_tenant": ("What authentication methods are enabled in my tenant?",),
    "auth_method_in_tenant": ("Is Microsoft Authenticator enabled in my tenant? For who?",),
    "auth_feature_in_tenant": (
        "Is registration campaign enabled in my tenant? For who?",
        "Is system preferred authentication enabled in my tenant? For who?",
        "Is report suspicious activity enabled in my tenant? For who?",
    ),
    "roles_of_user": (
        "What role does {user} have?",
        "What are the transitive roles {user} has?",
        "What are the eligible roles {user} has?",
        "What are the scheduled roles {user} has?",
        "Which PIM roles are currently assigned to {user}?",
        "Which PIM eligible roles are assigned to {user}?",
        "Which PIM active roles are assigned to {user}?",
    ),
    "roles_of_group": (
        "What roles does this group have?",
        "What directory roles are assigned to a group?",
        "Does this group have any built-in roles?",
    ),
    "role_holders": (
        "Who has the {role} role assigned to them?",
        "Who has eligibility for the {role} role?",
        "Who has PIM eligible assignment of {role}?",
        "Who has PIM active assignment of a {role}?",
    ),
    "role_identity": ("What is the ID of role {role}", "Name of the role with ID {role}"),
    "device_details": (
        "Show me the device for with an ID of {device}",
        "Show me when device {device} was last active.",
    ),
    "devices_of_user": ("Does {user} have any registered devices in Microsoft Entra?",),
    "devices_by_state": (
        "Show me all compliant devices",
        "Show me all non-compliant devices.",
        "List devices that are not under management.",
    ),
    "devices_by_trust": (
        "List all devices that are Entra ID registered",
        "List all devices that are Entra ID joined",
        "List all devices that are Entra ID hybrid joined.",
    ),
    "devices_by_system": ("List the devices with specific {operating_system}.",),
    "devices_counted": ("How many devices are there?", "How many devices exist for each device trust type?"),
    "windows_releases": (
        "Show me how many devices are running Windows (8,10,11).",
        "Show the count of Windows devices categorized by release.",
    ),
}


@pytest.mark.parametrize(("skill", "prompt"), [(name, prompt) for name, many in PUBLISHED.items() for prompt in many])
def test_a_published_prompt_is_an_example_of_one_skill(skill: str, prompt: str) -> None:
    """Word for word, with the concrete name replaced by the input."""
    assert [one.id for one in skills().values() if prompt in one.examples] == [skill]
