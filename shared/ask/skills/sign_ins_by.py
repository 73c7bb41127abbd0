"""Sign-ins of everybody by where they came from, what they went to, and with which device."""

import re
from collections.abc import Mapping

from shared.ask.fields import APP, count, time_range
from shared.ask.found import Item, both, called, one
from shared.ask.given import thing, words
from shared.ask.look import Look
from shared.ask.places import place_condition
from shared.ask.sign_in_reads import PATHS, PERMISSIONS, read_sign_ins, sign_in_reply
from shared.ask.sign_in_tables import addresses, involved, reasons
from shared.ask.skill import Input, InputValue, Reply, skill
from shared.graph.queries import P1, literal
from shared.hostile import quoted

CLIENTS = {
    "Edge": ("browser", "Edge"),
    "Chrome": ("browser", "Chrome"),
    "Firefox": ("browser", "Firefox"),
    "Safari": ("browser", ""),
    "Opera": ("browser", "Opera"),
    "Windows": ("operatingSystem", "Windows"),
    "Windows 10": ("operatingSystem", "Windows"),
    "Windows 11": ("operatingSystem", "Windows"),
    "MacOs": ("operatingSystem", "Mac"),
    "Ios": ("operatingSystem", "Ios"),
    "Android": ("operatingSystem", "Android"),
    "Linux": ("operatingSystem", "Linux"),
}
"""Browsers and systems: where Entra writes each, and how it begins there (nothing: on phones it is "Mobile Safari")."""
CLIENT = Input(
    name="client",
    kind="choice",
    description="A browser or an operating system.",
    choices=tuple(CLIENTS),
    words={
        "Edge": ("edge", "microsoft edge"),
        "Chrome": ("chrome", "google chrome"),
        "Firefox": ("firefox",),
        "Safari": ("safari",),
        "Opera": ("opera",),
        "Windows": ("windows",),
        "Windows 10": ("windows 10", "win10"),
        "Windows 11": ("windows 11", "win11"),
        "MacOs": ("mac os", "macos", "mac", "macs", "os x"),
        "Ios": ("ios", "iphone", "iphones", "ipad", "ipads"),
        "Android": ("android",),
        "Linux": ("linux", "ubuntu"),
    },
)
STATES = {
    "compliant": ("isCompliant", True),
    "non_compliant": ("isCompliant", False),
    "managed": ("isManaged", True),
    "unmanaged": ("isManaged", False),
}
STATE = Input(
    name="device_state",
    kind="choice",
    description="compliant or non_compliant by device policies; managed or unmanaged by device management.",
    choices=tuple(STATES),
    words={
        "compliant": ("compliant",),
        "non_compliant": ("non-compliant", "non compliant", "noncompliant", "not compliant"),
        "managed": ("managed",),
        "unmanaged": ("unmanaged", "not managed", "unknown devices", "private devices"),
    },
)


@skill(
    id="sign_ins_from_place",
    area="sign_ins",
    title="Sign-ins from a place",
    description="Who signed in from one city, state or country, and how that ended.",
    inputs=(
        Input(name="place", kind="place", description="City, state or country, or city and country with a comma."),
        time_range(),
        count(200, 1000),
    ),
    permissions=PERMISSIONS,
    licence=P1,
    paths=PATHS,
    examples=(
        "Show me the sign-ins from this location",
        "Show sign-ins from specific locations.",
        "Show me the sign-in logs of users who signed in from {place}?",
        "show sign-ins from {place}",
        "who logged in from {place} in {time_range}",
        "any logins from {place}",
        "list users that signed in from {place}",
    ),
)
async def sign_ins_from_place(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read sign-ins by place."""
    place = words(given, "place")
    found = await read_sign_ins(look, given, place_condition(place), whole=True)
    return sign_in_reply(
        found,
        f"from {quoted(place)}",
        more=[involved(found)],
        tables=[addresses(found.all or [])],
        follow_ups=("Display risky sign-ins.",),
        look=look,
    )


@skill(
    id="sign_ins_from_address",
    area="sign_ins",
    title="Sign-ins from an IP address",
    description="Who signed in from one IP address, and how that ended.",
    inputs=(
        Input(name="address", kind="address", description="An IPv4 or IPv6 address."),
        time_range(),
        count(200, 1000),
    ),
    permissions=PERMISSIONS,
    licence=P1,
    paths=PATHS,
    examples=(
        "show sign-ins from the IP address {address}",
        "who signed in from {address}",
        "which users came from {address} in {time_range}",
        "what happened from IP {address}",
        "list logins of address {address}",
    ),
)
async def sign_ins_from_address(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read sign-ins by address."""
    address = words(given, "address")
    found = await read_sign_ins(look, given, f"ipAddress eq {literal(address)}", whole=True)
    return sign_in_reply(
        found,
        f"from {quoted(address)}",
        more=[involved(found)],
        tables=[reasons(item for item in found.all or [] if item["result"] != "success")],
        follow_ups=("Display risky sign-ins.",),
        look=look,
    )


@skill(
    id="sign_ins_to_app",
    area="sign_ins",
    title="Sign-ins to an app",
    description="Who signed in to one app, and how that ended; not what the app itself did.",
    inputs=(APP, time_range(), count(200, 1000)),
    permissions=(*PERMISSIONS, "Application.Read.All"),
    licence=P1,
    paths=("/servicePrincipals/{id}", *PATHS),
    examples=(
        "Show sign-ins to a specific application.",
        "show sign-ins to the app {service_principal}",
        "who signed in to the app {service_principal} in {time_range}",
        "which users use the app {service_principal}",
        "logins to the application {service_principal}",
    ),
)
async def sign_ins_to_app(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the app for the id that the log has, then its sign-ins; by name when the app cannot be read."""
    app = thing(given, "service_principal")
    first = await look.read(
        look.query(
            "app",
            look.api.service_principals.by_service_principal_id(app.id),
            what="the app id",
            permission="Application.Read.All",
            absence_is_fact=True,
            select=["id", "appId", "displayName"],
        )
    )
    app_id = (one(first, "app") or {}).get("appId")
    condition = f"appId eq {literal(str(app_id))}" if app_id else f"appDisplayName eq {literal(app.name)}"
    found = await read_sign_ins(look, given, condition, whole=True)
    found = found._replace(answers=both(first, found.answers))
    return sign_in_reply(
        found,
        f"to {quoted(app.name)}",
        more=[involved(found)],
        tables=[reasons(item for item in found.all or [] if item["result"] != "success")],
        subjects=(app,),
        follow_ups=(f"What role does app {called(app)} have?",),
        look=look,
    )


@skill(
    id="sign_ins_from_client",
    area="sign_ins",
    title="Sign-ins with a browser or operating system",
    description="Who signed in with one browser or one operating system.",
    inputs=(
        CLIENT,
        time_range(),
        count(200, 1000),
    ),
    permissions=PERMISSIONS,
    licence=P1,
    paths=PATHS,
    examples=(
        "Show logins from specific web browsers.",
        "Show logins from specific operating systems.",
        "Show me the sign-in logs from operating system 'MAC OS",
        "Show me the sign-in logs from Edge",
        "sign-ins from Edge",
        "which web browsers do people sign in with: {client}",
        "logins from the web browser {client}",
        "logins from the operating system {client}",
        "show sign-ins from {client} devices in {time_range}",
        "which users use {client}",
    ),
)
async def sign_ins_from_client(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read sign-ins by browser or system; Graph narrows by family, the version is compared here."""
    client = words(given, "client")
    place, begin = CLIENTS[client]
    condition = f"startswith(deviceDetail/{place},{literal(begin)})" if begin else ""

    def keep(item: Item) -> bool:
        return _plain(client) in _plain(str((item.get("deviceDetail") or {}).get(place) or ""))

    found = await read_sign_ins(look, given, condition, keep=keep)
    return sign_in_reply(
        found,
        f"with {client}",
        more=[involved(found)],
        follow_ups=("Show sign-ins from non-compliant devices.",),
        look=look,
    )


@skill(
    id="sign_ins_by_device_state",
    area="sign_ins",
    title="Sign-ins by state of the device",
    description="Who signed in from compliant, non-compliant, managed or unmanaged devices, with what is involved.",
    inputs=(STATE, time_range(), count(200, 1000)),
    permissions=PERMISSIONS,
    licence=P1,
    paths=PATHS,
    examples=(
        "Show sign-ins from non-compliant devices.",
        "Show me the sign-in logs from compliant devices",
        "Show me the sign-in logs from managed devices",
        "Show me the sign-in logs from unmanaged devices in {time_range} and list the entities involved",
        "who signs in from unmanaged devices",
        "logins from {device_state} devices in {time_range}",
        "which users use {device_state} devices to sign in",
    ),
)
async def sign_ins_by_device_state(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the log and keep what fits here: Graph cannot filter by the state of the device."""
    state = words(given, "device_state")
    name, wanted = STATES[state]
    found = await read_sign_ins(
        look, given, keep=lambda item: bool((item.get("deviceDetail") or {}).get(name)) is wanted
    )
    return sign_in_reply(
        found,
        f"from {state.replace('_', '-')} devices",
        more=[involved(found)],
        tables=[addresses(found.all or [])],
        follow_ups=("Show me all non-compliant devices.",),
        look=look,
    )


def _plain(text: str) -> str:
    """Return ``macos`` for ``MAC OS`` and ``MacOs``."""
    return re.sub(r"[^a-z0-9]+", "", text.lower())
