"""``evaluate``: what a model's words came to, against a scripted loopback endpoint."""

import argparse
import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web
from rich.console import Console

from local.command_line import parser
from local.evaluate import evaluate
from local.evaluation import Numbers, ScenarioResult, share, total
from local.scenario_folders import reports_of, scenario_folders
from shared.errors import InvalidRequestError, ModelError, ModelOutputError, ModelUnavailableError
from tests.write.model_server import ModelServer, Reply, fails, hangs, raw, resets, says, serving

ROOT = Path(__file__).parent.parent
SCENARIO = "session_theft"
MODEL = "gpt-scripted"
KEY = "sk-not-to-be-shown"


async def asked(request: web.Request) -> tuple[dict[str, Any], str]:
    """Return the evidence that a request carries, and what it asks for beside it."""
    messages = (await request.json())["messages"]
    return json.loads(messages[1]["content"]), messages[2]["content"] if len(messages) > 2 else ""


def answer_of(data: dict[str, Any], headline: str | None = None) -> dict[str, Any]:
    """Return an answer that repeats what the facts and findings say, as a model that copies well would."""
    told = [{"text": it["says"], "cites": [it["id"]]} for it in data["facts"] if len(it["says"]) < 200]
    heaviest = data["findings"][0]
    # What was too long for the prompt ends there in "…"; a sentence does not.
    reason = {"text": heaviest["says"].replace("…", "."), "cites": [heaviest["id"]]}
    verdict = {"text": headline or verdict_of(data), "cites": [heaviest["id"]]}
    return {
        "headline": verdict,
        "what_happened": told[:1],
        "why": [reason],
        "why_benign": [],
        "steps": [],
        "questions": [],
    }


def verdict_of(data: dict[str, Any]) -> str:
    """Return a headline that says no more than the verdict."""
    return f"USER_1 is assessed as {data['assessment']['verdict']}"


def perfect() -> Reply:
    """Answer only what the evidence says."""

    async def reply(request: web.Request) -> web.StreamResponse:
        data, _ = await asked(request)
        return says(answer_of(data))(request)

    return reply


def liar(*, repentant: bool) -> Reply:
    """Name an attacker that no fact knows; when asked to mend it, do so or lie on."""

    async def reply(request: web.Request) -> web.StreamResponse:
        data, repair = await asked(request)
        if not repair:
            return says(answer_of(data, "Mallory signed in from 203.0.113.99."))(request)
        text = verdict_of(data) if repentant else "Mallory did it."
        mended = {"slot": "headline", "text": text, "cites": [data["findings"][0]["id"]]}
        return says({"sentences": [mended]})(request)

    return reply


def given(url: str, *more: str) -> argparse.Namespace:
    """Return the parsed command line."""
    return parser().parse_args(["evaluate", "--endpoint", url, "--model", MODEL, "--only", SCENARIO, "--json", *more])


async def run(*script: Reply, more: tuple[str, ...] = ()) -> ModelServer:
    """Evaluate one scenario against a script and return the endpoint with what it was asked."""
    server = ModelServer(*script)
    async with serving(server) as client:
        assert await evaluate(given(str(client.base_url), *more), Console()) == 0
    return server


async def totals(capsys: pytest.CaptureFixture[str], *script: Reply, more: tuple[str, ...] = ()) -> dict[str, Any]:
    """Evaluate and return what was printed."""
    await run(*script, more=more)
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert printed["written"] == printed["kept"] + printed["rejected"] + printed["set_aside"]
    return printed


async def test_a_model_that_copies_the_evidence_keeps_every_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """All in the schema, all kept, one request a case, the facts that it cites counted."""
    printed = await totals(capsys, perfect())
    assert (printed["scenarios"], printed["cases"], printed["requests"], printed["in_schema"]) == (1, 1, 1, 1)
    assert (printed["written"], printed["kept"], printed["template"]) == (3, 3, 0)
    assert printed["shares"]["kept"] == printed["shares"]["in_schema"] == 1.0
    assert 1 <= printed["findings_cited"] <= printed["findings"]
    assert 0 < printed["facts_cited"] < printed["facts"]
    assert (printed["input_tokens"], printed["output_tokens"]) == (1200, 210)
    assert printed["seconds"] > 0
    assert printed["reasons"] == printed["template_reasons"] == {}


async def test_a_liar_is_cut_and_the_reasons_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """Both lies are rejected, the true sentences stay, and the repair that lied again mends nothing."""
    printed = await totals(capsys, liar(repentant=False))
    assert (printed["requests"], printed["repairs"], printed["asked_again"]) == (2, 1, 0)
    assert (printed["written"], printed["kept"], printed["rejected"], printed["mended"]) == (4, 2, 2, 0)
    assert printed["reasons"]["name not in cited evidence"] == 2
    assert printed["reasons"]["address not in cited evidence"] == 1
    assert printed["template"] == 0


async def test_a_mended_lie_is_kept_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """The repair passes: one sentence rejected, one mended."""
    printed = await totals(capsys, liar(repentant=True))
    assert (printed["written"], printed["kept"], printed["rejected"], printed["mended"]) == (4, 3, 1, 1)


async def test_sound_sentences_of_a_spoilt_section_are_set_aside(capsys: pytest.CaptureFixture[str]) -> None:
    """One lie gives its section back; the true sentence beside it is neither kept nor rejected."""

    async def reply(request: web.Request) -> web.StreamResponse:
        data, repair = await asked(request)
        answer = answer_of(data)
        answer["what_happened"].append({"text": "Mallory came.", "cites": [data["facts"][0]["id"]]})
        return says({"sentences": []} if repair else answer)(request)

    printed = await totals(capsys, reply)
    assert (printed["written"], printed["kept"], printed["rejected"], printed["set_aside"]) == (4, 2, 1, 1)


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (says("no JSON at all"), "not the `Answer` schema"),
        (says('{"headline": {"te', finish="length"), "ran past its token limit"),
    ],
)
async def test_a_broken_model_leaves_the_template(
    broken: Reply, why: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Nothing in the schema, asked once more, the template writes, the raw answer is kept to look at."""
    printed = await totals(capsys, broken, more=("--out", str(tmp_path)))
    assert (printed["answers"], printed["in_schema"], printed["asked_again"]) == (2, 0, 1)
    assert (printed["written"], printed["template"], printed["shares"]["kept"]) == (0, 1, None)
    assert why in next(iter(printed["template_reasons"]))
    assert (printed["input_tokens"], printed["output_tokens"]) == (2400, 420)
    (case,) = json.loads((tmp_path / f"{SCENARIO}.json").read_bytes())["cases"]
    assert case["exchanges"][0]["completion"]["choices"][0]["message"]["content"]


async def test_a_file_holds_prompt_answers_and_verdicts(tmp_path: Path) -> None:
    """What was asked, what came back and what the check said of each sentence; the names are pseudonyms only there."""
    await run(liar(repentant=False), more=("--out", str(tmp_path)))
    result = msgspec.json.decode((tmp_path / f"{SCENARIO}.json").read_bytes(), type=ScenarioResult)
    (case,) = result.cases
    first, repair = case.exchanges
    assert (result.model, repair.repairs, first.repairs) == (MODEL, True, False)
    assert "USER_1" in first.messages[1]["content"]
    assert first.completion is not None
    assert "Mallory signed in" in first.completion["choices"][0]["message"]["content"]
    judged = {(it.slot, it.kept): it for it in case.sentences}
    assert judged["headline", False].reasons
    assert judged["why.1", True].reasons == ()
    assert case.authorship.writer == MODEL
    assert result.numbers.reasons == case.numbers.reasons
    assert (result.numbers.written, result.numbers.kept) == (4, 2)


async def test_cases_that_analysts_shared_are_evaluated(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The report that feedback was given on is worded anew; prompts in the same export are left alone."""
    (report,) = await reports_of(ROOT / "tests/scenarios" / SCENARIO, tmp_path / "replay")
    opinion = {"id": report.case_id, "rating": "looksRight", "classification": None, "comment": None}
    export = tmp_path / "feedback.ndjson"
    lines = [{**opinion, "kind": "case", "report": report}, {**opinion, "kind": "prompt", "id": "prompt-1"}]
    export.write_bytes(b"\n".join(msgspec.json.encode(line) for line in lines) + b"\n")
    printed = await totals(capsys, perfect(), more=("--feedback", str(export), "--out", str(tmp_path / "out")))
    assert (printed["cases"], printed["written"], printed["kept"]) == (1, 3, 3)
    kept = msgspec.json.decode((tmp_path / "out" / f"{report.case_id}.json").read_bytes(), type=ScenarioResult)
    assert kept.cases[0].case_id == report.case_id


async def test_a_second_run_asks_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The same model and prompts: no request, the same numbers; another model is asked."""
    more = ("--out", str(tmp_path))
    first = await totals(capsys, liar(repentant=False), more=more)
    server = await run(fails(500), more=more)
    assert server.requests == []
    assert json.loads(capsys.readouterr().out) == first
    other = await run(perfect(), more=(*more, "--model", "another"))
    assert len(other.requests) == 1


async def test_another_prompt_is_asked(tmp_path: Path) -> None:
    """An answer to other evidence is not taken for an answer to this."""
    more = ("--out", str(tmp_path))
    await run(perfect(), more=more)
    file = tmp_path / f"{SCENARIO}.json"
    content = re.sub(rb'"prompt_hash": "[0-9a-f]{4}', b'"prompt_hash": "0000', file.read_bytes())
    file.write_bytes(content)
    assert len((await run(perfect(), more=more)).requests) == 1


@pytest.mark.parametrize(
    ("reply", "error", "hint"),
    [
        (resets, ModelUnavailableError, "server runs"),
        (fails(401), ModelError, "--key-env"),
        (fails(403), ModelError, "--key-env"),
        (fails(404, code="model_not_found"), ModelError, "--model"),
        (fails(500, {"Retry-After": "0"}), ModelUnavailableError, "--endpoint"),
        (raw("<html>proxy</html>", "text/html"), ModelOutputError, "--endpoint"),
        (raw("{}"), ModelOutputError, "--endpoint"),
    ],
)
async def test_an_endpoint_that_cannot_be_used_ends_the_run(reply: Reply, error: type[ModelError], hint: str) -> None:
    """A clear error with what to check, instead of a table of template reports."""
    with pytest.raises(error) as raised:
        await run(reply)
    assert hint in raised.value.hint


async def test_a_model_that_is_too_slow_to_answer_at_all_ends_the_run() -> None:
    """The hint is more time."""
    with pytest.raises(ModelUnavailableError) as raised:
        await run(hangs, more=("--timeout", "0.4"))
    assert "--timeout" in raised.value.hint


async def test_nobody_listening_ends_the_run() -> None:
    """A dead address is said as one."""
    with pytest.raises(ModelUnavailableError) as raised:
        await evaluate(given("http://127.0.0.1:9/v1"), Console())
    assert "server runs" in raised.value.hint


async def test_a_busy_answer_later_is_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    """Once the endpoint has answered, a failing repair is counted and the run goes on."""
    printed = await totals(capsys, liar(repentant=False), fails(429, {"Retry-After": "3600"}))
    assert (printed["requests"], printed["answers"], printed["repairs"]) == (2, 1, 1)
    assert (printed["kept"], printed["rejected"]) == (2, 1)


async def test_a_key_that_is_refused_later_ends_the_run() -> None:
    """A key that expires half-way is no property of the model."""
    with pytest.raises(ModelError) as raised:
        await run(liar(repentant=False), fails(401))
    assert "--key-env" in raised.value.hint


async def test_the_key_is_sent_and_never_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It goes to the endpoint, not to the screen and not into a file; a refusal does not show it either."""
    monkeypatch.setenv("EVALUATION_KEY", KEY)
    headers: list[str] = []

    async def reply(request: web.Request) -> web.StreamResponse:
        headers.append(request.headers["Authorization"])
        data, _ = await asked(request)
        return says(answer_of(data))(request)

    await run(reply, more=("--key-env", "EVALUATION_KEY", "--out", str(tmp_path)))
    assert headers == [f"Bearer {KEY}"]
    shown = capsys.readouterr()
    written = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert KEY not in shown.out + shown.err + written.decode()
    with pytest.raises(ModelError) as raised:
        await run(fails(401, message=f"Incorrect API key provided: {KEY}"), more=("--key-env", "EVALUATION_KEY"))
    assert KEY not in f"{raised.value} {raised.value.hint}"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--key-env", "NO_SUCH_KEY"), "NO_SUCH_KEY"),
        (("--scenarios", "{empty}"), "holds no scenario"),
        (("--only", "no_such_scenario"), "no_such_scenario"),
        (("--out", "{file}/below"), "can't be written"),
        (("--out", "{foreign}"), "not the result of an evaluation"),
        (("--endpoint", "localhost"), "no address"),
        (("--feedback", "{empty}"), "no export of feedback"),
        (("--feedback", "{file}"), "holds no case that was shared"),
        (("--prompts", "{empty}"), "no export of feedback"),
        (("--prompts", "{file}"), "holds no prompt that was shared"),
        (("--endpoint", ""), "no model to evaluate"),
    ],
)
async def test_wrong_input_is_a_clear_error(
    more: tuple[str, str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each names what is wrong, before the model is asked."""
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    places = {name: tmp_path / name for name in ("empty", "file", "foreign")}
    places["empty"].mkdir()
    places["file"].touch()
    places["foreign"].mkdir()
    (places["foreign"] / f"{SCENARIO}.json").write_text("{}", encoding="utf-8")
    server = ModelServer(perfect())
    async with serving(server) as client:
        with pytest.raises(InvalidRequestError, match=re.escape(said)):
            await evaluate(given(str(client.base_url), more[0], more[1].format(**places)), Console())
    assert server.requests == []


@pytest.mark.parametrize("seconds", ["0", "-1", "inf", "nan", "soon"])
def test_a_time_is_a_number_above_zero(seconds: str) -> None:
    """Anything else is refused by the parser."""
    with pytest.raises(SystemExit):
        given("http://127.0.0.1/v1", "--timeout", seconds)


async def test_the_table_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """Without --json there is a table inside 80 columns with scenario, total and reasons."""
    server = ModelServer(liar(repentant=False))
    async with serving(server) as client:
        options = given(str(client.base_url))
        options.json = False
        await evaluate(options, Console(width=200))
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    row = next(line.split() for line in shown.splitlines() if line.split()[:1] == ["total"])
    assert row[1:7] == ["1", "2/2", "2/4", "2", "0", "0"]
    assert "sentences rejected: 2 x name not in cited evidence" in shown


def test_totals_add_up() -> None:
    """Counts and seconds are summed, reasons too, the most frequent first."""
    one = Numbers(cases=1, written=2, kept=1, rejected=1, seconds=0.25, reasons={"link": 1, "markup": 1})
    two = Numbers(cases=1, written=1, rejected=1, seconds=0.5, reasons={"markup": 1})
    added = total([one, two])
    assert (added.cases, added.written, added.kept, added.rejected, added.seconds) == (2, 3, 1, 2, 0.75)
    assert list(added.reasons.items()) == [("markup", 2), ("link", 1)]
    assert (share(1, 3), share(0, 0)) == (0.333, None)


def test_every_scenario_of_the_suite_is_found() -> None:
    """The default folder is the suite."""
    root = Path(__file__).parent / "scenarios"
    assert [path.name for path in scenario_folders(root)] == sorted(it.parent.name for it in root.glob("*/expect.json"))
