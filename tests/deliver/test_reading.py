"""One real report, and one with far too much, as people read it at every destination: rendered, and signed as text."""

import asyncio
import re
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from local.scenario_folders import reports_of
from shared.deliver.render import as_markdown
from shared.models.dossier import Dossier
from shared.models.reports import Report
from shared.settings import Settings
from shared.state.sqlite import SqliteState
from tests.deliver import reading
from tests.deliver.conftest import Bench
from tests.deliver.contract import SECRET
from tests.deliver.jira import Jira
from tests.deliver.sentinel import WORKSPACE, Sentinel
from tests.deliver.servicenow import ServiceNow
from tests.deliver.slack import CHANNEL, Slack, words
from tests.deliver.test_teams import Workflow
from tests.deliver.vendor import Vendor

SCENARIOS = Path(__file__).parents[1] / "scenarios"
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
REQUEST = re.compile(r"\S*/\S+")
"""Addresses, and paths that Graph is asked for: their times are Graph's own."""
LINK = "https://triage.example"


class Text(SingleFileSnapshotExtension):
    """A snapshot that is a text file of its own, to be read."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


def replayed(name: str, folder: Path) -> list[Report]:
    """Return the reports of a scenario."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, reports_of(SCENARIOS / name, folder)).result()


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Return the report of a whole attack, as replayed."""
    return replayed("session_theft", tmp_path_factory.mktemp("reading"))[0]


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Return the report of a campaign in which two of twelve fell."""
    made = replayed("campaign_phishing_kit", tmp_path_factory.mktemp("campaign"))
    return next(report for report in made if report.identity.kind == "campaign")


@pytest.fixture
def far_too_long(real: Report) -> Report:
    """Return it with everything twenty times."""
    words, judged = real.summary, real.assessment
    return msgspec.structs.replace(
        real,
        summary=msgspec.structs.replace(
            words,
            what_happened=words.what_happened * 20,
            why=words.why * 20,
            why_benign=words.why_benign * 20,
            stakes=words.stakes * 20,
            checks=words.checks * 20,
            questions=words.questions * 20,
        ),
        assessment=msgspec.structs.replace(judged, actions=judged.actions * 20),
        dossier=Dossier(facts=real.dossier.facts * 20, gaps=real.dossier.gaps),
    )


@asynccontextmanager
async def delivered(vendor: Vendor, state: SqliteState, report: Report, **settings: Any) -> AsyncIterator[Vendor]:
    """Deliver a report to a vendor, whose address the settings name as ``{url}``."""
    async with vendor.running(), aiohttp.ClientSession() as http:
        told = {
            name: value.format(url=vendor.url) if isinstance(value, str) else value for name, value in settings.items()
        }
        bench = Bench(Settings(**{"public_url": LINK, **told}), state, http)
        assert (await bench.send(report)).status == "created"
        yield vendor


async def servicenow(state: SqliteState, report: Report) -> str:
    """Return an incident as its form shows it."""
    settings = {"destinations": ("servicenow",), "servicenow_url": "{url}", "servicenow_user": "triage"}
    async with delivered(ServiceNow(), state, report, **settings, servicenow_password=SECRET) as vendor:
        (ticket,) = vendor.tickets()
        return "\n\n".join([f"Short description: {ticket.title}", ticket.text, "Work note", *ticket.comments])


async def jira(state: SqliteState, report: Report) -> str:
    """Return an issue as its page shows it."""
    settings = {
        "destinations": ("jira",),
        "jira_url": "{url}",
        "jira_user": "triage@bank.example",
        "jira_token": SECRET,
    }
    async with delivered(Jira(), state, report, **settings, jira_project="SEC") as vendor:
        assert isinstance(vendor, Jira)
        (issue,) = vendor.issues.values()
        return f"Summary: {issue['fields']['summary']}\n{reading.document(issue['fields']['description'])}"


async def slack(state: SqliteState, report: Report) -> str:
    """Return a message as a channel shows it."""
    settings = {"destinations": ("slack",), "slack_url": "{url}/api", "slack_channel": CHANNEL}
    async with delivered(Slack(), state, report, **settings, slack_token=Slack.token) as vendor:
        assert isinstance(vendor, Slack)
        return words(vendor.messages[0])


async def teams(state: SqliteState, report: Report) -> str:
    """Return a card as a channel shows it."""
    url = "{url}/workflows/0a1b/triggers/manual/paths/invoke?sig=x"
    async with delivered(Workflow(), state, report, destinations=("teams",), teams_url=url) as vendor:
        assert isinstance(vendor, Workflow)
        return reading.card(vendor.cards[0])


async def sentinel(state: SqliteState, report: Report) -> str:
    """Return an incident's description and its comment as the portal shows them."""
    settings = {"destinations": ("sentinel",), "arm_url": "{url}", "sentinel_workspace": WORKSPACE}
    async with delivered(Sentinel(), state, report, **settings) as vendor:
        (ticket,) = vendor.tickets()
        comments = [reading.markdown(comment) for comment in ticket.comments]
        return "\n\n".join([f"Title: {ticket.title}", ticket.text, "Comment", *comments])


async def mail(_: SqliteState, report: Report) -> str:
    """Return the Markdown form as a mail program shows it."""
    return reading.markdown(as_markdown(report))


SHOWN = (servicenow, jira, slack, teams, sentinel, mail)


@pytest.mark.parametrize("shown", SHOWN, ids=lambda shown: shown.__name__)
async def test_how_a_ticket_reads(shown: Any, real: Report, state: SqliteState, snapshot: SnapshotAssertion) -> None:
    """The whole of it, as an analyst has it before the eyes."""
    assert await shown(state, real) == snapshot(extension_class=Text)


@pytest.mark.parametrize("shown", SHOWN, ids=lambda shown: shown.__name__)
async def test_how_a_campaign_reads(
    shown: Any, campaign: Report, state: SqliteState, snapshot: SnapshotAssertion
) -> None:
    """Who was hit, who fell, what to do, and then who did not fall."""
    assert await shown(state, campaign) == snapshot(extension_class=Text)


@pytest.mark.parametrize("shown", SHOWN, ids=lambda shown: shown.__name__)
async def test_times_are_those_of_people(shown: Any, real: Report, campaign: Report, state: SqliteState) -> None:
    """No time is written as programs sort it, but where it is part of a request."""
    for report in (real, campaign):
        assert not ISO.findall(REQUEST.sub("", await shown(state, report)))


@pytest.mark.parametrize("shown", SHOWN[:5], ids=lambda shown: shown.__name__)
async def test_far_too_much_is_cut_by_section(shown: Any, far_too_long: Report, state: SqliteState) -> None:
    """What is left out is counted section by section, the verdict and what to do now stay, the report is linked."""
    text = await shown(state, far_too_long)
    whole = far_too_long.summary
    assert "Compromised, severity high" in text
    assert "Do now: Disable the account" in text
    assert text.count(" in the report") >= 4
    assert f"{LINK}/api/cases/{far_too_long.case_id}/report" in text
    kept = text.split("What happened\n")[1].split("\n\n")[0].splitlines()
    left_out = int(kept[-1].removeprefix("… and ").removesuffix(" more in the report"))
    assert len(kept) - 1 + left_out == len(whole.what_happened)
    assert len(kept) - 1 >= 3
