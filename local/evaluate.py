"""The ``evaluate`` command: scenarios through the pipeline, their words by a model, and what the check made of them."""

import argparse
import logging
import os
import re
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec
from rich.console import Console

from local import evaluation_report
from local.evaluation import ScenarioResult, evaluate_case, total
from local.recorded_model import RecordedModel
from local.scenario_folders import reports_of, scenario_folders
from local.working import working
from shared.ask.evaluation_cases import EvaluationCase
from shared.errors import InvalidRequestError
from shared.models.reports import Report

_PLAIN = re.compile(r"[A-Za-z0-9-]+")
EXPORT = "Give the body of GET /api/feedback?format=evaluation; what is rated with `shareSample` is in it."


async def evaluate(given: argparse.Namespace, console: Console) -> int:
    """Evaluate a model as the command line says, and print the numbers; or the planner, on prompts that people rated.

    Raises InvalidRequestError for what was given wrongly, ModelError where the endpoint can't be used.
    """
    if given.prompts is not None:
        from local.evaluate_prompts import evaluate_prompts

        return await evaluate_prompts(given.prompts, console, as_json=given.json)
    if not given.endpoint or not given.model:
        raise InvalidRequestError("no model to evaluate", hint="Give --endpoint and --model, or --prompts FILE.")
    from openai import AsyncOpenAI

    jobs = _jobs(given)
    key = _key(given.key_env)
    if not given.endpoint.startswith(("http://", "https://")):
        raise InvalidRequestError(
            "--endpoint is no address", hint="Give one such as http://127.0.0.1:8080/v1, without the path of a method."
        )
    if given.out is not None:
        _check_writable(given.out)
    results = []
    with _quiet():
        async with AsyncOpenAI(base_url=given.endpoint, api_key=key, max_retries=0) as client:
            model = RecordedModel(client, given.model, given.timeout)
            with working(len(jobs), "asking the model", lines=True) as advance:
                for name, reports in jobs:
                    result = await evaluate_reports(name, reports, model, given.out)
                    results.append(result)
                    advance(f"{name}, {result.numbers.seconds:.1f} s")
    totals = total(result.numbers for result in results)
    if given.json:
        answer = evaluation_report.as_data(given.model, len(results), totals)
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode() + "\n")
        return 0
    evaluation_report.show(results, totals, console)
    return 0


type Reports = Callable[[Path], Awaitable[list[Report]]]
"""Makes the reports of one job; is handed a folder for whatever it needs on the way."""


def _jobs(given: argparse.Namespace) -> list[tuple[str, Reports]]:
    """Return what to evaluate by name: scenarios to replay, or the cases that analysts agreed to share."""
    if given.feedback is None:
        return [(it.name, partial(reports_of, it)) for it in scenario_folders(given.scenarios, given.only)]
    shared = shared_cases(given.feedback)
    return [(case_id, partial(_kept_report, report)) for case_id, report in shared.items()]


async def _kept_report(report: Report, _scratch: Path) -> list[Report]:
    return [report]


def shared_cases(path: Path) -> dict[str, Report]:
    """Return the reports of an export's cases by case id. Raises InvalidRequestError for a file that holds none."""
    cases = exported(path)
    # By the report's own id, which becomes a file's name: the export may have been edited.
    reports = {it.report.case_id: it.report for it in cases if it.report and _PLAIN.fullmatch(it.report.case_id)}
    if not reports:
        raise InvalidRequestError(f"`{path}` holds no case that was shared", hint=EXPORT)
    return reports


def exported(path: Path) -> list[EvaluationCase]:
    """Read an export of feedback (``GET /api/feedback?format=evaluation``).

    Raises InvalidRequestError for a file that is none.
    """
    try:
        lines = [line for line in path.read_bytes().splitlines() if line.strip()]
        return [msgspec.json.decode(line, type=EvaluationCase) for line in lines]
    except (OSError, msgspec.DecodeError) as error:
        raise InvalidRequestError(f"`{path}` is no export of feedback", hint=EXPORT) from error


async def evaluate_reports(name: str, reports: Reports, model: RecordedModel, out: Path | None) -> ScenarioResult:
    """Evaluate one scenario or case; what ``out`` holds of an earlier run of this model is not asked again."""
    file = out / f"{name}.json" if out is not None else None
    earlier = _earlier(file)
    same = earlier is not None and earlier.model == model.model
    model.known = [exchange for case in earlier.cases for exchange in case.exchanges] if earlier and same else []
    with tempfile.TemporaryDirectory(prefix="entra-triage-") as scratch:
        made = await reports(Path(scratch))
    cases = tuple([await evaluate_case(report, model) for report in made])
    result = ScenarioResult(
        scenario=name, model=model.model, numbers=total(case.numbers for case in cases), cases=cases
    )
    if file is not None:
        _write(file, result)
    return result


def _earlier(file: Path | None) -> ScenarioResult | None:
    if file is None or not file.exists():
        return None
    try:
        return msgspec.json.decode(file.read_bytes(), type=ScenarioResult)
    except (OSError, msgspec.DecodeError) as error:
        raise InvalidRequestError(
            f"`{file}` is not the result of an evaluation", hint="Give another folder to --out, or remove the file."
        ) from error


def _write(file: Path, result: ScenarioResult) -> None:
    """Write a result whole or not at all, so that a run that is stopped can go on."""
    part = file.with_suffix(".part")
    try:
        part.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n")
        part.replace(file)
    except OSError as error:
        raise _unwritable(file.parent, error) from error


def _check_writable(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise _unwritable(out, error) from error


def _unwritable(out: Path, error: OSError) -> InvalidRequestError:
    return InvalidRequestError(f"`{out}` can't be written: {error.strerror}", hint="Give another folder to --out.")


def _key(variable: str | None) -> str:
    if variable is None:
        return "none"
    key = os.environ.get(variable, "").strip()
    if not key:
        raise InvalidRequestError(f"the variable `{variable}` is not set", hint="--key-env names one with the key.")
    return key


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the writer's warnings off the screen: every failure is a number of the result."""
    logger = logging.getLogger("shared.write")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)
