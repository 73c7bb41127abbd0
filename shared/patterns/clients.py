"""Clients that a sign-in can be told by: those that cannot do MFA, those that phish, tools, and first-party apps."""

import re
from functools import lru_cache

from shared.activities import folded
from shared.models.records import SignIn

BROKER = "29d9ed98-a469-4536-ade2-f981bc1d605e"
"""Microsoft Authentication Broker: its refresh token can register a device."""
OFFICE_HOME = "4765445b-32c6-49b0-83e6-1d93765276ca"
VISUAL_STUDIO_CODE = "aebc6443-996d-45c2-90f0-388ff96faa56"
DEVICE_REGISTRATION = "deviceregistrationservice"
GRAPH = "microsoftgraph"
LEGACY_CLIENTS = frozenset(
    folded(name)
    for name in (
        "Authenticated SMTP",
        "AutoDiscover",
        "Exchange ActiveSync",
        "Exchange Online PowerShell",
        "Exchange Web Services",
        "IMAP",
        "IMAP4",
        "MAPI Over HTTP",
        "Offline Address Book",
        "Other clients",
        "Outlook Anywhere (RPC over HTTP)",
        "POP",
        "POP3",
        "Reporting Web Services",
    )
)
"""Client apps that cannot do MFA, in the spelling of the sign-in log."""
TOOLS = re.compile(
    r"azurehound|bloodhound|roadtools|roadrecon|teamfiltration|aadinternals|msolspray|o365spray|graphrunner|tokentactics"
    r"|bav2ropc|evilginx|python-requests|python-urllib|aiohttp|\baxios/|fasthttp|go-http-client|\bcurl/|node-fetch|\bundici\b",
    re.IGNORECASE,
)
"""User agents of attack tools and of bare HTTP libraries, which people do not sign in with."""


def is_device_code_flow(record: SignIn) -> bool:
    """Say whether a device code flow began it, which shows only in how the token was first transferred."""
    return (record.original_transfer_method or "").lower() == "devicecodeflow"


def protocol_of(record: SignIn) -> str:
    """Return the protocol in lower case, ``devicecode`` also for what a device code flow began."""
    if is_device_code_flow(record):
        return "devicecode"
    return (record.authentication_protocol or "").lower()


def is_legacy(client_app: str) -> bool:
    """Say whether a client app cannot do MFA."""
    return folded(client_app) in LEGACY_CLIENTS


@lru_cache(maxsize=4096)
def is_tool(user_agent: str) -> bool:
    """Say whether a user agent belongs to a tool and not to a browser or an app."""
    return bool(TOOLS.search(user_agent))


def is_app(record: SignIn, app_id: str, name: str) -> bool:
    """Say whether a sign-in is to an application, by its id or its folded name: sparse records hold only one."""
    return (record.app_id or "").lower() == app_id or folded(record.app_display_name or "") == name
