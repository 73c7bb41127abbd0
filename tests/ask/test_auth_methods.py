"""Skills about authentication methods: of users, and of the tenant's policy."""

import pytest

from local.tenant import Rules
from tests.ask.bench import bench, column, without
from tests.ask.world import AUTH, EVA, FINANCE, KARITA, OLA, guid, user

ONE_USER = ("auth_methods_of_user", "per_user_mfa")
OTHERS = {
    "auth_method_registrations": {"method": "Fido2"}, "users_without_mfa": {}, "auth_methods_in_tenant": {},
    "auth_method_in_tenant": {"method": "Fido2"}, "auth_feature_in_tenant": {"feature": "systemPreferred"},
}  # fmt: skip


async def test_methods_of_a_user() -> None:
    """Kinds, strength, and no phone number."""
    async with bench(AUTH) as asked:
        found = await asked.ask("auth_methods_of_user", user=user())
        assert asked.trips == 1
    assert found.text == (
        '"karita@woodgrovebank.com" has registered 3 authentication methods: password, phone and passkey (FIDO2). '
        "At least one resists phishing."
    )
    assert column(found, "strength") == ["password", "weak", "phishing-resistant"]
    assert "99999999" not in str(found.tables)
    assert found.facts["has_second_factor"] is True


async def test_a_user_with_a_password_only_and_one_with_nothing() -> None:
    """Both are said; a user that is not there is something else."""
    async with bench(AUTH) as asked:
        found = await asked.ask("auth_methods_of_user", user=user(OLA, "ola@woodgrovebank.com"))
        assert "Beyond the password there is none" in found.text
        assert found.facts["has_second_factor"] is False
        found = await asked.ask("auth_methods_of_user", user=user(EVA, "eva@woodgrovebank.com"))
        assert "has registered no authentication methods" in found.text
        found = await asked.ask("auth_methods_of_user", user=user(guid(77), "nobody@woodgrovebank.com"))
        assert found.text.startswith("There is no user")


async def test_per_user_mfa_comes_from_beta() -> None:
    """Disabled does not mean that nothing asks for MFA."""
    async with bench(AUTH) as asked:
        found = await asked.ask("per_user_mfa", user=user())
        assert found.facts == {"per_user_mfa_state": "disabled"}
        assert "may still ask for MFA" in found.text
        found = await asked.ask("per_user_mfa", user=user(OLA, "ola@woodgrovebank.com"))
        assert found.text == 'Per-user MFA of "ola@woodgrovebank.com" is enforced.'


async def test_who_registered_a_method() -> None:
    """By any of the words that the report has for it."""
    async with bench(AUTH) as asked:
        found = await asked.ask("auth_method_registrations", method="Fido2")
        assert column(found, "id") == [KARITA]
        assert found.text.startswith('Found 1 user with Passkey (FIDO2) registered: "karita@woodgrovebank.com".')
        found = await asked.ask("auth_method_registrations", method="HardwareOath")
        assert found.facts["count"] == 0
        found = await asked.ask("users_without_mfa")
        assert column(found, "id") == [OLA]
        assert '1 administrator among them: "ola@woodgrovebank.com".' in found.text


async def test_the_policy_of_the_tenant() -> None:
    """What is on, what is off, and the groups by name."""
    async with bench(AUTH) as asked:
        found = await asked.ask("auth_methods_in_tenant")
        assert asked.trips == 2
        assert found.text == (
            "The tenant's policy enables 2 methods: Passkey (FIDO2) and Microsoft Authenticator. Not enabled: SMS."
        )
        assert column(found, "for_whom") == ["all users", '"Finance Department"', "all users"]
        found = await asked.ask("auth_method_in_tenant", method="MicrosoftAuthenticator")
        assert found.text == 'Microsoft Authenticator is enabled for "Finance Department".'
        found = await asked.ask("auth_method_in_tenant", method="Fido2")
        assert found.text == 'Passkey (FIDO2) is enabled for all users, but not for "Old list".'
        found = await asked.ask("auth_method_in_tenant", method="Sms")
        assert (found.text, found.facts["enabled"]) == ("SMS is disabled.", False)
        found = await asked.ask("auth_method_in_tenant", method="QRCodePin")
        assert "does not mention QR code and PIN" in found.text


@pytest.mark.parametrize(
    ("feature", "text"),
    [
        ("registrationCampaign", 'The registration campaign is enabled for "Finance Department".'),
        ("systemPreferred", "System-preferred authentication is left to Microsoft's default for all users."),
        ("reportSuspiciousActivity", "Report suspicious activity is disabled."),
    ],
)
async def test_features_of_the_policy_come_from_beta(feature: str, text: str) -> None:
    """State and for whom."""
    async with bench(AUTH) as asked:
        found = await asked.ask("auth_feature_in_tenant", feature=feature)
    assert found.text == text


async def test_a_feature_that_graph_does_not_give() -> None:
    """Unknown is not off."""
    async with bench({"policies/authenticationMethodsPolicy": {"id": "x"}}) as asked:
        found = await asked.ask("auth_feature_in_tenant", feature="systemPreferred")
    assert "does not tell" in found.text
    assert "enabled" not in found.facts


async def test_groups_whose_names_may_not_be_read() -> None:
    """The id stands for the name, and the gap is admitted."""
    async with bench(without(AUTH, "groups")) as asked:
        found = await asked.ask("auth_method_in_tenant", method="MicrosoftAuthenticator")
    assert f'is enabled for "{FINANCE}".' in found.text
    assert "could not be read" in found.text


@pytest.mark.parametrize("skill", [*ONE_USER, *OTHERS])
async def test_methods_that_may_not_be_read(skill: str) -> None:
    """Denied is never none."""
    given = {"user": user()} if skill in ONE_USER else OTHERS[skill]
    async with bench(AUTH, Rules(roles=frozenset({"User.Read.All"}))) as asked:
        found = await asked.ask(skill, **given)  # type: ignore[arg-type]
    assert "could not be read" in found.text
    assert "no user" not in found.text
    assert "has registered no" not in found.text
    assert [gap.reason for gap in found.gaps] == ["denied"]
    assert not found.facts
