"""The command line: make the mutants, leave out what is known already, run the rest, print the survivors."""

import argparse
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from tests.mutation import code, data
from tests.mutation.mutant import ROOT, STAGES, Mutant
from tests.mutation.run import Result, digest_of, preload, prepare, run, unchanged

MAKERS: tuple[Callable[[], Iterable[Mutant]], ...] = (
    *(data.weights, code.needs, code.verdict_rows, code.predicates, code.findings, code.checks, code.words),
    *(code.members, data.rows),
)
KEPT = ROOT / "out" / "mutation.json"


def mutants(only: str = "") -> list[Mutant]:
    """Return every mutant whose name a pattern is found in, each change once."""
    made = {mutant.digest: mutant for make in MAKERS for mutant in make()}
    return [mutant for mutant in made.values() if re.search(only, mutant.name)]


def known(kept: Path) -> dict[str, Result]:
    """Return the results of earlier runs whose tests are still the same, by digest."""
    if not kept.exists():
        return {}
    groups = {" ".join(name for group in part for name in group): part for part in _parts()}
    digests = {by: digest_of(part) for by, part in groups.items()}
    results = msgspec.json.decode(kept.read_bytes(), type=list[Result])
    return {result.digest: result for result in results if digests.get(result.by) == result.tests}


def _parts() -> list[tuple[tuple[str, ...], ...]]:
    """Return every selection of groups that a result may name."""
    return [part for groups in STAGES.values() for part in (groups, *((group,) for group in groups))]


def main(arguments: list[str] | None = None) -> int:
    """Run, and return 0 when nothing survived, 1 when something did, 2 when tests fail without any change."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--only", default="", metavar="PATTERN", help="regular expression over kind, path and place")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--list", action="store_true", help="print the mutants and run nothing")
    parser.add_argument("--again", action="store_true", help="run those too whose result is known")
    parser.add_argument("--out", type=Path, default=KEPT, metavar="FILE", help="results as JSON; read again next time")
    given = parser.parse_args(arguments)
    wanted = mutants(given.only)
    if given.list:
        sys.stdout.writelines(f"{mutant.name}\n" for mutant in wanted)
        return 0
    results = {} if given.again else known(given.out)
    todo = [mutant for mutant in wanted if mutant.digest not in results]
    console = Console()
    if todo:
        preload()
        prepare(Path(tempfile.mkdtemp(prefix="mutation-")))
        if broken := unchanged(mutant.kind for mutant in todo):
            console.print(f"tests fail without any change: {', '.join(broken)}", markup=False)
            return 2
        _run(todo, results, given, console)
    return _show([results[mutant.digest] for mutant in wanted], console)


def _run(todo: list[Mutant], results: dict[str, Result], given: argparse.Namespace, console: Console) -> None:
    given.out.parent.mkdir(parents=True, exist_ok=True)
    console.print(f"{len(todo)} to run, {given.jobs} at a time", highlight=False)

    def done(result: Result) -> None:
        results[result.digest] = result
        given.out.write_bytes(msgspec.json.encode(list(results.values())))
        if result.state == "survived":
            console.print(f"survived: {result.name}", markup=False, highlight=False)

    run(todo, jobs=given.jobs, done=done)


def _show(results: list[Result], console: Console) -> int:
    tally = Counter((result.name.split()[0], result.state) for result in results)
    table = Table("kind", "mutants", "killed", "survived", box=None)
    for kind in dict.fromkeys(kind for kind, _ in tally):
        alive = tally[kind, "survived"]
        every = sum(count for (of, _), count in tally.items() if of == kind)
        table.add_row(kind, str(every), str(every - alive), str(alive))
    console.print(table)
    survivors = [result for result in results if result.state == "survived"]
    for result in survivors:
        console.print(f"survived: {result.name}", markup=False, highlight=False)
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
