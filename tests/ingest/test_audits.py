"""The oddities of directory audits."""

import json
from datetime import UTC, datetime

import pytest

from shared.ingest.messages import decode
from shared.models.records import Change, DirectoryAudit, Target
from tests.ingest.bodies import RECEIVED, TENANT, USER, audit, body, envelope


def read(properties: object, **changes: object) -> DirectoryAudit:
    """Return the one audit in a body."""
    (found,) = decode(body(envelope("AuditLogs", properties, **changes)), received_at=RECEIVED).records
    assert isinstance(found, DirectoryAudit)
    return found


def changed(name: str | None, old: object, new: object) -> Change:
    """Return one modified property after decoding."""
    resource = {"id": USER, "modifiedProperties": [{"displayName": name, "oldValue": old, "newValue": new}]}
    return read(audit(targetResources=[resource])).targets[0].changes[0]


def test_a_whole_audit_is_read() -> None:
    """The activity loses its en dash and trailing space, the id keeps its casing."""
    assert read(audit(resultReason="None"), callerIpAddress="198.51.100.7") == DirectoryAudit(
        category="AuditLogs",
        tenant_id=TENANT,
        record_id="Directory_5a5a_L4422_1",
        at=datetime(2026, 1, 31, 10, 16, 11, 51138, tzinfo=UTC),
        activity="Update application - Certificates and secrets management",
        service="Core Directory",
        audit_category="UserManagement",
        succeeded=True,
        operation_type="Update",
        correlation_id="5a5a5a5a-0000-4000-8000-000000000006",
        initiator_id=USER,
        initiator_kind="user",
        initiator_name="admin@example.com",
        ip_address="198.51.100.7",
        targets=(Target(id=USER, type="User"),),
    )


@pytest.mark.parametrize(
    ("initiated_by", "found"),
    [
        ({"user": {"id": "U", "displayName": "Kari", "roles": "admin"}, "app": None}, ("user", "u", "Kari")),
        ({"app": {"appId": None, "servicePrincipalId": "S", "displayName": "Sync"}}, ("app", "s", "Sync")),
        ({"user": None, "app": {"displayName": "Sync"}}, ("app", None, "Sync")),
        ({"app": {"appId": "A", "servicePrincipalName": "spn"}}, ("app", None, "spn")),
        ({"user": {"id": None, "userPrincipalName": ""}, "app": {"displayName": "Sync"}}, ("app", None, "Sync")),
        *(({}, (None, None, None)), (None, (None, None, None)), ("system", (None, None, None))),
        ('{"user":{"id":"U"}}', ("user", "u", None)),
    ],
)
def test_the_initiator_is_a_user_or_an_app(initiated_by: object, found: tuple[str | None, ...]) -> None:
    """Either of the two, partly filled, null, missing, or as text."""
    given = read(audit(initiatedBy=initiated_by))
    assert (given.initiator_kind, given.initiator_id, given.initiator_name) == found


@pytest.mark.parametrize(
    ("result", "succeeded"),
    [
        ("success", True),
        ("Success", True),
        (0, True),
        ("failure", False),
        ("timeout", False),
        (1, False),
        (None, None),
        ("", None),
    ],
)
def test_the_result_is_a_word_or_a_number(result: object, succeeded: bool | None) -> None:
    """2018 wrote numbers; a result that is not said is unknown."""
    assert read(audit(result=result)).succeeded is succeeded


def test_targets_may_be_null_in_any_part() -> None:
    """Empty targets go, either spelling of the type is read, the user need not come first."""
    resources = [
        {"id": None, "displayName": None, "modifiedProperties": None},
        None,
        {"Type": "Policy", "displayName": "P"},
        {"id": USER.upper(), "type": "User", "userPrincipalName": "Kari@Example.com", "modifiedProperties": [None]},
    ]
    found = read(audit(targetResources=resources))
    assert found.targets == (
        Target(type="Policy", display_name="P"),
        Target(id=USER, type="User", user_principal_name="kari@example.com"),
    )
    assert found.identity is not None
    assert found.identity.id == USER
    assert read(audit(targetResources=None)).targets == ()
    assert read(audit(targetResources=json.dumps(resources))).targets == found.targets


@pytest.mark.parametrize(
    ("value", "unwrapped"),
    [
        *((json.dumps("Guest"), "Guest"), (json.dumps(json.dumps("Guest")), "Guest"), ("plain text", "plain text")),
        *(('["A","B"]', "A, B"), ('[{"MethodType":7}]', '[{"MethodType":7}]'), ("[]", "[]"), ('"True"', "True")),
        *((None, None), ("", None), ("null", None), ('""', None), ("7", "7"), ("true", "true"), ("[broken", "[broken")),
        *(([{"a": 1}], '[{"a":1}]'), (7, "7"), (True, "true"), ("[" * 5000, "[" * 5000)),
    ],
)
def test_json_inside_strings_is_unwrapped(value: object, unwrapped: str | None) -> None:
    """Layers of quoting go; lists of text are joined, other JSON stays compact JSON."""
    assert changed("Included Updated Properties", value, None).old == unwrapped
    assert changed("Included Updated Properties", None, value).new == unwrapped


@pytest.mark.parametrize(
    "name",
    [
        *("KeyDescription", "PasswordCredentials", "KeyMaterial", "Password", "KeyCredentials", "PasswordProfile"),
        *("StrongAuthenticationPhoneAppDetail", "DeviceKey", "AsymmetricKey", "ClientSecret", "Temporary Access Pass"),
    ],
)
def test_credential_values_are_never_kept(name: str) -> None:
    """Of a change to a credential only its name stays."""
    assert changed(name, '"old-value"', '["new-value"]') == Change(name=name)


@pytest.mark.parametrize(
    "value",
    ['["[KeyIdentifier=1,KeyType=Password]"]', '{"secretText":"x"}', "-----BEGIN CERTIFICATE", "eyJhbGciOiJIUzI1.x.y"],
)
def test_values_that_look_like_credentials_are_never_kept(value: str) -> None:
    """What looks like key material is dropped under any name."""
    assert changed("Details", None, value) == Change(name="Details")


@pytest.mark.parametrize(
    "name",
    ["FederatedIdentityCredentials", "PasswordPolicies", "StsRefreshTokensValidFrom", "StrongAuthenticationMethod"],
)
def test_what_only_sounds_like_a_credential_is_kept(name: str) -> None:
    """Issuers, policies and dates are evidence."""
    assert changed(name, None, '"value"').new == "value"


def test_the_user_agent_may_hide_in_the_details() -> None:
    """The property wins, else the detail named User-Agent."""
    details = [{"key": "UserType", "value": "Member"}, None, {"key": "User-Agent", "value": "curl/8.0"}]
    assert read(audit(userAgent=None, additionalDetails=details)).user_agent == "curl/8.0"
    assert read(audit(userAgent="own", additionalDetails=details)).user_agent == "own"
    assert read(audit(additionalDetails=[])).user_agent is None


@pytest.mark.parametrize("caller", ["<null>", "&lt;null&gt;", None, "::2a02:cf40:1:2:3:4:5:6"])
def test_a_callers_address_that_is_none_is_none(caller: object) -> None:
    """Literal nulls and malformed IPv6 are no address; the initiator's own wins."""
    assert read(audit(), callerIpAddress=caller).ip_address is None
    own = {"user": {"id": USER, "ipAddress": "198.51.100.7"}}
    assert read(audit(initiatedBy=own), callerIpAddress=caller).ip_address == "198.51.100.7"


def test_the_activity_may_only_be_the_operation() -> None:
    """Older records name it in operationName, inside or outside."""
    assert read(audit(activityDisplayName=None, operationName="Add user")).activity == "Add user"
    assert read(audit(activityDisplayName=""), operationName="Add\u00a0user ").activity == "Add user"


def test_a_flat_row_of_the_audit_table_is_read() -> None:
    """In the table ``Type`` names it and ``Category`` is the inner one."""
    row = {"TimeGenerated": "2026-01-31T11:00:00Z", "AADTenantId": TENANT, "Type": "AuditLogs"}
    row |= {"Category": "RoleManagement", "Id": "Directory_1", "ActivityDateTime": "2026-01-31T10:00:00Z"}
    row |= {"ActivityDisplayName": "Add member to role", "Result": "success", "AADOperationType": "Assign"}
    row |= {"InitiatedBy": '{"user":{"id":"U"}}', "TargetResources": '[{"id":"T","type":"User"}]'}
    (found,) = decode(json.dumps(row).encode(), received_at=RECEIVED).records
    assert isinstance(found, DirectoryAudit)
    assert (found.category, found.audit_category, found.operation_type) == ("AuditLogs", "RoleManagement", "Assign")
    assert (found.initiator_id, found.targets) == ("u", (Target(id="t", type="User"),))


def test_of_a_credential_only_id_and_type_are_kept() -> None:
    """Both are in sign-in logs too; its name is somebody's text, its value a secret."""
    one = "[KeyIdentifier=a1-b2,KeyType=Password,KeyUsage=Verify,DisplayName=hunter2]"
    two = "[KeyIdentifier=c3-d4,KeyType=AsymmetricX509Cert,KeyUsage=Verify,DisplayName=eyJhbGciOiJub25l.]"
    kept = changed("KeyDescription", [one], [one, two])
    assert kept == Change(name="KeyDescription", old="a1-b2 Password", new="a1-b2 Password, c3-d4 AsymmetricX509Cert")
    assert changed("KeyDescription", "hunter2", "[") == Change(name="KeyDescription")


def test_an_invited_address_hides_in_the_details() -> None:
    """The guest's own name in the directory is another."""
    details = [{"key": "InvitedUserEmailAddress", "value": "Nina@Tailspintoys.com"}]
    assert read(audit(additionalDetails=details)).invited == "nina@tailspintoys.com"
    assert read(audit()).invited is None
