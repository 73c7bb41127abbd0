"""The page of permissions, made from what queries and skills declare: docs/permissions.md."""

from collections.abc import Iterator

from local.tenant import StandInCredential
from shared.ask.catalogue import skills
from shared.doctor.findings import blunted
from shared.doctor.lacks import declared, lacks_of, needed
from shared.graph.client import make_graph
from shared.graph.permissions import opened_by
from shared.settings import Settings

HEAD = """# Permissions

Made from what queries and skills declare; do not edit it by hand, but make it again:

```sh
.venv/bin/python -m local permissions > docs/permissions.md
```

`infra/bicep/entra/graph-permissions.bicep` grants all of them; none can change anything.
For each, what is lost without it; `.venv/bin/python -m local doctor` says the same of your own installation.
Wider ones such as `Directory.Read.All` also open some of what narrower ones do: here as if the wider were missing too.
"""


def permissions_page() -> str:
    """Return the page."""
    return "\n".join([HEAD, *_parts()]).rstrip("\n") + "\n"


def _parts() -> Iterator[str]:
    api = make_graph(StandInCredential(), Settings().graph_url).api
    every = needed(api)
    all_declared = declared(api)
    known = frozenset(kind for one in all_declared for kind in one.query.kinds)
    for name in sorted(every):
        wider = {other for _, query in all_declared if query.permission == name for other in query.or_permissions}
        rest = frozenset(one for one in every - wider if name not in opened_by({one}))
        opened = opened_by(rest) - {name}
        by_query = [(one, list(lacks_of(one, opened, {}))) for one in all_declared]
        own = [lack for _, some in by_query for lack in some if name in lack.needs]
        whole = {one.query.url for one, some in by_query if any(lack.extent == "all" and lack in own for lack in some)}
        left = frozenset(kind for one in all_declared if one.query.url not in whole for kind in one.query.kinds)
        lessened = frozenset(kind for lack in own for kind in lack.kinds)
        found = list(blunted(known, left=left, lessened=lessened))
        yield f"## `{name}`\n"
        yield from _line("Triage lacks", sorted({f"{one.what} ({one.area})" + _part(one.extent) for one in own}))
        yield from _line("Findings that can't fire", sorted(f"`{one.id}`" for one in found if one.cannot_fire))
        yield from _line("Findings that see less", sorted(f"`{one.id}`" for one in found if not one.cannot_fire))
        asked = sorted(f"`{one.id}`" for one in skills().values() if name in one.permissions)
        yield from _line("Prompts without a whole answer", asked)
        yield ""


def _part(extent: str) -> str:
    return ": no more than type and id" if extent == "part" else ""


def _line(title: str, items: list[str]) -> Iterator[str]:
    if items:
        yield f"* {title}: {', '.join(items)}."
