"""The ``evaluate`` command: scenarios through the pipeline, their words by a model, and what the check made of them."""

import argparse
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from rich.console import Console

from local import evaluation_report
from local.evaluation import ScenarioResult, evaluate_case, total
from local.recorded_model import RecordedModel
from local.scenario_folders import reports_of, scenario_folders
from shared.errors import InvalidRequestError


async def evaluate(given: argparse.Namespace, console: Console) -> int:
    """Evaluate a model as the command line says, and print the numbers.

    Raises InvalidRequestError for what was given wrongly, ModelError where the endpoint can't be used.
    """
    from openai import AsyncOpenAI

    folders = scenario_folders(given.scenarios, given.only)
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
            for folder in folders:
                result = await evaluate_folder(folder, model, given.out)
                results.append(result)
                Console(stderr=True).print(
                    f"{len(results)} of {len(folders)}: {folder.name}, {result.numbers.seconds:.1f} s",
                    markup=False,
                    highlight=False,
                )
    totals = total(result.numbers for result in results)
    if given.json:
        answer = evaluation_report.as_data(given.model, len(results), totals)
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode() + "\n")
        return 0
    evaluation_report.show(results, totals, console)
    return 0


async def evaluate_folder(folder: Path, model: RecordedModel, out: Path | None) -> ScenarioResult:
    """Evaluate one scenario; what ``out`` holds of an earlier run of this model is not asked again."""
    file = out / f"{folder.name}.json" if out is not None else None
    earlier = _earlier(file)
    same = earlier is not None and earlier.model == model.model
    model.known = [exchange for case in earlier.cases for exchange in case.exchanges] if earlier and same else []
    with tempfile.TemporaryDirectory(prefix="entra-triage-") as scratch:
        reports = await reports_of(folder, Path(scratch))
    cases = tuple([await evaluate_case(report, model) for report in reports])
    result = ScenarioResult(
        scenario=folder.name, model=model.model, numbers=total(case.numbers for case in cases), cases=cases
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
