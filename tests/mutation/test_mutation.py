"""The mutation run: its changes are whole files that differ, and a change is noticed or not as it should be."""

import ast
import subprocess
import sys
import tomllib

import msgspec
import pytest

from tests.mutation.__main__ import mutants
from tests.mutation.mutant import ROOT, STAGES, Mutant
from tests.mutation.run import Result

KINDS = ("weight", "need", "verdict", "predicate", "finding", "check", "word", "member", "row")


@pytest.mark.parametrize("kind", KINDS)
def test_every_change_is_a_whole_file_that_differs(kind: str) -> None:
    """A change that does not parse would be noticed by Python, and would say nothing of the tests."""
    found = mutants(f"^{kind} ")
    assert found
    assert kind in STAGES
    for mutant in found:
        assert mutant.text != (ROOT / mutant.path).read_text(encoding="utf-8"), mutant.name
        parse = tomllib.loads if mutant.path.endswith(".toml") else ast.parse
        parse(mutant.text)


def test_each_number_of_the_weights_is_changed() -> None:
    """Up and down for each, and to zero where it is not zero already or on the way down."""
    weights = tomllib.loads((ROOT / "shared/assess/weights.toml").read_text(encoding="utf-8"))
    numbers = {f"{name}.{key}" for name, levels in weights.items() for key in levels}
    assert {mutant.place for mutant in mutants("^weight ")} == numbers


RUN = """
import sys, msgspec
from tests.mutation.mutant import Mutant
from tests.mutation import mutant, run
mutant.STAGES["check"] = (("tests/write/test_check.py",),)
run.preload()
results = []
run.run(msgspec.json.decode(sys.stdin.buffer.read(), type=list[Mutant]), jobs=1, done=results.append)
sys.stdout.buffer.write(msgspec.json.encode(results))
"""


def test_a_change_that_matters_is_noticed_and_one_that_does_not_is_not() -> None:
    """In a process of its own, because a change is seen only by modules that are not imported yet."""
    path = "shared/write/shape.py"
    text = (ROOT / path).read_text(encoding="utf-8")
    harmful, harmless = text.replace('found.append("link")', "pass"), f"{text}\n# Nothing.\n"
    given = [Mutant(kind="check", path=path, place="", change="", text=it) for it in (harmful, harmless)]
    done = subprocess.run(
        [sys.executable, "-c", RUN], input=msgspec.json.encode(given), capture_output=True, cwd=ROOT, check=True
    )
    states = {result.digest: result.state for result in msgspec.json.decode(done.stdout, type=list[Result])}
    assert [states[mutant.digest] for mutant in given] == ["killed", "survived"]
    assert (ROOT / path).read_text(encoding="utf-8") == text
