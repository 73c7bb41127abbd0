"""Devices by what they have in common: state, trust type, operating system."""

from collections.abc import Mapping

from shared.ask.device_reads import devices_query
from shared.ask.fields import DEVICES, TRUST
from shared.ask.found import (
    listing,
)
from shared.ask.given import words
from shared.ask.look import Look
from shared.ask.skill import Input, InputValue, Reply, skill
from shared.graph.queries import literal

STATES = {
    "compliant": ("isCompliant eq true", "compliant with the device policies"),
    "non_compliant": ("isCompliant eq false", "not compliant with the device policies"),
    "managed": ("isManaged eq true", "under management"),
    "unmanaged": ("isManaged ne true", "not under management"),
}
SYSTEMS = {
    "Windows": ("Windows",),
    "macOS": ("Mac",),
    "iOS": ("IPhone", "IPad", "iOS"),
    "Android": ("Android",),
    "Linux": ("Linux",),
    "ChromeOS": ("Chrome",),
}
"""Operating systems, and how Entra's names for each begin."""


@skill(
    id="devices_by_state",
    area="devices",
    title="Devices by compliance or management",
    description="Which devices, and how many, are compliant, non-compliant, managed or unmanaged.",
    inputs=(
        Input(
            name="device_state",
            kind="choice",
            description="compliant or non_compliant by device policies; managed or unmanaged by device management.",
            choices=tuple(STATES),
            words={
                "compliant": ("compliant",),
                "non_compliant": (
                    "non-compliant",
                    "non compliant",
                    "noncompliant",
                    "not compliant",
                    "failing compliance",
                    "out of compliance",
                ),
                "managed": ("managed",),
                "unmanaged": ("unmanaged", "not managed", "not under management", "nobody manages", "no one manages"),
            },
        ),
    ),
    permissions=("Device.Read.All",),
    paths=("/devices",),
    examples=(
        "Show me all compliant devices",
        "Show me all non-compliant devices.",
        "List devices that are not under management.",
        "which devices are {device_state}",
        "how many devices are not compliant",
        "list unmanaged devices",
    ),
)
async def devices_by_state(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read devices by state; a device that says nothing of management is not managed."""
    condition, phrase = STATES[words(given, "device_state")]
    answers = await look.read(devices_query(look, "devices", condition))
    return listing(answers, "devices", kind="device", thing="device", phrase=phrase, title="Devices", fields=DEVICES)


@skill(
    id="devices_by_trust",
    area="devices",
    title="Devices by trust type",
    description="Which devices, and how many, are Entra registered, joined or hybrid joined; not counts of all types.",
    inputs=(
        Input(
            name="trust_type",
            kind="choice",
            description="Workplace: registered; AzureAd: joined; ServerAd: hybrid joined.",
            choices=tuple(TRUST),
            words={
                "Workplace": ("byod", "registered", "entra id registered", "workplace joined"),
                "AzureAd": ("joined", "entra id joined", "entra joined", "azure ad joined", "cloud joined"),
                "ServerAd": ("hybrid joined", "entra id hybrid joined", "hybrid", "domain joined"),
            },
        ),
    ),
    permissions=("Device.Read.All",),
    paths=("/devices",),
    examples=(
        "List all devices that are Entra ID registered",
        "List all devices that are Entra ID joined",
        "List all devices that are Entra ID hybrid joined.",
        "which devices are hybrid joined",
        "how many devices are Entra joined",
        "show devices of the trust type {trust_type}",
    ),
)
async def devices_by_trust(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read devices by trust type."""
    trust = words(given, "trust_type")
    answers = await look.read(devices_query(look, "devices", f"trustType eq {literal(trust)}"))
    return listing(
        answers,
        "devices",
        kind="device",
        thing="device",
        phrase=f"Entra {TRUST[trust]}",
        title="Devices",
        fields=DEVICES,
    )


@skill(
    id="devices_by_system",
    area="devices",
    title="Devices by operating system",
    description="Which devices, and how many, run one operating system; for releases of Windows ask for those.",
    inputs=(
        Input(
            name="operating_system",
            kind="choice",
            description="One operating system.",
            choices=tuple(SYSTEMS),
            words={
                "Windows": ("windows",),
                "macOS": ("macos", "mac os", "mac", "macs", "os x"),
                "iOS": ("ios", "iphone", "iphones", "ipad", "ipads"),
                "Android": ("android",),
                "Linux": ("linux", "ubuntu"),
                "ChromeOS": ("chromeos", "chrome os", "chromebook", "chromebooks"),
            },
        ),
    ),
    permissions=("Device.Read.All",),
    paths=("/devices",),
    examples=(
        "List the devices with specific {operating_system}.",
        "which devices run {operating_system}",
        "show all {operating_system} devices",
        "how many {operating_system} devices are there",
        "list devices with the operating system {operating_system}",
    ),
)
async def devices_by_system(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read devices by the beginning of their operating system's name."""
    system = words(given, "operating_system")
    condition = " or ".join(f"startswith(operatingSystem,{literal(begin)})" for begin in SYSTEMS[system])
    answers = await look.read(devices_query(look, "devices", condition))
    return listing(
        answers,
        "devices",
        kind="device",
        thing="device",
        phrase=f"with the operating system {system}",
        title="Devices",
        fields=DEVICES,
        follow_ups=("How many devices are there?",),
    )
