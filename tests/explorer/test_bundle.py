"""The committed bundle is what the committed sources give."""

import hashlib
import json
import re
from pathlib import Path

import gateway.door.explorer
from gateway.door.explorer.assets import manifest

FOLDER = Path(gateway.door.explorer.__file__).parent
SOURCE = FOLDER / "source"
REBUILD = "run `npm ci && npm run build` in gateway/door/explorer/source"


def digests(folder: Path, names: list[str]) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}


def names_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_the_built_files_are_those_of_the_manifest() -> None:
    assert digests(FOLDER / "static", names_in(FOLDER / "static")) == manifest().static, REBUILD


def test_the_bundle_was_built_from_these_sources() -> None:
    kept = [f"src/{name}" for name in names_in(SOURCE / "src")]
    kept += [path.name for path in SOURCE.iterdir() if path.is_file() and path.name != "README.md"]
    kept += [f"../../status/static/{name}" for name in ("elements.js", "waterfall.css", "waterfall.js")]
    assert digests(SOURCE, sorted(kept)) == dict(sorted(manifest().source.items())), REBUILD


def test_the_licences_are_those_of_the_build() -> None:
    assert hashlib.sha256((FOLDER / "LICENSES.txt").read_bytes()).hexdigest() == manifest().licences, REBUILD


def test_the_licences_name_each_package_that_is_bundled() -> None:
    text = (FOLDER / "LICENSES.txt").read_text(encoding="utf-8")
    titles = set(re.findall(r"^(\S+) (\d\S*) \([^)]+\)\n=+\n", text, re.MULTILINE))
    assert titles == set(manifest().packages.items())
    assert {
        "graphiql",
        "monaco-editor",
        "react",
        "graphql",
        "@fontsource-variable/roboto",
    } <= manifest().packages.keys()


def test_the_packages_that_are_asked_for_have_exact_versions_that_are_bundled() -> None:
    asked: dict[str, str] = json.loads((SOURCE / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    assert asked["graphql"].startswith("16.")
    for name, version in asked.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), name
        if name != "esbuild":
            assert manifest().packages[name] == version


def test_the_locks_name_no_host_and_hold_a_digest_of_each_package() -> None:
    for lock in (SOURCE / "package-lock.json", Path(__file__).parent / "browser" / "package-lock.json"):
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text
        entries = json.loads(text)["packages"]
        assert [path for path, entry in entries.items() if path and "integrity" not in entry] == []


def test_the_bundle_stays_small() -> None:
    sizes = [path.stat().st_size for path in (FOLDER / "static").iterdir()]
    assert sum(sizes) < 5_500_000
