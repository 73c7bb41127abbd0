"""The story's event bodies: the same in every run, whole, in the past, and as odd as the real ones."""

import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from local import story
from local.story import self_remediated, session_theft
from local.story.people import TENANT_ID
from shared.models.records import DirectoryAudit, SignIn, WorkloadSignIn
from tests.story.streamed import EVENTS, TENANT, all_records, decoded, parsed, readable

ROOT = Path(__file__).parents[2]
DIGEST = (
    "import hashlib, msgspec; from local import story; "
    "print(hashlib.sha256(msgspec.json.encode([story.tenant(), story.events()])).hexdigest())"
)
SIGN_INS = ("SignInLogs", "NonInteractiveUserSignInLogs")
RISKS = ("UserRiskEvents", "RiskyUsers")
WORKLOADS = ("ManagedIdentitySignInLogs", "ServicePrincipalSignInLogs")


def digest_with(hash_seed: str) -> str:
    """Return the digest of the whole story, told by a process with its own order of sets."""
    return subprocess.run(
        [sys.executable, "-c", DIGEST],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": "Asia/Tokyo"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_two_processes_tell_the_same_story() -> None:
    """Tenant and events are the same bytes whatever the process, its hash seed and its time zone."""
    assert digest_with("1") == digest_with("2")


def test_exactly_one_body_is_not_json() -> None:
    """Every other body is an object that holds records."""
    assert len(EVENTS) - len(parsed()) == 1


def test_real_ingest_reads_all_but_the_spoiled() -> None:
    """One cut body, one record with text for properties and one without an id are parked; nothing else is."""
    outcome = decoded()
    assert sum(len(one.parked) for one in outcome) == 3
    ignored = Counter[str]()
    for one in outcome:
        ignored.update(one.ignored)
    assert ignored == {"MicrosoftGraphActivityLogs": len(readable_elsewhere())}
    records = sum(len(one.records) for one in outcome)
    assert records == len(readable(*SIGN_INS, *RISKS, *WORKLOADS, "AuditLogs"))
    assert records > 300


def readable_elsewhere() -> list[dict[str, Any]]:
    """Return the records of the category that is not triaged."""
    return [record for record in all_records() if record["category"] == "MicrosoftGraphActivityLogs"]


def test_one_id_is_one_thing() -> None:
    """Records with one category and id are about one identity and one moment; only their state may differ."""
    things = defaultdict(set)
    for one in decoded():
        for record in one.records:
            if record.category != "RiskyUsers":
                things[record.category, record.record_id].add((record.at, str(record.identity)))
    assert [key for key, seen in things.items() if len(seen) > 1] == []


def test_everyone_in_the_events_is_in_the_tenant() -> None:
    """Users of sign-ins, risks and audits are users of the tenant; workloads are its service principals."""
    users = {user["id"] for user in TENANT["users"]}
    principals = {item["id"] for item in TENANT["servicePrincipals"]}
    for one in decoded():
        for record in one.records:
            assert record.tenant_id == TENANT_ID
            if isinstance(record, WorkloadSignIn):
                assert record.user_id in principals
            elif record.identity is not None:
                assert record.identity.id in users
            if isinstance(record, DirectoryAudit) and record.initiator_kind == "user":
                assert record.initiator_id in users


def test_everything_happened_before_now() -> None:
    """Events happened, and were handed over, before the story's present, within two days of it."""
    for one in decoded():
        for record in one.records:
            assert story.NOW - timedelta(hours=41) < record.at < story.NOW
    for record in all_records():
        text = record["time"]
        at = datetime.fromisoformat(text) if "T" in text else datetime.strptime(text + "Z", "%m/%d/%Y %I:%M:%S %p%z")
        assert at < story.NOW, text


def test_addresses_belong_to_documentation() -> None:
    """No address in the story is anybody's."""
    allowed = re.compile(r"(192\.0\.2|198\.51\.100|203\.0\.113)\.\d{1,3}|2001:db8:.*")
    addresses = {record.ip_address for one in decoded() for record in one.records if isinstance(record, SignIn)} - {
        None
    }
    addresses |= {item["ipAddress"] for item in TENANT["auditLogs/signIns"]}
    assert len(addresses) > 20
    assert [address for address in addresses if not allowed.fullmatch(str(address))] == []


def test_a_redelivery_has_the_same_properties_and_a_fresh_time() -> None:
    """Something comes twice in each hub, a while apart, with nothing but the envelope's time changed."""
    times = defaultdict(set)
    hubs = defaultdict(set)
    for hub, records in parsed():
        for record in records:
            key = repr({name: value for name, value in sorted(record.items()) if name != "time"})
            times[key].add(record["time"])
            hubs[key].add(hub)
    twice = [key for key, seen in times.items() if len(seen) > 1]
    assert {hub for key in twice for hub in hubs[key]} == {"risk", "sign_ins"}
    assert 5 <= len(twice) <= 40


def test_arrival_is_out_of_order() -> None:
    """Some records arrive after others that were handed over later."""
    times = [datetime.fromisoformat(record["time"]) for record in readable(*SIGN_INS)]
    late = sum(later < earlier for earlier, later in pairwise(times))
    assert late > 10


def test_hubs_mix_categories() -> None:
    """Audits also come through the risk hub, risky users through the sign-in hub, and bodies hold several kinds."""
    found = {(hub, record["category"]) for hub, records in parsed() for record in records}
    assert {
        ("risk", "AuditLogs"),
        ("sign_ins", "AuditLogs"),
        ("sign_ins", "RiskyUsers"),
        ("risk", "RiskyUsers"),
    } <= found
    assert any(len({record["category"] for record in records}) > 2 for _, records in parsed())


def test_sign_ins_are_updated_under_their_id() -> None:
    """The stolen sign-in comes with medium risk first and high risk later."""
    stolen = [
        record["properties"]["riskLevelAggregated"]
        for record in readable("SignInLogs")
        if record["properties"]["userId"] == session_theft.PERSON.id and record["properties"]["riskState"] == "atRisk"
    ]
    assert set(stolen) == {"medium", "high"}


def test_detections_are_updated_under_their_id() -> None:
    """The remediated detection comes as atRisk and as remediated."""
    states = {
        record["properties"]["riskState"]
        for record in readable("UserRiskEvents")
        if record["properties"]["userId"] == self_remediated.PERSON.id
    }
    assert states == {"atRisk", "remediated"}


def _inside(record: dict[str, Any]) -> str:
    return repr(record["properties"])


ODDITIES: dict[str, tuple[tuple[str, ...], Callable[[dict[str, Any]], object]]] = {
    "US text for time": (RISKS, lambda r: re.fullmatch(r"9/1[67]/2026 \d{1,2}:\d\d:\d\d [AP]M", r["time"])),
    "hour without a leading zero": (RISKS, lambda r: re.search(r"T\d:\d\d:\d\d\.\d{3}Z", _inside(r))),
    "Level is a number": (SIGN_INS, lambda r: r.get("Level") == 4),
    "Level is text": (SIGN_INS, lambda r: r.get("Level") == "4"),
    "level in lower case": (SIGN_INS, lambda r: r.get("level") == "4"),
    "Level is a word": (RISKS, lambda r: r.get("Level") == "Information"),
    "identity in lower case": (RISKS, lambda r: r["identity"] == r["properties"]["userDisplayName"].lower()),
    "riskType says less than riskEventType": (
        ("UserRiskEvents",),
        lambda r: r["properties"]["riskType"] == "generic" != r["properties"]["riskEventType"],
    ),
    "no address and no place": (("UserRiskEvents",), lambda r: r["properties"]["location"] is None),
    "additionalInfo holds a list and null": (
        ("UserRiskEvents",),
        lambda r: (
            '"Value":["' in r["properties"]["additionalInfo"] and '"Value":null' in r["properties"]["additionalInfo"]
        ),
    ),
    "en dash and trailing space": (
        ("AuditLogs",),
        lambda r: "\N{EN DASH}" in r["operationName"] and r["operationName"][-1] == " ",
    ),
    "null written as text": (("AuditLogs",), lambda r: r["callerIpAddress"] == "<null>"),
    "JSON inside text": (("AuditLogs",), lambda r: "'newValue': '[\"[KeyIdentifier=" in _inside(r)),
    "target without id": (("AuditLogs",), lambda r: r["properties"]["targetResources"][0]["id"] is None),
    "no caller address": (("ManagedIdentitySignInLogs",), lambda r: "callerIpAddress" not in r),
    "level low, state none": (
        WORKLOADS,
        lambda r: (r["properties"]["riskLevelDuringSignIn"], r["properties"]["riskState"]) == ("low", "none"),
    ),
    "place nowhere": (("SignInLogs",), lambda r: r["properties"]["location"]["geoCoordinates"]["latitude"] == 0.0),
    "not interactive in the interactive log": (("SignInLogs",), lambda r: not r["properties"]["isInteractive"]),
    "seven digits of a second": (SIGN_INS, lambda r: re.search(r"\.\d{7}\+00:00", r["properties"]["createdDateTime"])),
    "no digits of a second": (SIGN_INS, lambda r: re.search(r":\d\d\+00:00", r["properties"]["createdDateTime"])),
    "signature None": (SIGN_INS, lambda r: r["resultSignature"] == "None"),
    "IPv6": (SIGN_INS, lambda r: r["callerIpAddress"].startswith("2001:db8:")),
    "interrupt that is no failure": (SIGN_INS, lambda r: r["resultType"] == "50140"),
    "text that speaks to a model": (SIGN_INS, lambda r: "Ignore all previous instructions" in _inside(r)),
    "markup in a name": (("AuditLogs",), lambda r: "<b>Pro</b>" in _inside(r)),
}


@pytest.mark.parametrize("oddity", ODDITIES)
def test_the_stream_has_the_oddities_of_the_real_one(oddity: str) -> None:
    """Each oddity measured in real records occurs in the story too."""
    categories, shows = ODDITIES[oddity]
    assert any(shows(record) for record in readable(*categories))
