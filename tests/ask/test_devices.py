"""Skills about devices."""

import pytest

from local.tenant import Rules
from shared.ask.skill import Ref
from shared.ask.skills.device_counts import release_of
from tests.ask.bench import bench, column
from tests.ask.world import DEVICES, KARITA, LAPTOP, OLD, PHONE, SERVER, guid, user

LISTS = {
    "devices_by_state": {"device_state": "unmanaged"}, "devices_by_trust": {"trust_type": "AzureAd"},
    "devices_by_system": {"operating_system": "Windows"}, "devices_counted": {}, "windows_releases": {},
}  # fmt: skip


def device(object_id: str = LAPTOP, name: str = "LAPTOP-1") -> Ref:
    """Return a device as the session knows one."""
    return Ref(kind="device", id=object_id, name=name)


async def test_one_device() -> None:
    """System, health, last activity and owner in one round trip."""
    async with bench(DEVICES) as asked:
        found = await asked.ask("device_details", device=device())
        assert asked.trips == 1
        assert found.text == (
            '"LAPTOP-1" is Entra joined, with Windows 10.0.22631.4037; it is compliant and managed. '
            'It was last active about 2026-08-31T12:00:00Z, 1 day ago. It belongs to "karita@woodgrovebank.com".'
        )
        assert found.subjects[1].id == KARITA
        found = await asked.ask("device_details", device=device(OLD, "OLD"))
        assert "Graph does not tell when it was last active." in found.text
        found = await asked.ask("device_details", device=device(PHONE, "iPhone"))
        assert "of unknown compliance and not managed" in found.text
        found = await asked.ask("device_details", device=device(guid(9, "3"), "Ghost"))
        assert found.text == 'There is no device "Ghost" in the directory.'


async def test_devices_of_a_user() -> None:
    """And those that are not known to be compliant."""
    async with bench(DEVICES) as asked:
        found = await asked.ask("devices_of_user", user=user())
    assert found.text == (
        '"karita@woodgrovebank.com" has 2 registered devices: "LAPTOP-1" and "Phone". Not known to be compliant: "Phone".'
    )
    assert column(found, "is_compliant") == [True, None]


@pytest.mark.parametrize(
    ("skill", "given", "ids"),
    [
        ("devices_by_state", {"device_state": "compliant"}, {LAPTOP}),
        ("devices_by_state", {"device_state": "non_compliant"}, {SERVER}),
        ("devices_by_state", {"device_state": "managed"}, {LAPTOP, SERVER}),
        ("devices_by_state", {"device_state": "unmanaged"}, {PHONE, OLD}),
        ("devices_by_trust", {"trust_type": "ServerAd"}, {SERVER, OLD}),
        ("devices_by_system", {"operating_system": "Windows"}, {LAPTOP, SERVER, OLD}),
        ("devices_by_system", {"operating_system": "iOS"}, {PHONE}),
        ("devices_by_system", {"operating_system": "Linux"}, set()),
    ],
)
async def test_lists_of_devices(skill: str, given: dict[str, str], ids: set[str]) -> None:
    """What says nothing of management is not managed."""
    async with bench(DEVICES) as asked:
        found = await asked.ask(skill, **given)
        assert asked.trips == 1
    assert {ref.id for ref in found.subjects} == ids
    assert found.facts == {"count": len(ids), "is_all": True}
    assert ("Found no devices" in found.text) is (not ids)


async def test_devices_are_counted() -> None:
    """In all, by trust type, by release of Windows."""
    async with bench(DEVICES) as asked:
        found = await asked.ask("devices_counted")
        assert found.text == "The tenant has 4 devices: 1 registered, 1 joined and 2 hybrid joined."
        assert found.gaps == ()
        assert asked.trips == 1
        found = await asked.ask("windows_releases")
        assert found.text == "Found 3 Windows devices: 1 Windows 10, 1 Windows 11 and 1 Windows 8.1."


@pytest.mark.parametrize(
    ("version", "release"),
    [
        ("10.0.21999.1", "Windows 10"), ("10.0.22000.1", "Windows 11"), ("6.1.7601", "Windows 7"), ("6.2.9200", "Windows 8"),
        ("", "Windows of unknown version"), ("5.1.2600", "older or server Windows"),
    ],
)  # fmt: skip
def test_releases_of_windows(version: str, release: str) -> None:
    """From version and build."""
    assert release_of(version) == release


@pytest.mark.parametrize("skill", ["device_details", "devices_of_user", *LISTS])
async def test_devices_that_may_not_be_read(skill: str) -> None:
    """Denied is never none."""
    given = {"device_details": {"device": device()}, "devices_of_user": {"user": user()}, **LISTS}[skill]
    async with bench(DEVICES, Rules(roles=frozenset({"AuditLog.Read.All"}))) as asked:
        found = await asked.ask(skill, **given)  # type: ignore[arg-type]
    assert "could not be read" in found.text
    assert "no device" not in found.text
    assert not found.facts.get("count")
    assert found.gaps
