"""How many devices there are, of each trust type and of each release of Windows."""

import re
from collections import Counter
from collections.abc import Mapping

from shared.ask.device_reads import devices_query
from shared.ask.fields import TRUST
from shared.ask.found import (
    PAGE,
    how_many,
    is_all,
    items,
    number,
    reply,
)
from shared.ask.look import Look
from shared.ask.skill import Column, InputValue, Reply, Table, skill
from shared.enrich.statement import counted, listed
from shared.graph.queries import literal

RELEASES = {"6.1": "Windows 7", "6.2": "Windows 8", "6.3": "Windows 8.1"}
WINDOWS_11_BUILD = 22000
WINDOWS_PAGES = 10
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


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
    queries = [devices_query(look, trust, f"trustType eq {literal(trust)}", top=1) for trust in TRUST]
    answers = await look.read(devices_query(look, "all", None, top=1), *queries)
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
