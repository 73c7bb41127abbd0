"""The file of tenants: what an entry may say, what it takes from the app, and how a mistake is told."""

from pathlib import Path
from typing import Any

import pytest

from shared.errors import ConfigurationError
from shared.settings import Settings
from shared.tenants.file import OF_THE_APP, SECRETS, Tenants, read_tenants
from tests.tenants.two import KEY_OF_A, MSSP, A, B, digest

APP = Settings(
    destinations=("webhook",),
    webhook_url="https://all.example/in",
    webhook_secret="whsec_YXBw",
    history_days=14,
    model_provider="openai",
    model="gpt",
    model_url="https://model.example/v1",
)
ENTRY = f"[[tenants]]\nid = '{A}'\nname = 'Woodgrove Bank'\nclient_id = 'c'\n"
SECRET = {"JIRA_OF_A": "t0ken"}


def read(tmp_path: Path, text: str, **settings: Any) -> Tenants:
    """Write a file and read it."""
    path = tmp_path / "tenants.toml"
    path.write_text(text, encoding="utf-8")
    given = {name: getattr(APP, name) for name in Settings.__struct_fields__} | settings
    return read_tenants(Settings(**{**given, "tenants_path": str(path)}), SECRET)


def test_no_destination_is_inherited(tmp_path: Path) -> None:
    """A customer's tickets go where its entry says, by default to its own queue; the rest is the app's unless it says."""
    (tenant,) = read(tmp_path, ENTRY + "history_days = 7\nmodel_provider = 'offline'\n").tenants
    settings = tenant.settings
    assert (settings.tenant_id, settings.destinations) == (A, ("queue",))
    assert (settings.webhook_url, settings.webhook_secret) == ("", "")
    assert (settings.history_days, settings.model_provider, settings.keep_days) == (7, "offline", APP.keep_days)


def test_secrets_come_from_the_environment(tmp_path: Path) -> None:
    """The file names the variable."""
    jira = "destinations = ['jira']\njira_url = 'https://a.atlassian.net'\njira_user = 'bot@a'\njira_project = 'SOC'\n"
    (tenant,) = read(tmp_path, ENTRY + jira + "jira_token_env = 'JIRA_OF_A'\n").tenants
    assert tenant.settings.jira_token == SECRET["JIRA_OF_A"]


def test_a_policy_is_found_beside_the_file(tmp_path: Path) -> None:
    """Another folder of work changes nothing; another tenant keeps the defaults."""
    (tmp_path / "a.toml").write_text("[thresholds]\nspray_users = 20\n")
    other = ENTRY.replace(A, B)
    a, b = read(tmp_path, ENTRY + "policy_path = 'a.toml'\n" + other).tenants
    assert (a.settings.policy.thresholds.spray_users, b.settings.policy.thresholds.spray_users) != (20, 20)
    assert a.settings.policy.thresholds.spray_users == 20


def test_the_registration_is_the_files_or_the_entrys_or_none_at_home(tmp_path: Path) -> None:
    """At home the app's own identity reads."""
    home = f"[[tenants]]\nid = '{B}'\nname = 'Home'\nis_home = true\n"
    a, b = read(tmp_path, "client_id = 'all'\n" + ENTRY.replace("client_id = 'c'\n", "") + home).tenants
    assert (a.client_id, b.client_id) == ("all", "")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "tenants"),
        ("tenants = []\n", "none is there"),
        (ENTRY + ENTRY.replace(A, A.upper()), "twice"),
        (ENTRY.replace(A, "woodgrove"), "no tenant's"),
        (ENTRY.replace("client_id = 'c'\n", ""), "no client_id"),
        (ENTRY + "is_home = true\n", "both"),
        (ENTRY + "webhook_secret = 'whsec_c2VjcmV0'\n", "webhook_secret stands in the file"),
        (ENTRY + "jira_token_env = 'NOT_SET'\n", "jira_token_env"),
        (ENTRY + "history_days_env = 'DAYS'\n", "no key `history_days_env`"),
        (ENTRY + "state_path = '/elsewhere'\n", "no key `state_path`"),
        (ENTRY + "graph_url = 'https://evil.example'\n", "no key `graph_url`"),
        (ENTRY + "histroy_days = 3\n", "no key `histroy_days`"),
        (ENTRY + "history_days = 'many'\n", "history_days"),
        (ENTRY + "destinations = ['jira']\n", "needs TRIAGE_JIRA_URL"),
        (ENTRY + "policy_path = 'none.toml'\n", "none.toml"),
        (ENTRY + "callers = [{}]\n", "neither"),
        (ENTRY + f"callers = [{{ tenant = '{MSSP}', key_sha256 = '{digest(KEY_OF_A)}' }}]\n", "or both"),
        (ENTRY + f"callers = [{{ key_sha256 = '{KEY_OF_A}' }}]\n", "no SHA-256"),
        (ENTRY + "callers = [{ role = 'Analyst' }]\n", "neither"),
        ("operators = [{ rôle = 'x' }]\n" + ENTRY, "tenants.toml"),
    ],
)
def test_a_mistake_is_told_by_its_key(tmp_path: Path, text: str, told: str) -> None:
    """At start, with a hint, and without any value that is a secret."""
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, text)
    assert told in str(caught.value)
    assert caught.value.hint
    assert "c2VjcmV0" not in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """By its path."""
    with pytest.raises(ConfigurationError, match=r"gone\.toml"):
        read_tenants(Settings(tenants_path=str(tmp_path / "gone.toml")))


def test_the_lists_of_settings_name_settings() -> None:
    """One that is renamed must not fall out of them; each that looks like a secret is one."""
    assert set(Settings.__struct_fields__) >= OF_THE_APP | SECRETS
    words = ("secret", "password", "token", "api_key", "connection")
    assert {name for name in Settings.__struct_fields__ if name.endswith(words)} <= SECRETS
