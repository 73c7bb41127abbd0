"""Devices: one of them, and those of a user."""

from collections.abc import Mapping
from datetime import datetime

from shared.ask.fields import DEVICE, DEVICE_SELECT, DEVICES, TRUST, USER
from shared.ask.found import (
    absent,
    called,
    how_many,
    items,
    names,
    number,
    one,
    refs,
    reply,
    rows,
)
from shared.ask.given import thing
from shared.ask.look import Look
from shared.ask.skill import InputValue, Reply, skill
from shared.ask.tables import table
from shared.enrich.statement import counted
from shared.hostile import clean, quoted


@skill(
    id="device_details",
    area="devices",
    title="Details of a device",
    description="What one device is: system, trust, compliance, management, and when it was last active.",
    inputs=(DEVICE,),
    permissions=("Device.Read.All",),
    paths=("/devices/{id}", "/devices/{id}/registeredOwners"),
    examples=(
        "Show me the device for with an ID of {device}",
        "Show me when device {device} was last active.",
        "tell me about the device {device}",
        "is the device {device} compliant",
        "whose device is {device}",
        "details of device {device}",
        "show me the device with the ID {device}",
        "when was the device {device} last active",
    ),
)
async def device_details(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read one device and its owners."""
    device = thing(given, "device")
    builder = look.api.devices.by_device_id(device.id)
    answers = await look.read(
        look.query(
            "device",
            builder,
            what="the device",
            permission="Device.Read.All",
            absence_is_fact=True,
            select=DEVICE_SELECT,
        ),
        look.query(
            "owners",
            builder.registered_owners,
            what="owners of the device",
            permission="Device.Read.All",
            absence_is_fact=True,
            select=["id", "displayName", "userPrincipalName"],
        ),
    )
    found = one(answers, "device")
    if found is None:
        return absent(answers, "device", device.name, "device")
    owners = items(answers, "owners")
    active = str(found.get("approximateLastSignInDateTime") or "")
    days = (look.now - datetime.fromisoformat(active)).days if active else None
    trust = TRUST.get(str(found.get("trustType")), "of an unknown kind")
    system = f"{found.get('operatingSystem') or 'unknown system'} {found.get('operatingSystemVersion') or ''}".strip()
    last = f"It was last active about {active}, {counted(days, 'day')} ago." if days is not None else ""
    return reply(
        answers,
        [
            f"{quoted(str(found.get('displayName')))} is Entra {trust}, with {clean(system)}; {_health(found)}.",
            last or "Graph does not tell when it was last active.",
            f"It belongs to {names(owners, 'userPrincipalName', 'displayName', 'id')}." if owners else "",
        ],
        tables=[table("Device", DEVICES, [found])],
        facts={
            "is_compliant": found.get("isCompliant"),
            "is_managed": found.get("isManaged"),
            "account_enabled": found.get("accountEnabled"),
            "trust_type": found.get("trustType"),
            "last_active_date_time": active or None,
        },
        subjects=[device, *refs("user", owners or [])],
        follow_ups=[f"Is {called(ref)} risky?" for ref in refs("user", owners or [])[:1]],
    )


@skill(
    id="devices_of_user",
    area="devices",
    title="Devices of a user",
    description="Which devices one user has registered, and in which state they are.",
    inputs=(USER,),
    permissions=("Device.Read.All",),
    paths=("/users/{id}/registeredDevices",),
    examples=(
        "Does {user} have any registered devices in Microsoft Entra?",
        "which devices does {user} have",
        "list the devices of {user}",
        "what laptops does {user} use",
        "registered devices of {user}",
    ),
)
async def devices_of_user(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the registered devices of one user."""
    user = thing(given, "user")
    answers = await look.read(
        look.query(
            "devices",
            look.api.users.by_user_id(user.id).registered_devices,
            what="registered devices of the user",
            permission="Device.Read.All",
            pages=2,
            absence_is_fact=True,
            select=DEVICE_SELECT,
        )
    )
    found = items(answers, "devices")
    if found is None:
        return absent(answers, "devices", user.name, "user")
    bad = [item for item in found if item.get("isCompliant") is not True]
    some = f": {names(found, 'displayName', 'deviceId', 'id')}" if found else ""
    return reply(
        answers,
        [
            f"{quoted(user.name)} has {how_many(answers['devices'], 'registered device')}{some}.",
            f"Not known to be compliant: {names(bad, 'displayName', 'deviceId', 'id')}." if bad else "",
        ],
        tables=[rows(answers, "devices", "Registered devices", DEVICES, found)],
        facts={"count": number(answers["devices"]), "not_compliant": len(bad)},
        subjects=[*refs("device", found), user],
        follow_ups=[
            *(f"Show me when device {called(ref)} was last active." for ref in refs("device", found)[:1]),
            f"Show me the last 10 sign-ins for {user.name}",
        ],
    )


def _health(device: Mapping[str, object]) -> str:
    """Return compliance and management in words; what Graph does not say is said as unknown."""
    words_of = {True: "compliant", False: "not compliant"}
    managed = {True: "managed", False: "not managed"}
    compliant = words_of.get(device.get("isCompliant"), "of unknown compliance")  # type: ignore[call-overload]
    return f"it is {compliant} and {managed.get(device.get('isManaged'), 'not managed')}"  # type: ignore[call-overload]
