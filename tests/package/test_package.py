"""The package: what is in it, that it is enough, and that nothing else is."""

import asyncio
import json
import re
import struct
import subprocess
import sys
from collections.abc import AsyncIterator
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web

from local import story
from local.__main__ import main
from local.package import APP, MOUNTED_AT, SITE, Size
from local.tenant import StandInCredential, Tenant, TenantServer
from tests.test_supply_chain import pinned

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
ELF_X86_64 = 62
UNCHECKED = 0b01


def alone(script: str, *words: str, **environ: str) -> Any:
    """Run a script in a Python that knows no site-packages, no user and no environment; return its JSON."""
    command = [sys.executable, "-S", "-I", str(HERE / script), *words]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environ, cwd="/")
    assert ended.returncode == 0, ended.stderr[-4000:]
    return json.loads(ended.stdout.splitlines()[-1])


def registered() -> list[str]:
    """Return the names of the functions that the repository's own app registers, in a process of its own."""
    code = "import json, sys, function_app as f; sys.stdout.write(json.dumps([o.get_function_name() for o in f.app.get_functions()]))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert ended.returncode == 0, ended.stderr
    return sorted(json.loads(ended.stdout))


def listed(folder: Path) -> dict[str, int]:
    """Return every file with its size."""
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
async def identity_endpoint() -> AsyncIterator[str]:
    """A managed identity as App Service gives it to an app: a token for a header."""

    async def token(request: web.Request) -> web.Response:
        assert request.headers["X-IDENTITY-HEADER"] == "header"
        given = await StandInCredential().get_token()
        expires = {"expires_on": str(given.expires_on), "resource": request.query["resource"], "token_type": "Bearer"}
        return web.json_response({"access_token": given.token, **expires})

    app = web.Application()
    app.router.add_get("/token", token)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/token"
    await runner.cleanup()


async def test_the_package_runs_by_itself(unpacked: Path, identity_endpoint: str, tmp_path: Path) -> None:
    """The official worker indexes it, and it answers health, a prompt and a triage; from no other place is code run."""
    (tmp_path / "driver").mkdir()
    (tmp_path / "driver/local").symlink_to(ROOT / "local")
    before = listed(unpacked)
    async with TenantServer(Tenant(story.tenant())) as tenant:
        told = await asyncio.to_thread(
            alone,
            "drive.py",
            str(unpacked),
            str(tmp_path / "driver"),
            "karita@woodgrovebank.com",
            TRIAGE_GRAPH_URL=tenant.url,
            TRIAGE_STATE_PATH=str(tmp_path / "state.sqlite"),
            TRIAGE_NOW=story.NOW.isoformat(),
            IDENTITY_ENDPOINT=identity_endpoint,
            IDENTITY_HEADER="header",
        )
        assert any(served.status == 200 for served in tenant.requests)
    assert told["functions"] == registered()
    assert (told["health"]["status"], told["health"]["body"]["status"]) == (200, "ok")
    assert told["prompt"]["body"]["result"]["type"] == "success"
    assert told["accepted"]["status"] == 202
    facts = {fact["kind"] for fact in told["report"]["body"]["dossier"]["facts"]}
    assert {"user.profile", "user.auth_method"} <= facts
    places = [unpacked, ROOT / "local", HERE, Path(sys.base_prefix)]
    files = [Path(path).resolve() for path in told["modules"]]
    assert [path for path in files if not any(path.is_relative_to(place.resolve()) for place in places)] == []
    assert [path for path in files if "site-packages" in path.parts and not path.is_relative_to(unpacked)] == []
    assert not [path for path in told["modules"] if "/msgraph/generated/models/" in path]
    # Python would have written bytecode for whatever came without.
    assert listed(unpacked) == before


def test_every_import_of_ours_works_in_it(unpacked: Path) -> None:
    """Each import statement of the app, those inside functions too, finds its module and name in the package."""
    told = alone("import_all.py", str(unpacked))
    assert told["wanted"] > 500
    assert told["failed"] == []


def test_what_whole_runs_load_is_in_it(unpacked: Path, tmp_path: Path) -> None:
    """Every module of a deployed dependency that the demo and an answer of each skill load is there."""
    script = (
        "import sys, json; from local.__main__ import main\n"
        f"assert main(['demo', '--out', {str(tmp_path / 'demo')!r}]) == 0\n"
        "assert main(['skills']) == 0\n"
        "print(json.dumps([f for m in list(sys.modules.values()) if (f := getattr(m, '__file__', None))]))"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300, cwd=ROOT)
    assert ended.returncode == 0, ended.stderr[-4000:]
    loaded = {path.partition("/site-packages/")[2] for path in json.loads(ended.stdout.splitlines()[-1])} - {""}
    deployed = {path.name for path in (unpacked / SITE).iterdir()}
    of_app = {path for path in loaded if path.partition("/")[0] in deployed}
    assert len([path for path in of_app if path.startswith("msgraph/generated/")]) > 60
    assert [path for path in sorted(of_app) if not (unpacked / SITE / path).exists()] == []


def test_the_app_is_whole_and_alone(unpacked: Path) -> None:
    """Every file of the app is there as it is in the repository, and beside it only its dependencies."""
    tracked = subprocess.run(["git", "ls-files", *APP], capture_output=True, text=True, cwd=ROOT).stdout.split()
    assert len(tracked) > 300
    assert [name for name in tracked if (unpacked / name).read_bytes() != (ROOT / name).read_bytes()] == []
    ours = {name for name in listed(unpacked) if not name.startswith(SITE) and "__pycache__" not in name}
    assert ours - set(tracked) <= {".funcignore"}


def test_dependencies_are_the_pins_for_linux(unpacked: Path) -> None:
    """Each pin is there in its version and nothing else; every extension module is for Linux on x86-64."""
    found = {one.name.lower().replace("_", "-"): one.version for one in distributions(path=[str(unpacked / SITE)])}
    assert found == pinned("requirements.txt")
    extensions = list((unpacked / SITE).rglob("*.so"))
    assert extensions
    for path in extensions:
        head = path.read_bytes()[:20]
        assert (head[:4], struct.unpack("<H", head[18:20])[0]) == (b"\x7fELF", ELF_X86_64)


def test_every_module_has_bytecode_that_is_not_checked(unpacked: Path, built: tuple[Path, list[Size]]) -> None:
    """Times of a mount do not matter to it, and it names no folder of the machine that built it."""
    sources = list(unpacked.rglob("*.py"))
    for source in sources:
        data = (source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc").read_bytes()
        assert int.from_bytes(data[4:8], "little") == UNCHECKED
        assert str(built[0]).encode() not in data
    assert MOUNTED_AT.encode() in (unpacked / "__pycache__/function_app.cpython-313.pyc").read_bytes()


def test_each_cut_is_one(built: tuple[Path, list[Size]]) -> None:
    """The SDK's builders are most of all files, and the zip stays below 50 MB."""
    everything, reached, run, _, _, zipped = built[1]
    assert reached.files * 3 < everything.files
    assert run.megabytes < reached.megabytes
    assert zipped.megabytes < 50


def test_azd_deploys_the_folder_that_the_command_builds() -> None:
    """Azd makes it before it packs, takes that folder, and has nothing built in Azure."""
    service = yaml.safe_load((ROOT / "azure.yaml").read_text(encoding="utf-8"))["services"]["triage"]
    hook = service["hooks"]["prepackage"]["run"]
    assert hook == "make package"
    assert re.search(r"^package: .*\n\t@\$\(PY\) -m local package$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert service["dist"] == "out/package"
    assert service["remoteBuild"] is False


def test_a_folder_that_is_no_package_is_not_emptied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong --out costs nobody a file."""
    (tmp_path / "thesis.txt").write_text("kept")
    assert main(["package", "--out", str(tmp_path)]) == 2
    assert (tmp_path / "thesis.txt").read_text() == "kept"
    assert "--out" in capsys.readouterr().err
