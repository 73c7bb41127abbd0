"""Changes to code: preconditions turned round, rows and branches taken out, questions answered the other way."""

import ast
from collections.abc import Callable, Iterator

from tests.mutation.mutant import ROOT, Mutant, splice

CHECKS = (
    *("binding", "check", "cited", "claims", "judgements", "moments", "negation", "numbers", "polarity", "prose"),
    *("shape", "turned"),
)
TURNED = "{True: False, False: True, None: False}"


class Source:
    """A module with the means to replace one of its nodes."""

    def __init__(self, path: str) -> None:
        """Read it."""
        self.path = path
        self.text = (ROOT / path).read_text(encoding="utf-8")
        self.tree = ast.parse(self.text)
        # Columns of a node count bytes of UTF-8, so offsets are taken there too.
        self._bytes = self.text.encode()
        lines = self._bytes.split(b"\n")
        self._starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines))]

    def of(self, node: ast.expr | ast.stmt) -> str:
        """Return the text of a node."""
        start, end = self._span(node)
        return self._bytes[start:end].decode()

    def instead(self, node: ast.expr | ast.stmt, text: str, *, comma: bool = False) -> str:
        """Return the module with a node replaced; ``comma`` takes the comma after it too."""
        start, end = self._span(node)
        if comma:
            rest = self._bytes[end:]
            gap = len(rest) - len(rest.lstrip())
            end += gap + 1 if rest[gap : gap + 1] == b"," else 0
        return (
            splice(self._bytes.decode("latin-1"), start, end, text.encode().decode("latin-1"))
            .encode("latin-1")
            .decode()
        )

    def mutant(self, kind: str, node: ast.expr | ast.stmt, change: str, text: str) -> Mutant:
        """Return the mutant; its place is the function or constant around the node, and the line."""
        place = f"{self._around(node)}:{node.lineno}"
        return Mutant(kind=kind, path=self.path, place=place, change=change, text=text)

    def _span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
        return self._starts[node.lineno - 1] + node.col_offset, self._starts[end_line - 1] + end_column

    def _around(self, node: ast.expr | ast.stmt) -> str:
        names = [
            name
            for top in self.tree.body
            for name, where in _named(top)
            if where.lineno <= node.lineno <= (where.end_lineno or where.lineno)
        ]
        return names[-1] if names else "module"


def _named(top: ast.stmt) -> Iterator[tuple[str, ast.stmt]]:
    match top:
        case ast.FunctionDef() | ast.ClassDef():
            yield top.name, top
            for inner in top.body:
                yield from _named(inner)
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            yield name, top
        case _:
            return


def sources(folder: str) -> Iterator[Source]:
    """Yield the modules below a folder."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        yield Source(str(path.relative_to(ROOT)))


def needs() -> Iterator[Mutant]:
    """Yield each precondition turned round, and taken for granted."""
    for source in sources("shared/assess"):
        for call in _calls(source.tree, "Need"):
            for keyword in call.keywords:
                if keyword.arg != "met":
                    continue
                met = source.of(keyword.value)
                yield source.mutant("need", call, "turned", source.instead(keyword.value, f"{TURNED}[{met}]"))
                if met != "True":
                    yield source.mutant("need", call, "taken for granted", source.instead(keyword.value, "True"))


def verdict_rows() -> Iterator[Mutant]:
    """Yield each verdict table without one of its rows."""
    for source in sources("shared/assess"):
        for row in _calls(source.tree, "VerdictRule"):
            yield source.mutant("verdict", row, "taken out", source.instead(row, "", comma=True))


def findings() -> Iterator[Mutant]:
    """Yield each rule of a finding, silent."""
    for source in sources("shared/assess/findings"):
        for function in ast.walk(source.tree):
            if isinstance(function, ast.FunctionDef) and any(_is_call(it, "finding") for it in function.decorator_list):
                first = _body(function)[0]
                yield source.mutant("finding", first, "silent", source.instead(first, "return None"))


def predicates() -> Iterator[Mutant]:
    """Yield each answer that the verdict tables ask for, the other way round."""
    yield from _answers(Source("shared/assess/evidence.py"), "predicate")


def checks() -> Iterator[Mutant]:
    """Yield each objection of the check of sentences, suppressed, and each answer it rests on, the other way round."""
    for name in CHECKS:
        source = Source(f"shared/write/{name}.py")
        yield from _answers(source, "check")
        for node in ast.walk(source.tree):
            if _adds_to(node, ("found", "reasons")):
                yield source.mutant("check", node, "suppressed", source.instead(node, "pass"))
            if isinstance(node, ast.Return) and isinstance(node.value, ast.List) and len(node.value.elts) > 1:
                for part in node.value.elts:
                    change = f"without {source.of(part)[:60]}"
                    yield source.mutant("check", part, change, source.instead(part, "", comma=True))


def words() -> Iterator[Mutant]:
    """Yield each table of words that the check reads, without one of its rows."""
    for name in ("polarity", "vocabulary"):
        yield from _members(Source(f"shared/write/{name}.py"), "word", lambda node: isinstance(node, ast.Dict))


def members() -> Iterator[Mutant]:
    """Yield each list of names that the judgement reads, without one of its names."""
    for source in sources("shared/assess"):
        yield from _members(source, "member", lambda node: isinstance(node, ast.Tuple | ast.Set | ast.List | ast.Dict))


def _members(source: Source, kind: str, is_table: Callable[[ast.AST], bool]) -> Iterator[Mutant]:
    # What a package exports decides nothing.
    values = [
        top.value
        for top in source.tree.body
        if isinstance(top, ast.Assign | ast.AnnAssign) and top.value and "__all__" not in dict(_named(top))
    ]
    for table in (node for value in values for node in ast.walk(value) if is_table(node)):
        for node, text in _cuts(source, table):
            yield source.mutant(kind, node, f"without {source.of(node)[:60]}", text)


def _cuts(source: Source, table: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """Yield each entry of a table with the module that lacks it."""
    match table:
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if key is not None:
                    yield key, _cut_entry(source, key, value)
        case ast.Tuple(elts=parts) | ast.Set(elts=parts) | ast.List(elts=parts) if len(parts) > 1:
            for part in parts:
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part, source.instead(part, "", comma=True)
        case _:
            return


def _cut_entry(source: Source, key: ast.expr, value: ast.expr) -> str:
    whole = ast.Constant(value=None, lineno=key.lineno, col_offset=key.col_offset)
    whole.end_lineno, whole.end_col_offset = value.end_lineno, value.end_col_offset
    text = source.instead(whole, "", comma=True)
    try:
        ast.parse(text)
    except SyntaxError:
        # The value stands in brackets of its own, which are no part of the node.
        return source.instead(key, '"cut out"')
    return text


def _answers(source: Source, kind: str) -> Iterator[Mutant]:
    for function in ast.walk(source.tree):
        if not isinstance(function, ast.FunctionDef) or ast.unparse(function.returns or ast.Constant(None)) != "bool":
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Return) and node.value is not None:
                text = source.instead(node.value, f"not ({source.of(node.value)})")
                yield source.mutant(kind, node, "the other way round", text)


def _calls(tree: ast.AST, name: str) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_call(node, name)]


def _is_call(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def _body(function: ast.FunctionDef) -> list[ast.stmt]:
    return function.body[1:] if ast.get_docstring(function) is not None else function.body


def _adds_to(node: ast.AST, names: tuple[str, ...]) -> bool:
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"))):
            return name in names
        case ast.AugAssign(target=ast.Name(id=name), op=ast.Add()):
            return name in names
        case _:
            return False
