"""Each Bicep file is in the subset that two independent parsers take. Neither is the compiler: docs/deployment.md says so."""

import re

import lark
import pycep
import pytest
import tree_sitter
import tree_sitter_bicep

from tests.infra.bicep import EXTENSION, FOLDER, body, names, tree

GRAMMAR = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bicep.language()))


def has_error(text: str) -> bool:
    """Say whether the grammar refuses a text. It has no extensions yet, so that one line is left out."""
    lines = ["" if line == EXTENSION else line for line in text.splitlines()]
    return GRAMMAR.parse("\n".join(lines).encode()).root_node.has_error


def test_there_are_files_to_check() -> None:
    """The list of files is not empty, and only what speaks to Graph uses the extension."""
    assert {"main.bicep", "roles.bicep", "entra/diagnostic-settings.bicep"} <= set(names())
    using = [name for name in names() if EXTENSION in (FOLDER / name).read_text(encoding="utf-8").splitlines()]
    assert using == ["entra/api-registration.bicep", "entra/graph-permissions.bicep"]


@pytest.mark.parametrize("name", names())
def test_both_parsers_take_the_file(name: str) -> None:
    """Neither pycep nor the tree-sitter grammar finds an error."""
    assert tree(name)["resources"] or tree(name)["modules"]
    assert not has_error((FOLDER / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", ["resource a 'B/c@2024-01-01' = {\n  name: 'x\n}\n", "param = string\n"])
def test_both_parsers_find_errors(text: str) -> None:
    """The gate shuts: a broken file is an error to both."""
    assert has_error(text)
    with pytest.raises(lark.exceptions.LarkError):
        pycep.BicepParser().parse(text=text)


@pytest.mark.parametrize("name", names())
def test_modules_get_every_parameter_and_no_other(name: str) -> None:
    """What a module is handed is what it declares; only parameters with a default may be left out."""
    for module in tree(name).get("modules", {}).values():
        declared = tree(module["detail"]["path"])["parameters"]
        given = set(body(module)["params"])
        assert given <= set(declared), module["detail"]["path"]
        assert {p for p, d in declared.items() if d["default"] is None} <= given, module["detail"]["path"]


@pytest.mark.parametrize("name", names())
def test_outputs_that_are_read_exist(name: str) -> None:
    """Each ``module.outputs.x`` is an output of that module."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    modules = tree(name).get("modules", {})
    for symbol, output in re.findall(r"(\w+)!?\.outputs\.(\w+)", text):
        assert output in tree(modules[symbol]["detail"]["path"])["outputs"], f"{symbol}.outputs.{output}"


@pytest.mark.parametrize("name", names())
def test_every_symbol_is_used_and_every_loaded_file_exists(name: str) -> None:
    """No parameter and no variable is left over; loadTextContent finds its file."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    for symbol in [*tree(name).get("parameters", {}), *tree(name).get("variables", {})]:
        assert len(re.findall(rf"\b{symbol}\b", text)) > 1, symbol
    for path in re.findall(r"loadTextContent\('([^']+)'\)", text):
        assert (FOLDER / name).parent.joinpath(path).is_file(), path
