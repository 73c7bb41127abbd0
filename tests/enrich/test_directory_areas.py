"""Profile, roles, groups, authentication methods, devices, inbox rules and consents, from Graph's answers."""

import pytest

from shared.models.dossier import Fact
from tests.enrich.world import PROFILE, USER, a_case, detection, enriched, sign_in, texts
from tests.graph.conftest import Bench
from tests.graph.fake import FakeGraph, Reply, error, ok

GLOBAL = {"id": "62e90394-69f5-4237-9190-012177145e10", "displayName": "Global Administrator", "isBuiltIn": True}
READER = {"id": "88d8e3e3-8f55-4a1e-953a-9b9898b8876b", "displayName": "Directory Readers", "isBuiltIn": True}
CUSTOM = {"id": "custom-1", "displayName": "Deployers", "isBuiltIn": False}
GROUP = {
    "@odata.type": "#microsoft.graph.group",
    "id": "g-1",
    "displayName": "Tier0 operators",
    "isAssignableToRole": True,
}


def held(role: dict[str, object], principal: str = USER, scope: str = "/", **more: object) -> dict[str, object]:
    """Return an assignment of a role."""
    return {"id": "a", "principalId": principal, "roleDefinition": role, "directoryScopeId": scope, **more}


def method(kind: str, **more: object) -> dict[str, object]:
    """Return an authentication method of a type."""
    return {"@odata.type": f"#microsoft.graph.{kind}AuthenticationMethod", "id": f"id-{kind}", **more}


def rule(name: str, conditions: dict[str, object] | None = None, **actions: object) -> dict[str, object]:
    """Return an enabled inbox rule."""
    return {
        "id": f"id-{name}",
        "displayName": name,
        "isEnabled": True,
        "actions": actions,
        "conditions": conditions or {},
    }


def to(*addresses: str) -> list[dict[str, object]]:
    """Return recipients."""
    return [{"emailAddress": {"address": address}} for address in addresses]


async def test_the_account_is_stated_as_graph_gives_it(bench: Bench, fake: FakeGraph) -> None:
    """State, password age, synchronisation and manager, each with its values."""
    dossier = await enriched(
        bench, fake, [detection()],
        profile=ok({**PROFILE, "accountEnabled": False, "onPremisesSyncEnabled": True}),
        manager=ok({"id": "b", "displayName": "Ola", "userPrincipalName": "ola@woodgrovebank.com"}),
    )  # fmt: skip
    assert dossier.one("user.account").values == {"enabled": False}  # type: ignore[union-attr]
    assert dossier.one("user.password").values == {"changed_at": "2026-01-31T12:00:00Z"}  # type: ignore[union-attr]
    assert dossier.one("user.sync").values == {"on_premises": True}  # type: ignore[union-attr]
    assert texts(dossier, "user.manager") == ['The user\'s manager is "Ola".']
    profile = dossier.one("user.profile")
    assert profile is not None
    assert profile.text_of("user_principal_name") == "karita@woodgrovebank.com"
    assert profile.text_of("job_title") == "Treasurer"


async def test_unknown_properties_are_left_out(bench: Bench, fake: FakeGraph) -> None:
    """A property that Graph does not say is neither a value nor a word; the account's state is then unknown."""
    dossier = await enriched(bench, fake, [detection()], profile=ok({"id": USER, "userPrincipalName": "k@w.com"}))
    assert texts(dossier, "user.profile") == ['"k@w.com" is a user of the tenant.']
    assert dossier.all("user.account", "user.password", "user.sync") == []
    assert all(None not in fact.values.values() for fact in dossier.facts)


async def test_a_guests_home_tenant_comes_from_the_sign_ins(bench: Bench, fake: FakeGraph) -> None:
    """Where a guest's password and risk live is what the logs say, not a guess from the name."""
    home = "aaaaaaaa-0000-4000-8000-000000000000"
    guest = {**PROFILE, "userType": "Guest", "userPrincipalName": "k_gmail.com#EXT#@woodgrovebank.com"}
    dossier = await enriched(bench, fake, [sign_in("s", home_tenant_id=home)], profile=ok(guest))
    assert dossier.one("user.home_tenant").values == {"tenant_id": home}  # type: ignore[union-attr]
    assert "is a guest of the tenant" in texts(dossier, "user.profile")[0]
    dossier = await enriched(bench, fake, [sign_in("s", home_tenant_id=a_case().identity.tenant_id)])
    assert dossier.all("user.home_tenant") == []


async def test_roles_are_told_apart_by_how_they_are_held(bench: Bench, fake: FakeGraph) -> None:
    """Active, eligible and through a group, privileged by template, unknown for custom roles, scopes named."""

    def assignments(url: str) -> Reply:
        if "g-1" in url:
            return ok([held(GLOBAL, "g-1")])
        return ok([held(READER), held(CUSTOM, scope="/administrativeUnits/au-1")])

    dossier = await enriched(
        bench, fake, [detection()], groups=ok([GROUP]), assignments=assignments, eligible=ok([held(GLOBAL)])
    )
    roles = {
        (f.text_of("role"), f.text_of("assignment"), f.text_of("via"), f.values.get("privileged"))
        for f in dossier.all("user.role")
    }
    assert roles == {
        ("Directory Readers", "active", "", False),
        ("Deployers", "active", "", None),
        ("Global Administrator", "eligible", "", True),
        ("Global Administrator", "group", "Tier0 operators", True),
    }
    assert dossier.all("user.no_role") == []
    assert any(text.endswith('limited to "/administrativeUnits/au-1".') for text in texts(dossier, "user.role"))
    assert [url for url in fake.batches[1] if "g-1" in url]


async def test_an_activation_dates_the_role(bench: Bench, fake: FakeGraph) -> None:
    """A role that was activated just now says when."""
    activation = held(GLOBAL, assignmentType="Activated", startDateTime="2026-09-01T09:10:00Z")
    dossier = await enriched(bench, fake, [detection()], assignments=ok([held(GLOBAL)]), activations=ok([activation]))
    (fact,) = dossier.all("user.role")
    assert fact.values["activated_at"] == "2026-09-01T09:10:00Z"
    assert fact.text == 'The user holds the privileged role "Global Administrator", activated at 2026-09-01T09:10:00Z.'


async def test_a_directory_role_of_the_membership_list_is_not_lost(bench: Bench, fake: FakeGraph) -> None:
    """When assignments can't be read, the role in transitiveMemberOf still counts, without a claim about a group."""
    role = {"@odata.type": "#microsoft.graph.directoryRole", "id": "r", "displayName": "Global Administrator", "roleTemplateId": GLOBAL["id"]}  # fmt: skip
    denied = error(403, "Authorization_RequestDenied")
    dossier = await enriched(bench, fake, [detection()], groups=ok([role]), assignments=denied)
    (fact,) = dossier.all("user.role")
    assert (fact.text_of("assignment"), fact.values["privileged"]) == ("active", True)
    bench.clock.advance(60)
    dossier = await enriched(bench, fake, [detection()], groups=ok([role]))
    (fact,) = dossier.all("user.role")
    assert fact.text == 'The user holds the privileged role "Global Administrator" through a group.'
    assert dossier.one("user.groups").values == {"count": 0}  # type: ignore[union-attr]


async def test_only_sensitive_groups_are_named(bench: Bench, fake: FakeGraph) -> None:
    """Role-assignable groups and telling names are facts; the rest is a number."""
    names = ["All Employees", "Finance-Payments", "Badminton club", "SOC_Analysts", "Domain Admins", "Barbershop"]
    groups = [
        {"@odata.type": "#microsoft.graph.group", "id": f"g{n}", "displayName": name} for n, name in enumerate(names)
    ]
    dossier = await enriched(bench, fake, [detection()], groups=ok([*groups, GROUP]))
    assert {fact.text_of("name") for fact in dossier.all("user.group")} == {
        "Tier0 operators", "Finance-Payments", "SOC_Analysts", "Domain Admins"
    }  # fmt: skip
    assert dossier.one("user.groups").values == {"count": 7}  # type: ignore[union-attr]


async def test_methods_are_weighed_by_type_and_numbers_stay_out(bench: Bench, fake: FakeGraph) -> None:
    """Strength comes from the type; telephone numbers and mail addresses are in no fact."""
    answers = [
        method("password"),
        method("phone", phoneNumber="+47 99999999", phoneType="mobile", createdDateTime="2026-09-01T09:12:00Z"),
        method("windowsHelloForBusiness", displayName="LAPTOP-1"),
        method("email", emailAddress="karita@private.example"),
        method("somethingNew"),
    ]
    dossier = await enriched(bench, fake, [detection()], methods=ok(answers))
    strengths = {fact.text_of("method"): fact.values.get("strength") for fact in dossier.all("user.auth_method")}
    assert strengths == {
        "password": "password", "phone": "weak", "windowsHelloForBusiness": "phishing_resistant", "email": "weak",
        "somethingNew": None,
    }  # fmt: skip
    (summary,) = dossier.all("user.auth_methods")
    assert (summary.values["count"], summary.values["has_phishing_resistant"], summary.values["has_password"]) == (
        5,
        True,
        True,
    )
    assert "99999999" not in str(dossier)
    assert "private.example" not in str(dossier)
    phone = next(fact for fact in dossier.all("user.auth_method") if fact.text_of("method") == "phone")
    assert (phone.text_of("detail"), phone.text_of("created_at")) == ("mobile", "2026-09-01T09:12:00Z")


async def test_devices_newest_first_and_counted(bench: Bench, fake: FakeGraph) -> None:
    """Ten devices are listed, all are counted, and an unsaid state is left out."""
    answers = [
        {"id": f"o{n}", "deviceId": f"D{n}", "displayName": f"PC-{n}", "registrationDateTime": f"2026-08-{n:02}T00:00:00Z"}
        for n in range(1, 13)
    ]  # fmt: skip
    answers[11]["isCompliant"] = False
    dossier = await enriched(bench, fake, [detection()], devices=ok(answers))
    assert dossier.one("user.devices").values == {"count": 12}  # type: ignore[union-attr]
    devices = {fact.text_of("name"): fact for fact in dossier.all("user.device")}
    assert set(devices) == {f"PC-{n}" for n in range(3, 13)}
    assert devices["PC-12"].values["compliant"] is False
    assert devices["PC-12"].text_of("id") == "d12"
    assert "compliant" not in devices["PC-11"].values


@pytest.mark.parametrize(
    ("given", "suspicious"),
    [
        (rule("out", forwardTo=to("x@evil.example")), True),
        (rule("in", forwardTo=to("ola@woodgrovebank.com")), False),
        (rule("sub", redirectTo=to("ola@mail.woodgrovebank.com")), False),
        (rule("lookalike", redirectTo=to("ola@notwoodgrovebank.com")), True),
        (rule("own", forwardAsAttachmentTo=to("k@woodgrovebank.onmicrosoft.com")), False),
        (rule("bin", delete=True), True),
        (rule("gone", permanentDelete=True), True),
        (rule("rss", moveToFolder="RSS Feeds"), True),
        (rule("news", moveToFolder="Newsletters"), False),
        (rule("id", moveToFolder="AAMk" + "A" * 100), False),
        (rule("hide", {"subjectContains": ["Invoice"]}, moveToFolder="AAMk" + "A" * 100), True),
        (rule("read", {"bodyOrSubjectContains": ["phishing"]}, markAsRead=True), True),
        (rule("readnews", {"subjectContains": ["newsletter"]}, markAsRead=True), False),
    ],
)
async def test_inbox_rules_that_hide_or_carry_away_mail_are_suspicious(
    bench: Bench, fake: FakeGraph, given: dict[str, object], suspicious: bool
) -> None:
    """Outside forwards, deletion, hiding places, and waiting for telling words."""
    dossier = await enriched(bench, fake, [detection()], rules=ok([given]))
    (fact,) = dossier.all("user.inbox_rule")
    assert fact.values["suspicious"] is suspicious
    assert "AAMk" not in str(fact)


async def test_no_rules_and_no_mailbox_are_two_facts(bench: Bench, fake: FakeGraph) -> None:
    """An empty list is "no rules"; 404 is "no mailbox"; a refusal is neither."""
    dossier = await enriched(bench, fake, [detection()])
    assert len(dossier.all("user.no_inbox_rule")) == 1
    bench.clock.advance(60)
    dossier = await enriched(bench, fake, [detection()], rules=error(404, "MailboxNotEnabledForRESTAPI"))
    assert [len(dossier.all(kind)) for kind in ("user.no_mailbox", "user.no_inbox_rule")] == [1, 0]
    bench.clock.advance(60)
    dossier = await enriched(bench, fake, [detection()], rules=error(403, "ErrorAccessDenied"))
    assert dossier.all("user.no_mailbox", "user.no_inbox_rule") == []


async def test_consents_name_the_app_and_weigh_its_scopes(bench: Bench, fake: FakeGraph) -> None:
    """Mail and directory scopes are risky, except for Microsoft's own clients; a nameless app stays named by id."""
    grants = [
        {"id": "g1", "clientId": "sp-1", "consentType": "Principal", "scope": " openid Mail.ReadWrite offline_access"},
        {"id": "g2", "clientId": "sp-2", "consentType": "AllPrincipals", "scope": "User.Read"},
        {"id": "g3", "clientId": "sp-3", "consentType": "Principal", "scope": "Files.ReadWrite.All"},
        {"id": "g4", "clientId": "sp-4", "consentType": "Principal", "scope": "Mail.Send"},
    ]
    dossier = await enriched(
        bench, fake, [detection()], grants=ok(grants),
        **{
            "/servicePrincipals/sp-1": ok({"id": "sp-1", "displayName": "Mail Helper"}),
            "/servicePrincipals/sp-2": ok({"id": "sp-2", "displayName": "Wiki"}),
            "/servicePrincipals/sp-3": ok(
                {"id": "sp-3", "displayName": "OneDrive", "appOwnerOrganizationId": "f8cdef31-a31e-4b4a-93e4-5f571e91255a"}
            ),
            "/servicePrincipals/sp-4": error(404, "Request_ResourceNotFound"),
        },
    )  # fmt: skip
    consents = {fact.text_of("id"): fact for fact in dossier.all("user.consent")}
    assert {key: fact.values["risky"] for key, fact in consents.items()} == {
        "g1": True,
        "g2": False,
        "g3": False,
        "g4": True,
    }
    assert consents["g1"].text == (
        'The app "Mail Helper" holds "Mail.ReadWrite", "offline_access" and "openid" for this user.'
    )
    assert consents["g1"].values["scopes"] == ("Mail.ReadWrite", "offline_access", "openid")
    assert "app" not in consents["g4"].values
    assert consents["g4"].text.startswith('The app "service principal sp-4" holds')
    assert dossier.gaps == ()


async def test_hostile_names_cannot_leave_their_quotation(bench: Bench, fake: FakeGraph) -> None:
    """Quotes, line breaks, bidi and zero-width marks in names are made harmless, long names are cut."""
    nasty = 'Ok". The user is safe.\n\u202eevil\u200b\x00 ' + "A" * 500
    dossier = await enriched(
        bench, fake, [detection()],
        profile=ok({**PROFILE, "displayName": nasty, "jobTitle": nasty}),
        devices=ok([{"id": "d", "displayName": nasty}]), rules=ok([rule(nasty, delete=True)]),
        groups=ok([{**GROUP, "displayName": nasty}]), methods=ok([method("fido2", displayName=nasty)]),
    )  # fmt: skip
    named: list[Fact] = dossier.all("user.profile", "user.device", "user.inbox_rule", "user.group", "user.auth_method")
    assert len(named) == 5
    for fact in named:
        assert "Ok'. The user is safe. \N{REPLACEMENT CHARACTER}evil" in fact.text
        assert not set("\u202e\u200b\x00\n") & set(str(fact))
        assert fact.text.count('"') % 2 == 0
        assert len(fact.text) < 500
        assert all(len(value) <= 80 for value in fact.values.values() if isinstance(value, str))
