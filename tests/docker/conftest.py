"""What stands in docker/, read: the Dockerfile, compose.yaml, the manifests of Kubernetes."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"


class Dockerfile:
    """The instructions of the last stage, and the arguments of all.

    Attributes:
        instructions: Each word in capitals, with what stands behind it.
        stages: Of the whole file, the same.
    """

    def __init__(self, text: str) -> None:
        text = re.sub(r"\\\n", " ", re.sub(r"(?m)^#.*\n", "", text))
        self.stages = [tuple(line.split(None, 1)) for line in text.splitlines() if line.strip()]
        last = max(at for at, (word, _) in enumerate(self.stages) if word == "FROM")
        self.instructions = self.stages[last:]

    def one(self, word: str) -> str:
        """What stands behind the only instruction of that name."""
        (found,) = (rest for each, rest in self.instructions if each == word)
        return found.strip()

    @property
    def environ(self) -> dict[str, str]:
        """ENV."""
        return dict(pair.split("=", 1) for pair in self.one("ENV").split())


class Manifests:
    """Every document of every YAML file.

    Attributes:
        files: Its documents, by the file's path under docker/.
    """

    def __init__(self) -> None:
        found = sorted(DOCKER.rglob("*.yaml"))
        self.files = {str(file.relative_to(DOCKER)): list(yaml.safe_load_all(file.read_text())) for file in found}
        self.compose: dict[str, Any] = self.files["compose.yaml"][0]

    def of(self, kind: str) -> dict[str, dict[str, Any]]:
        """Kubernetes' objects of a kind, by file and name."""
        return {
            f"{file} {each['metadata']['name']}": each
            for file, documents in self.files.items()
            for each in documents
            if each.get("kind") == kind and "metadata" in each
        }

    @property
    def gateway(self) -> dict[str, Any]:
        """The pod of the gateway."""
        pod: dict[str, Any] = self.of("Deployment")["kubernetes/base/deployment.yaml gateway"]["spec"]["template"][
            "spec"
        ]
        return pod

    @property
    def kustomizations(self) -> dict[Path, dict[str, Any]]:
        """By their folders."""
        return {
            (DOCKER / file).parent: each[0] for file, each in self.files.items() if file.endswith("kustomization.yaml")
        }

    @property
    def patches(self) -> Iterator[dict[str, Any]]:
        """Every single operation of the overlays' patches."""
        for each in self.kustomizations.values():
            for patch in each.get("patches", []):
                yield from yaml.safe_load(patch["patch"])


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def dockerfile() -> Dockerfile:
    return Dockerfile((DOCKER / "Dockerfile").read_text())


@pytest.fixture(scope="session")
def manifests() -> Manifests:
    return Manifests()
