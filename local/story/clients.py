"""Client applications, how they show themselves, and how a sign-in's second factor can go."""

from typing import Literal

import msgspec

from local.story.people import Laptop, Person

type Factor = Literal["none", "push", "denied", "passkey", "claim"]
"""How the second factor went: not asked, push approved, push denied, FIDO2 key, or met by an earlier token."""

EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36 "
    "Edg/139.0.0.0"
)
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36"
SAFARI = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Safari/605.1.15"
)


class App(msgspec.Struct, frozen=True):
    """A client application and the resource it asked for."""

    name: str
    id: str
    resource: str
    resource_id: str


GRAPH_ID = "00000003-0000-0000-c000-000000000000"
EXCHANGE_ID = "00000002-0000-0ff1-ce00-000000000000"
OFFICE_HOME = App(
    "OfficeHome", "4765445b-32c6-49b0-83e6-1d93765276ca", "OfficeHome", "4765445b-32c6-49b0-83e6-1d93765276ca"
)
OUTLOOK = App("One Outlook Web", "9199bf20-a13f-4107-85dc-02114787ef48", "Office 365 Exchange Online", EXCHANGE_ID)
TEAMS = App("Microsoft Teams", "1fec8e78-bce4-4aaf-ab1b-5451cc387264", "Microsoft Graph", GRAPH_ID)
SHAREPOINT = App(
    "Office 365 SharePoint Online",
    "00000003-0000-0ff1-ce00-000000000000",
    "Office 365 SharePoint Online",
    "00000003-0000-0ff1-ce00-000000000000",
)
AZURE_PORTAL = App(
    "Azure Portal",
    "c44b4083-3bb0-49c1-b47d-974e53cbdf3c",
    "Azure Resource Manager",
    "797f4846-ba00-4fd7-ba43-dac1f8f63013",
)
AZURE_CLI = App("Microsoft Azure CLI", "04b07795-8ddb-461a-bbee-02f9e1bf7b46", "Microsoft Graph", GRAPH_ID)
BROKER = App(
    "Microsoft Authentication Broker",
    "29d9ed98-a469-4536-ade2-f981bc1d605e",
    "Device Registration Service",
    "01cb2876-7ebd-4aa4-9cc9-d28bd4d359a9",
)


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What the client showed of itself."""

    user_agent: str = EDGE
    os: str = "Windows10"
    browser: str = "Edge 139.0.0"
    device: Laptop | None = None
    client_app: str = "Browser"
    protocol: str = "none"
    transfer: str = "none"
    """``originalTransferMethod``, e.g. ``deviceCodeFlow``."""
    incoming: str = "none"
    """``incomingTokenType``."""


def own_laptop(person: Person) -> Look:
    """Return the look of a person's own managed laptop."""
    return Look(device=person.laptop)
