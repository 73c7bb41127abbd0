"""Bodies of every shape become records; what cannot be read is parked alone; nothing is lost."""

import json
from pathlib import Path

import pytest

from shared.ingest.messages import OTHER, Decoded, decode
from shared.models.records import RiskDetection, RiskyUser, SignIn
from tests.ingest.bodies import (
    RECEIVED,
    TENANT,
    USER,
    audit,
    body,
    detection,
    envelope,
    risky_user,
    sign_in,
    workload_risk,
    workload_sign_in,
)

EVENTS = Path(__file__).parents[3] / "shared" / "data" / "entra-events"
EVERY_KIND = [
    envelope("SignInLogs", sign_in()),
    envelope("NonInteractiveUserSignInLogs", sign_in(id="2", isInteractive=False)),
    envelope("ServicePrincipalSignInLogs", workload_sign_in()),
    envelope("ManagedIdentitySignInLogs", workload_sign_in(id="4")),
    envelope("AuditLogs", audit()),
    envelope("UserRiskEvents", detection(), time="1/31/2026 11:00:05 AM"),
    envelope("RiskyUsers", risky_user(), time="1/31/2026 11:00:05 AM"),
    envelope("ServicePrincipalRiskEvents", workload_risk()),
    envelope("RiskyServicePrincipals", workload_risk(riskLastUpdatedDateTime="2026-01-31T10:05:00Z")),
]
ONE = envelope("SignInLogs", sign_in())


def read(content: bytes, default_tenant: str | None = None) -> Decoded:
    """Decode at a fixed time."""
    return decode(content, received_at=RECEIVED, default_tenant=default_tenant)


def counted(found: Decoded) -> int:
    """Return how many elements are accounted for."""
    return len(found.records) + len(found.parked) + sum(found.ignored.values())


def dumped(value: object) -> bytes:
    """Return compact JSON."""
    return json.dumps(value, separators=(",", ":")).encode()


@pytest.mark.skipif(not EVENTS.is_dir(), reason="the recorded events are not part of the repository")
def test_all_recorded_events_decode() -> None:
    """Each of the 117 real records becomes a record, or is of the one category that is not triaged."""
    for path in sorted(EVENTS.glob("*.json")):
        content = path.read_bytes()
        given = len(json.loads(content)["records"])
        found = read(content)
        assert found.parked == ()
        if path.stem == "MicrosoftGraphActivityLogs":
            assert found.ignored == {"MicrosoftGraphActivityLogs": given}
        else:
            assert len(found.records) == given
            assert {record.category for record in found.records} == {json.loads(content)["records"][0]["category"]}


@pytest.mark.skipif(not EVENTS.is_dir(), reason="the recorded events are not part of the repository")
def test_the_slow_way_reads_the_same_as_the_fast_way() -> None:
    """Real records give equal records through the one-pass, the two-step and the loose decoders."""
    for path in sorted(EVENTS.glob("*.json")):
        records = json.loads(path.read_bytes())["records"]
        fast = read(body(*records)).records
        mixed = read(body({"category": "Heartbeat", "properties": {}}, *records))
        loose = read(body(*({"Category" if key == "category" else key: r[key] for key in r} for r in records)))
        assert mixed.records == fast
        assert loose.records == fast


@pytest.mark.parametrize(
    "content",
    [
        body(*EVERY_KIND),
        dumped({"Records": EVERY_KIND}),
        dumped({"RECORDS": EVERY_KIND[:4], "records": EVERY_KIND[4:]}),
        dumped(EVERY_KIND),
        dumped([{"records": EVERY_KIND[:4]}, *EVERY_KIND[4:]]),
        b"\r\n".join(map(dumped, EVERY_KIND)) + b"\r\n",
        b"\n\n".join(dumped({"records": [record]}) for record in EVERY_KIND),
        b"\xef\xbb\xbf" + body(*EVERY_KIND),
        b"\xef\xbb\xbf" + b"\n".join(map(dumped, EVERY_KIND)),
        json.dumps({"records": EVERY_KIND}, indent=2).encode(),
    ],
    ids=["batch", "Records", "two keys", "list", "list of batches", "lines", "capture", "BOM", "BOM lines", "indented"],
)
def test_every_wrapper_gives_the_same_records(content: bytes) -> None:
    """A batch, a bare list, lines, capture files, a byte order mark and white space change nothing."""
    expected = [read(body(record)).records[0] for record in EVERY_KIND]
    found = read(content)
    assert sorted(found.records, key=lambda record: record.key) == sorted(expected, key=lambda record: record.key)
    assert (found.parked, found.ignored) == ((), {})


def test_a_single_record_needs_no_wrapper() -> None:
    """One object with a category is one record."""
    assert read(dumped(ONE)).records == read(body(ONE)).records


@pytest.mark.parametrize("content", [b"", b" \r\n", b"\xef\xbb\xbf", b"[]", b'{"records":[]}', b'{"records":[]}\n'])
def test_an_empty_body_holds_nothing(content: bytes) -> None:
    """No records is no error."""
    assert read(content) == Decoded()


@pytest.mark.parametrize(
    "content", [b"hello", b"\xff\xfe", b'{"records":[{"category":', b"[[[", b"null", b'"text"', b" 7 "]
)
def test_a_body_that_holds_no_records_is_parked_whole(content: bytes) -> None:
    """What is no JSON, or JSON without any object, is kept byte for byte."""
    found = read(content)
    assert [parked.body for parked in found.parked] == [content]
    assert (found.records, found.ignored) == ((), {})


BROKEN = [
    "text",
    7,
    None,
    [],
    {},
    {"category": "SignInLogs"},
    {"category": None, "properties": {}},
    envelope("SignInLogs", None),
    envelope("SignInLogs", []),
    envelope("SignInLogs", "not JSON"),
    envelope("SignInLogs", "[1]"),
    envelope("SignInLogs", sign_in(id="")),
    envelope("SignInLogs", sign_in(status={}), resultType=None),
    envelope("SignInLogs", sign_in(createdDateTime=None), time="soon"),
    envelope("SignInLogs", sign_in(userId=None, userPrincipalName="")),
    envelope("SignInLogs", sign_in(), tenantId=None, resourceId=None),
    envelope("ServicePrincipalSignInLogs", workload_sign_in(servicePrincipalId=None, appId=None)),
    envelope("UserRiskEvents", detection(userId=None)),
    envelope("RiskyUsers", risky_user(riskLastUpdatedDateTime="soon")),
    envelope("AuditLogs", audit(activityDisplayName=None)),
    envelope("AuditLogs", audit(id=None)),
    envelope("ServicePrincipalRiskEvents", workload_risk(servicePrincipalId="")),
]


@pytest.mark.parametrize("broken", BROKEN, ids=range(len(BROKEN)))
def test_a_record_that_cannot_be_read_is_parked_alone(broken: object) -> None:
    """Its raw bytes, its reason and a hint are kept, and its neighbours become records."""
    found = read(body(ONE, broken, ONE))
    assert len(found.records) == 2
    (parked,) = found.parked
    assert parked.body == dumped(broken)
    assert parked.kind == "record"
    assert parked.at == RECEIVED
    assert parked.reason.startswith("MalformedRecordError: ")
    assert parked.hint


def test_parked_ids_come_from_the_content() -> None:
    """Parking the same bytes twice gives one id; other bytes give another."""
    first, again, other = read(body({"a": 1}, {"a": 1}, {"a": 2})).parked
    assert first.id == again.id != other.id


def test_a_reason_holds_no_content() -> None:
    """A parked record's reason names fields, never what they hold."""
    secret = "kari.nord@example.com"
    hostile = [
        envelope("SignInLogs", sign_in(id=None, userPrincipalName=secret, status=secret)),
        envelope("UserRiskEvents", detection(userId=None, userPrincipalName=secret)),
        envelope("RiskyUsers", risky_user(riskLastUpdatedDateTime=secret)),
        envelope("SignInLogs", secret),
    ]
    reasons = [parked.reason for parked in read(body(*hostile)).parked]
    assert len(reasons) == len(hostile)
    assert not any(secret in reason for reason in reasons)


def test_one_broken_line_does_not_take_down_the_others() -> None:
    """In JSON Lines, a line that is no JSON is parked alone."""
    found = read(dumped(ONE) + b"\r\n{broken\r\n" + dumped(ONE))
    assert len(found.records) == 2
    assert [parked.body for parked in found.parked] == [b"{broken"]


@pytest.mark.parametrize(
    "hostile",
    [
        rb'"\ud800"',
        rb'"\udc00\ud800"',
        b"NaN",
        b"-Infinity",
        b"1e999",
        b"9" * 5000,
        b'"tab\tin text"',
        b'"\xff\xfe"',
        b"[" * 50_000 + b"]" * 50_000,
    ],
    ids=["half pair", "wrong pair", "NaN", "infinity", "huge float", "huge int", "control", "not UTF-8", "nested"],
)
@pytest.mark.parametrize("field", [b"userAgent", b"notUsed"])
def test_hostile_values_never_cost_the_neighbours(hostile: bytes, field: bytes) -> None:
    """A value that JSON decoders refuse leaves the records around it readable, and is itself never lost."""
    record = dumped(envelope("SignInLogs", sign_in(id="odd", x=1))).replace(b'"x":1', b'"%s":%s' % (field, hostile))
    found = read(b'{"records":[' + b",".join([dumped(ONE), record, dumped(ONE)]) + b"]}")
    assert counted(found) == 3
    assert len(found.records) >= 2
    assert all(parked.body == record for parked in found.parked)
    if b"[" not in hostile:
        assert [record.record_id for record in found.records][1] == "odd"


def test_a_half_surrogate_pair_becomes_text_that_can_be_stored() -> None:
    """A user agent chosen to break encoders neither hides the sign-in nor breaks them later."""
    record = dumped(envelope("SignInLogs", sign_in(userAgent="@"))).replace(b'"@"', rb'"evil\ud83d agent"')
    (found,) = read(b'{"records":[' + record + b"]}").records
    assert found.user_agent == "evil? agent"


def test_of_duplicated_keys_the_last_one_counts() -> None:
    """JSON leaves it open; every decoder here takes the last, so all paths agree."""
    record = dumped(ONE).replace(b'"userDisplayName":"Kari Nord"', b'"userDisplayName":"A","userDisplayName":"B"')
    for content in (b'{"records":[' + record + b"]}", record, record.replace(b'"category"', b'"Category"')):
        (found,) = read(content).records
        assert found.user_display_name == "B"


def test_categories_that_are_not_triaged_are_counted_and_skipped() -> None:
    """Unknown categories cost no decode of their properties and are counted by name."""
    unused = [envelope("MicrosoftGraphActivityLogs", {"anything": [1, {}]}), envelope("ProvisioningLogs", None)]
    found = read(body(*unused, ONE, *unused))
    assert found.ignored == {"MicrosoftGraphActivityLogs": 2, "ProvisioningLogs": 2}
    assert len(found.records) == 1
    assert found.parked == ()


def test_names_of_ignored_categories_are_bounded() -> None:
    """Long, odd and too many names are counted together."""
    odd = [envelope(name, {}) for name in ("x" * 200, "<script>", "a\nb", "\u202eb")]
    many = [envelope(f"Kind{n}", {}) for n in range(200)]
    found = read(body(*odd, *many))
    assert sum(found.ignored.values()) == 204
    assert len(found.ignored) <= 51
    assert found.ignored[OTHER] >= 4


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        *(("signinlogs", "SignInLogs"), ("SignIn", "SignInLogs"), ("SIGNINLOGS", "SignInLogs")),
        *(("AADNonInteractiveUserSignInLogs", "NonInteractiveUserSignInLogs"), ("SigninLogs", "SignInLogs")),
    ],
)
def test_categories_match_in_any_casing_and_by_their_older_names(given: str, canonical: str) -> None:
    """The record carries the documented spelling, so that its key does not depend on the sender's."""
    (found,) = read(body(envelope(given, sign_in()))).records
    assert found.category == canonical


def test_the_category_key_may_be_pascal_case() -> None:
    """Some hubs deliver ``Category`` and its neighbours in PascalCase."""
    record = {key[0].upper() + key[1:]: value for key, value in ONE.items()}
    assert read(body(record)).records == read(body(ONE)).records


def test_the_2018_name_of_the_audit_log_is_known() -> None:
    """``Audit`` with an integer result is an audit record that succeeded."""
    (found,) = read(body(envelope("Audit", audit(result=0), resultType="Update", durationMs="-1"))).records
    assert found.category == "AuditLogs"
    assert found.succeeded is True


def test_properties_may_be_json_text() -> None:
    """A string that holds the object is as good as the object."""
    for properties in (json.dumps(sign_in()), json.dumps(sign_in(autonomousSystemNumber="12"))):
        (found,) = read(body(envelope("SignInLogs", properties))).records
        assert isinstance(found, SignIn)
        assert found.user_id == USER


@pytest.mark.parametrize(
    ("changes", "tenant"),
    [
        ({}, TENANT),
        ({"tenantId": TENANT.upper()}, TENANT),
        ({"tenantId": None}, TENANT),
        ({"tenantId": None, "resourceId": f"/TENANTS/{TENANT.upper()}/PROVIDERS/MICROSOFT.AADIAM"}, TENANT),
        ({"tenantId": "", "resourceId": TENANT.upper()}, TENANT),
        ({"tenantId": None, "resourceId": None, "properties": sign_in(tenantId=TENANT)}, TENANT),
        ({"tenantId": None, "resourceId": None}, "the-default"),
        ({"tenantId": None, "resourceId": "/subscriptions/1/providers/x"}, "the-default"),
        ({"tenantId": "contoso-test"}, "contoso-test"),
    ],
)
def test_the_tenant_is_found_where_the_record_names_it(changes: dict[str, object], tenant: str) -> None:
    """First tenantId, then resourceId, then properties, then the default, always in lower case."""
    (found,) = read(body(ONE | changes), default_tenant="The-Default").records
    assert found.tenant_id == tenant


@pytest.mark.parametrize("record", EVERY_KIND, ids=[str(record["category"]) for record in EVERY_KIND])
def test_the_envelope_never_changes_the_key(record: dict[str, object]) -> None:
    """A redelivery with a fresh envelope, or one that lost keys, has the key of the first delivery."""
    fresh = record | {"time": "2026-02-01T00:00:00Z", "correlationId": "new", "Level": "Information", "location": "wus"}
    bare = {key: record[key] for key in ("category", "tenantId", "properties")}
    renamed = {key.upper(): value for key, value in record.items()}
    first, *others = (read(body(sent)).records[0].key for sent in (record, fresh, bare, renamed))
    assert others == [first] * 3


@pytest.mark.parametrize("level", [4, "4", "Information", "Informational", None, {"odd": 1}])
def test_the_level_of_the_envelope_is_never_read(level: object) -> None:
    """Level says nothing about risk, whatever its type and casing."""
    plain = {key: value for key, value in ONE.items() if key != "Level"}
    for key in ("Level", "level"):
        assert read(body(plain | {key: level})).records == read(body(plain)).records


def test_a_changed_state_is_another_record() -> None:
    """A detection sent again with a new state, and a user's next state of risk, have keys of their own."""
    first = read(body(envelope("UserRiskEvents", detection()))).records[0]
    later = detection(riskState="dismissed", lastUpdatedDateTime="2026-01-31T11:00:00Z")
    assert isinstance(first, RiskDetection)
    assert read(body(envelope("UserRiskEvents", later))).records[0].key != first.key
    user = read(body(envelope("RiskyUsers", risky_user()))).records[0]
    assert isinstance(user, RiskyUser)
    assert read(body(envelope("RiskyUsers", risky_user(riskState="remediated")))).records[0].key != user.key


def test_a_large_record_is_read_whole() -> None:
    """Dozens of policies and long texts do not matter; the failed policies are named."""
    policies = [{"displayName": f"Policy \u00e6 {n}", "result": "notApplied", "pad": "x" * 400} for n in range(60)]
    policies[41]["result"] = "failure"
    given = sign_in(appliedConditionalAccessPolicies=policies, conditionalAccessStatus="failure")
    (found,) = read(body(envelope("SignInLogs", given))).records
    assert isinstance(found, SignIn)
    assert found.failed_policies == ("Policy \u00e6 41",)
