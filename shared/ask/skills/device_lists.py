"""Devices by what they have in common, and how many there are."""

import re
from collections import Counter
from collections.abc import Mapping

from shared.ask.fields import DEVICE_SELECT, DEVICES, TRUST
from shared.ask.found import (
    MOST_PAGES,
    PAGE,
    how_many,
    is_all,
    items,
    listing,
    number,
    reply,
)
from shared.ask.given import words
from shared.ask.look import Look
from shared.ask.skill import Column, Input, InputValue, Reply, Table, skill
from shared.enrich.statement import counted, listed
from shared.graph.queries import Query, literal

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
RELEASES = {"6.1": "Windows 7", "6.2": "Windows 8", "6.3": "Windows 8.1"}
WINDOWS_11_BUILD = 22000
WINDOWS_PAGES = 10
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


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
    answers = await look.read(_devices(look, "devices", condition))
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
    answers = await look.read(_devices(look, "devices", f"trustType eq {literal(trust)}"))
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
    answers = await look.read(_devices(look, "devices", condition))
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


@skill(
    id="devices_counted",
    area="devices",
    title="Number of devices",
    description="How many devices there are, in all and of each trust type; not which ones.",
    permissions=("Device.Read.All",),
    paths=("/devices",),
    examples=(
        "How many devices are there?",
        "How many devices exist for each device trust type?",
        "count our devices",
        "number of devices in the tenant",
        "count devices by trust type",
    ),
)
async def devices_counted(look: Look, _given: Mapping[str, InputValue]) -> Reply:
    """Count all devices and those of each trust type in one round trip."""
    queries = [_devices(look, trust, f"trustType eq {literal(trust)}", top=1) for trust in TRUST]
    answers = await look.read(_devices(look, "all", None, top=1), *queries)
    counts = {trust: number(answers[trust]) for trust in TRUST if answers[trust].state == "found"}
    total = number(answers["all"]) if answers["all"].state == "found" else None
    parts = [f"{amount} {TRUST[trust]}" for trust, amount in counts.items()]
    told, kinds = f"The tenant has {counted(total or 0, 'device')}", f": {listed(parts)}" if parts else ""
    return reply(
        answers,
        [f"{told}{kinds}." if total is not None else ""],
        tables=[
            Table(
                title="Devices by trust type",
                columns=(
                    Column(name="trust_type", title="Trust type", meaning="Graph's name of the trust type"),
                    Column(name="called", title="Called", meaning="What Entra's portal calls it"),
                    Column(name="devices", title="Devices", meaning="How many devices are of this type"),
                ),
                rows=tuple({"trust_type": t, "called": TRUST[t], "devices": n} for t, n in counts.items()),
            )
        ],
        facts={"devices": total},
        follow_ups=("Show the count of Windows devices categorized by release.", "Show me all non-compliant devices."),
        cut_is_wanted=("all", *TRUST),
    )


@skill(
    id="windows_releases",
    area="devices",
    title="Windows devices by release",
    description="How many Windows devices run each release: 11, 10, 8 and older.",
    permissions=("Device.Read.All",),
    paths=("/devices",),
    examples=(
        "Show me how many devices are running Windows (8,10,11).",
        "Show the count of Windows devices categorized by release.",
        "how many devices run Windows 11",
        "how many Windows 10 devices are left",
        "count Windows devices by version",
    ),
)
async def windows_releases(look: Look, _given: Mapping[str, InputValue]) -> Reply:
    """Read the version of every Windows device and count releases."""
    answers = await look.read(
        look.query(
            "devices",
            look.api.devices,
            what="versions of Windows devices",
            permission="Device.Read.All",
            pages=WINDOWS_PAGES,
            filter="startswith(operatingSystem,'Windows')",
            select=["id", "operatingSystem", "operatingSystemVersion"],
            top=PAGE,
        )
    )
    found = items(answers, "devices")
    if found is None:
        return reply(answers, ())
    releases = Counter(release_of(str(item.get("operatingSystemVersion") or "")) for item in found)
    ranked = sorted(releases.items(), key=lambda pair: (-pair[1], pair[0]))
    said = listed((f"{amount} {name}" for name, amount in ranked), longest=6)
    return reply(
        answers,
        [f"Found {how_many(answers['devices'], 'Windows device')}{': ' + said if said else ''}."],
        tables=[
            Table(
                title="Windows devices by release",
                columns=(
                    Column(name="release", title="Release", meaning="Release of Windows, from version and build"),
                    Column(name="devices", title="Devices", meaning="How many devices run it"),
                ),
                rows=tuple({"release": name, "devices": amount} for name, amount in ranked),
                complete=is_all(answers["devices"]),
            )
        ],
        facts={"devices": number(answers["devices"]), "is_all": is_all(answers["devices"])},
        follow_ups=("How many devices are there?",),
    )


def release_of(version: str) -> str:
    """Return the release of Windows for a version such as ``10.0.22631.4037``: from build 22000 on it is Windows 11."""
    match = _VERSION.match(version)
    if match is None:
        return "Windows of unknown version"
    if match[1] == "10":
        return "Windows 11" if int(match[3]) >= WINDOWS_11_BUILD else "Windows 10"
    return RELEASES.get(f"{match[1]}.{match[2]}", "older or server Windows")


def _devices(look: Look, query_id: str, condition: str | None, *, top: int = PAGE) -> Query:
    return look.query(
        query_id,
        look.api.devices,
        what="devices",
        permission="Device.Read.All",
        pages=1 if top == 1 else MOST_PAGES,
        is_advanced=True,
        filter=condition,
        select=["id"] if top == 1 else DEVICE_SELECT,
        top=top,
    )
