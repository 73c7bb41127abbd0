"""Devices that the user registered."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from shared.clock import iso
from shared.enrich.statement import counted, fact, graph
from shared.enrich.view import View
from shared.hostile import quoted
from shared.models.dossier import Fact

MOST_DEVICES = 10
_NEVER = datetime.min.replace(tzinfo=UTC)


class Device(msgspec.Struct, rename="camel"):
    """One element of ``registeredDevices``; without Device.Read.All only the id is there."""

    id: str
    device_id: str | None = None
    display_name: str | None = None
    operating_system: str | None = None
    is_compliant: bool | None = None
    is_managed: bool | None = None
    trust_type: str | None = None
    registration_date_time: datetime | None = None


def facts(view: View) -> Iterator[Fact]:
    """Yield the number of devices and the newest ten."""
    devices = view.answers.decode("devices", Device)
    if devices is None:
        return
    source = graph(view.answers.ref("devices"))
    if view.answers.is_complete("devices"):
        text = f"The user has {counted(len(devices), 'registered device')}."
        yield fact("user.devices", text, source, count=len(devices))
    newest = sorted(devices, key=lambda d: (d.registration_date_time or _NEVER, d.id), reverse=True)
    for device in newest[:MOST_DEVICES]:
        name = quoted(device.display_name) if device.display_name else f"with the id {device.device_id or device.id}"
        text = f"The user's device {name}"
        text += f" runs {quoted(device.operating_system)}" if device.operating_system else " is registered"
        text += _word(device.is_compliant, "compliant") + _word(device.is_managed, "managed")
        text += f", registered at {iso(device.registration_date_time)}" if device.registration_date_time else ""
        yield fact(
            "user.device",
            f"{text}.",
            source,
            at=device.registration_date_time,
            name=device.display_name,
            os=device.operating_system,
            compliant=device.is_compliant,
            managed=device.is_managed,
            trust_type=device.trust_type,
            registered_at=device.registration_date_time,
            id=(device.device_id or device.id).lower(),
        )


def _word(value: bool | None, word: str) -> str:
    return "" if value is None else f", {word}" if value else f", not {word}"
