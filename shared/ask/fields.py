"""Inputs and columns that several skills have in common."""

from shared.ask.skill import Input
from shared.ask.tables import field

USER = Input(name="user", kind="user", description="User principal name, object id or display name of one user.")
GROUP = Input(name="group", kind="group", description="Object id or display name of one group.")
APP = Input(name="service_principal", kind="service_principal", description="Object id, app id or name of one app.")
ROLE = Input(name="role", kind="role", description="Name or id of one directory role.")
DEVICE = Input(name="device", kind="device", description="Object id, device id or name of one device.")

PEOPLE = (
    field("displayName", "Name", "Display name"),
    field("userPrincipalName", "User principal name", "The name to sign in with"),
    field("jobTitle", "Job title", "Job title in the directory"),
    field("department", "Department", "Department in the directory"),
    field("userType", "Type", "Member of the tenant, or Guest"),
    field("accountEnabled", "Enabled", "Whether the account may sign in"),
    field("id", "Object id", "Object id of the user"),
)
PERSON_SELECT = ["id", "displayName", "userPrincipalName", "jobTitle", "department", "userType", "accountEnabled"]
GROUPS = (
    field("displayName", "Name", "Display name"),
    field("type", "Type", "Security, Microsoft 365, mail-enabled security or distribution"),
    field("membership", "Membership", "Assigned, or dynamic by a rule"),
    field("isAssignableToRole", "Can hold roles", "Whether directory roles can be assigned to the group"),
    field("description", "Description", "What its owners say it is for"),
    field("id", "Object id", "Object id of the group"),
)
GROUP_SELECT = [
    *("id", "displayName", "description", "groupTypes", "securityEnabled", "mailEnabled", "isAssignableToRole"),
    *("mail", "createdDateTime", "visibility", "membershipRule", "membershipRuleProcessingState"),
    "onPremisesSyncEnabled",
]
MEMBERS = (
    field("displayName", "Name", "Display name"),
    field("userPrincipalName", "User principal name", "The name to sign in with; users only"),
    field("kind", "Kind", "What it is: user, group, device or service principal"),
    field("id", "Object id", "Object id"),
)
DEVICES = (
    field("displayName", "Name", "Name of the device"),
    field("operatingSystem", "Operating system", "Operating system"),
    field("operatingSystemVersion", "Version", "Version of the operating system"),
    field("trustType", "Trust type", "Workplace: registered; AzureAd: joined; ServerAd: hybrid joined"),
    field("isCompliant", "Compliant", "Whether it complies with the device policies; empty when not managed"),
    field("isManaged", "Managed", "Whether a device management manages it"),
    field("accountEnabled", "Enabled", "Whether the device may sign in"),
    field("registrationDateTime", "Registered at", "When it was registered, UTC"),
    field("approximateLastSignInDateTime", "Last active at", "About when it last signed in, UTC"),
    field("deviceId", "Device id", "The id that sign-in logs carry"),
    field("id", "Object id", "Object id of the device"),
)
DEVICE_SELECT = [one.path for one in DEVICES]
TRUST = {"Workplace": "registered", "AzureAd": "joined", "ServerAd": "hybrid joined"}
"""Trust types of devices, as people say them."""


def count(default: int = 50, most: int = 500) -> Input:
    """Return the input for how many of the latest entries are wanted."""
    return Input(
        name="count",
        kind="count",
        description="How many of the latest entries to show at most.",
        required=False,
        default=default,
        most=most,
    )


def time_range(default: str = "the past 7 days") -> Input:
    """Return the input for the span that is looked at."""
    return Input(
        name="time_range", kind="time_range", description="Which span to look at.", required=False, default=default
    )
