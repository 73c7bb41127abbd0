"""The policy file: what it changes, what it refuses, and what it never does."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from local.__main__ import main
from local.compare import compare
from local.replay import read_bodies, replay
from local.tenant import Tenant
from shared.assess import check_weights
from shared.errors import ConfigurationError, InvalidRequestError
from shared.models.identity import Identity
from shared.policy import default_policy, policy_of, read_policy
from shared.settings import Settings
from tests.assess.facts import detection, judge
from tests.records import ANNA, TENANT

SCENARIOS = Path(__file__).parent / "scenarios"
NOW = datetime(2026, 9, 17, tzinfo=UTC)
WHO = Identity(tenant_id=TENANT, kind="user", id=ANNA, name="anna@woodgrovebank.com")
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"threshold": {}}, "there is no section `threshold`"),
    ({"thresholds": 7}, "`thresholds` is not a section"),
    ({"thresholds": {"spray_user": 3}}, "spray_user"),
    ({"thresholds": {"spray_users": "many"}}, "$.thresholds.spray_users"),
    ({"thresholds": {"spray_users": 0}}, "thresholds.spray_users is 0"),
    ({"thresholds": {"half_life_days": -1}}, "thresholds.half_life_days is -1"),
    ({"networks": {"trusted": [{"cidr": "10.0.0.0/33", "name": "x"}]}}, "networks.trusted"),
    ({"networks": {"trusted": [{"cidr": "0.0.0.0/0", "name": "x"}]}}, "0.0.0.0/0 is too broad"),
    ({"networks": {"trusted": [{"cidr": "0.0.0.0/1", "name": "x"}]}}, "0.0.0.0/1 is too broad"),
    ({"networks": {"trusted": [{"cidr": "198.0.0.0/7", "name": "x"}]}}, "198.0.0.0/7 is too broad"),
    ({"networks": {"trusted": [{"cidr": "2000::/3", "name": "x"}]}}, "2000::/3 is too broad"),
    ({"networks": {"trusted": [{"cidr": "2000::/15", "name": "x"}]}}, "2000::/15 is too broad"),
    ({"networks": {"trusted": [{"cidr": "::ffff:0.0.0.0/97", "name": "x"}]}}, "::ffff:0.0.0.0/97 is too broad"),
    ({"working_hours": {"start": 24}}, "working_hours: 24 to 20"),
    ({"working_hours": {"end": 25}}, "working_hours: 6 to 25"),
    ({"working_hours": {"end": 6}}, "working_hours: 6 to 6"),
    ({"working_hours": {"days": []}}, "working_hours.days"),
    ({"working_hours": {"days": [0, 1]}}, "working_hours.days"),
    ({"identities": {"excluded": [{"id": ANNA}]}}, "reason"),
    ({"identities": {"excluded": [{"id": ANNA, "reason": " "}]}}, "identities.excluded"),
    ({"applications": {"excluded": [{"id": "", "reason": "scanner"}]}}, "applications.excluded"),
    ({"weights": {"impossible_travel": {"point": 3}}}, "the weight of `impossible_travel` has a wrong form"),
    ({"weights": {"impossible_travel": True}}, "the weight of `impossible_travel` has a wrong form"),
    ({"weights": {"impossible_travel": 2.5}}, "the weight of `impossible_travel` has a wrong form"),
]


@pytest.mark.parametrize(("given", "says"), REFUSED)
def test_what_cannot_be_meant_is_refused_by_name(given: dict[str, Any], says: str) -> None:
    """The error names the key, and its hint where to look."""
    with pytest.raises(ConfigurationError) as raised:
        policy_of(given)
    assert says in str(raised.value)
    assert raised.value.hint


@pytest.mark.parametrize("cidr", ["10.0.0.0/8", "198.51.100.0/24", "2001::/16", "::ffff:10.0.0.0/104"])
def test_a_network_that_one_owner_can_have_is_taken(cidr: str) -> None:
    """The bound itself is allowed."""
    policy = policy_of({"networks": {"trusted": [{"cidr": cidr, "name": "ours"}]}})
    assert policy.is_trusted(cidr.partition("/")[0])


def test_an_unknown_finding_is_refused_with_the_nearest_name() -> None:
    """A typing error in a weight would otherwise change nothing in silence."""
    with pytest.raises(ConfigurationError) as raised:
        check_weights(policy_of({"weights": {"imposible_travel": 4}}))
    assert "impossible_travel" in raised.value.hint


def test_a_file_that_is_no_policy_is_refused(tmp_path: Path) -> None:
    """Missing, not TOML, or wrong inside: the path and what is wrong."""
    (tmp_path / "bad.toml").write_text("thresholds = [")
    (tmp_path / "wrong.toml").write_text("[thresholds]\nguesses = 0\n")
    for name in ("missing.toml", "bad.toml", "wrong.toml"):
        with pytest.raises(ConfigurationError, match=name):
            read_policy(str(tmp_path / name))
    with pytest.raises(ConfigurationError):
        Settings.from_env({"TRIAGE_POLICY_PATH": str(tmp_path / "wrong.toml")})


def test_a_file_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    """The rest stays as the defaults have it, and the fingerprint tells the two apart."""
    (tmp_path / "own.toml").write_text("[thresholds]\nguesses = 7\n[weights]\nimpossible_travel = 4\n")
    own, defaults = read_policy(str(tmp_path / "own.toml")), default_policy()
    assert own.thresholds == msgspec.structs.replace(defaults.thresholds, guesses=7)
    assert own.identities == defaults.identities
    assert own.fingerprint != defaults.fingerprint == policy_of({}).fingerprint
    assert Settings.from_env({"TRIAGE_POLICY_PATH": str(tmp_path / "own.toml")}).policy.thresholds.guesses == 7


def test_a_weight_of_the_file_says_where_it_comes_from() -> None:
    """The score uses it, by level where it gives levels, and the term says so."""
    risk = detection("unlikelyTravel", risk_level="high")
    flat, levelled = policy_of({"weights": {"impossible_travel": 4}}), {"points": 1, "high": 9}
    for policy, points in ((flat, 4), (policy_of({"weights": {"impossible_travel": levelled}}), 9)):
        (term,) = [term for term in judge(risk, policy=policy).terms if term.source == "impossible_travel"]
        assert (term.points, term.label.endswith("(weight of the policy file)")) == (points, True)
    assert not any("policy" in term.label for term in judge(risk).terms)


def test_names_are_ids_or_principal_names_in_any_case() -> None:
    """An account may be listed by either, and an exclusion ends."""
    for name in (ANNA.upper(), "Anna@WoodgroveBank.com"):
        assert policy_of({"identities": {"canary": [name]}}).is_canary(WHO)
        assert policy_of({"identities": {"break_glass": [name]}}).is_break_glass(ANNA, WHO.name)
        assert policy_of({"identities": {"service_accounts": [name]}}).is_service_account(ANNA, WHO.name)
        left_out = policy_of({"identities": {"excluded": [{"id": name, "reason": "test"}]}})
        assert left_out.is_excluded(WHO, NOW)
    ended = {"id": ANNA, "reason": "test", "until": datetime(2026, 9, 16, tzinfo=UTC).date()}
    assert not policy_of({"identities": {"excluded": [ended]}}).is_excluded(WHO, NOW)
    assert not default_policy().is_canary(WHO)


def test_a_shift_over_midnight_ends_the_day_after() -> None:
    """Sunday night to Thursday night: Friday's early hours are at work, Saturday's are not."""
    hours = policy_of({"working_hours": {"start": 22, "end": 6, "days": [7, 1, 2, 3, 4]}}).working_hours
    friday = datetime(2026, 9, 18, tzinfo=UTC)
    at_work = [hours.holds(friday.replace(hour=hour)) for hour in (0, 5, 6, 12, 22, 23)]
    assert at_work == [True, True, False, False, False, False]
    assert hours.holds(datetime(2026, 9, 20, 22, tzinfo=UTC))
    assert not hours.holds(datetime(2026, 9, 19, 3, tzinfo=UTC))
    office = default_policy().working_hours
    assert [office.holds(friday.replace(hour=hour)) for hour in (5, 6, 19, 20)] == [False, True, True, False]
    assert not office.holds(datetime(2026, 9, 20, 12, tzinfo=UTC))


def test_groups_go_by_id_or_pattern() -> None:
    """``*`` stands for anything, case does not count."""
    policy = policy_of({"groups": {"sensitive": ["*treasury desk*", "g-1"]}})
    assert policy.is_sensitive_group("x", "EMEA Treasury Desk 2")
    assert policy.is_sensitive_group("G-1", None)
    assert not policy.is_sensitive_group("g-12", "Treasury")
    assert policy.is_helpdesk_group("x", "IT Helpdesk")


async def run(name: str, out: Path, policy: str | None = None) -> dict[str, Any]:
    """Replay a scenario, under a policy where one is given."""
    out.mkdir(parents=True, exist_ok=True)
    path = None
    if policy is not None:
        path = out / "policy.toml"
        path.write_text(policy)
    folder = SCENARIOS / name
    now = datetime.fromisoformat(msgspec.json.decode((folder / "expect.json").read_bytes())["now"])
    tenant = Tenant.load(folder / "tenant.json")
    return await replay(tenant, read_bodies([folder / "events.json"]), out, now=now, policy=path)


async def test_an_excluded_identity_gets_no_case_unless_it_is_confirmed(tmp_path: Path) -> None:
    """Left out and counted; an administrator's word gets past it."""
    (case,) = (await run("leaked_credentials", tmp_path / "a"))["cases"]
    left_out = f'[identities]\nexcluded = [{{ id = "{case["identity"]["id"]}", reason = "red team" }}]\n'
    summary = await run("leaked_credentials", tmp_path / "b", left_out)
    assert summary["cases"] == []
    assert summary["policy"]["excluded"] > 0
    (case,) = (await run("confirmed_compromised_by_admin", tmp_path / "c"))["cases"]
    left_out = f'[identities]\nexcluded = [{{ id = "{case["identity"]["name"]}", reason = "red team" }}]\n'
    assert len((await run("confirmed_compromised_by_admin", tmp_path / "d", left_out))["cases"]) == 1


async def test_a_canary_opens_a_case_for_an_ordinary_sign_in(tmp_path: Path) -> None:
    """Nobody uses it, so an ordinary day is the alarm."""
    expected = msgspec.json.decode((SCENARIOS / "ordinary_day" / "expect.json").read_bytes())
    assert (await run("ordinary_day", tmp_path / "a"))["cases"] == []
    canary = f'[identities]\ncanary = ["{expected["no_case"][0]}"]\n'
    (case,) = (await run("ordinary_day", tmp_path / "b", canary))["cases"]
    assert case["verdict"] == "suspicious"
    assert "canary_touched" in case["findings"]


async def test_a_trusted_network_and_an_excluded_application_end_a_pattern(tmp_path: Path) -> None:
    """Either says that the sign-in is known."""
    assert len((await run("script_signed_in", tmp_path / "a"))["cases"]) == 1
    trusted = '[networks]\ntrusted = [{ cidr = "203.0.113.0/24", name = "Scanner" }]\n'
    assert (await run("script_signed_in", tmp_path / "b", trusted))["cases"] == []
    app = '[applications]\nexcluded = [{ id = "9199bf20-a13f-4107-85dc-02114787ef48", reason = "monitoring" }]\n'
    assert (await run("script_signed_in", tmp_path / "c", app))["cases"] == []


async def test_a_comparison_names_what_moved_and_by_which_term(tmp_path: Path) -> None:
    """Two runs of the same events: the score moves by the tuned weight, and what did not move is not named."""
    await run("leaked_credentials", tmp_path / "before")
    await run("leaked_credentials", tmp_path / "same")
    assert compare(tmp_path / "before", tmp_path / "same").moved == ()
    await run("leaked_credentials", tmp_path / "after", "[weights]\nleaked_credentials = 30\n")
    comparison = compare(tmp_path / "before", tmp_path / "after")
    (move,) = comparison.moved
    assert (move.verdict, comparison.came, comparison.went) == ("", (), ())
    assert "leaked_credentials: 40 -> 30" in move.terms
    with pytest.raises(InvalidRequestError):
        compare(tmp_path / "nowhere", tmp_path / "after")


def test_the_command_line_explains_and_compares(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What an identity admin types: explain a verdict, tune a weight, see what moves."""
    folder = SCENARIOS / "leaked_credentials"
    base = ["replay", "--tenant", str(folder / "tenant.json"), "--events", str(folder / "events.json")]
    assert main([*base, "--out", str(tmp_path / "a"), "--explain"]) == 0
    told = capsys.readouterr().out
    assert "held: There is evidence of risk" in told
    assert "+40" in told
    assert max(len(line) for line in told.split("row ", 1)[1].splitlines()[:-2]) <= 80
    (tmp_path / "own.toml").write_text("[weights]\nleaked_credentials = 30\n")
    tuned = ["--policy", str(tmp_path / "own.toml"), "--baseline", str(tmp_path / "a")]
    assert main([*base, "--out", str(tmp_path / "b"), *tuned]) == 0
    assert "1 of 1 cases moved" in capsys.readouterr().out
    assert main([*base, "--out", str(tmp_path / "c"), *tuned, "--explain", "--json"]) == 0
    answer = msgspec.json.decode(capsys.readouterr().out)
    assert {"summary", "explanations", "comparison"} == answer.keys()


def test_the_policy_command_prints_and_checks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What it prints is a sound policy."""
    assert main(["policy"]) == 0
    (tmp_path / "printed.toml").write_text(capsys.readouterr().out)
    assert main(["policy", "--check", str(tmp_path / "printed.toml")]) == 0
    assert default_policy().fingerprint in capsys.readouterr().out
    (tmp_path / "wrong.toml").write_text("[weights]\nnothing_such = 1\n")
    assert main(["policy", "--check", str(tmp_path / "wrong.toml")]) == 2
