"""The Dockerfile. `.ci/image` carries it out and runs a night in it: docs/how-to/container.md."""

import json
import re
import tomllib

from tests.deploy.commands import KNOWN, ROOT, check, script

IMAGE = script(".ci/image")
LOCK = script("deploy/runtime_lock.py")
STEPS: list[tuple[str, str]] = IMAGE.steps_of((ROOT / "Dockerfile").read_text())


def said(name: str) -> list[str]:
    """What the instructions of a name say."""
    return [rest for one, rest in STEPS if one == name]


def test_nothing_unlocked_gets_in() -> None:
    """Packages come by their hashes or from what was built, nothing is fetched and run, base and copies are plain."""
    runs = "\n".join(said("RUN"))
    assert not re.search(r"curl|wget|git clone|\|\s*(ba)?sh\b|ADD ", runs)
    installs = re.findall(r"pip\S*(?: --python \S+)? install [^&]*", runs)
    assert len(installs) == 3
    for line in installs:
        assert "--require-hashes" in line or ("--no-deps" in line and "--no-index" in line), line
    assert not said("ADD")
    assert [one.split()[0] for one in said("FROM")] == ["${BASE}", "${BASE}"]
    assert re.fullmatch(r"BASE=[a-z]+:[a-z-]+", said("ARG")[0])


def test_it_runs_as_nobody_in_particular() -> None:
    """The last word on the user is a number that is not root's, the same as the chart's and the compose file's."""
    assert said("USER") == ["10001:10001"]
    assert STEPS[-1][0] == "CMD"
    assert "podSecurity: {runAsUser: 10001," in (ROOT / "helm/auditor/values.yaml").read_text()


def test_every_copy_is_there_and_goes_to_the_builder() -> None:
    """What is copied exists, and .dockerignore lets it and only it through."""
    wanted = {name for rest in said("COPY") if not rest.startswith("--from=") for name in rest.split()[:-1]}
    assert all((ROOT / name).exists() for name in wanted)
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert {line[1:] for line in lines if line.startswith("!")} == wanted
    assert not IMAGE.allowed(".git")
    assert not IMAGE.allowed("tests")


def test_what_it_starts_is_a_command() -> None:
    """ENTRYPOINT and CMD are taken by the command line, and its variables are settings."""
    (entry,), (command,) = said("ENTRYPOINT"), said("CMD")
    assert json.loads(entry) == ["auditor"]
    check(json.loads(command))
    variables = set(re.findall(r"\b(AUDITOR_\w+)=", " ".join(said("ENV"))))
    assert variables
    assert variables <= KNOWN


def test_it_has_the_libraries_of_pdf() -> None:
    """Those that ./dev installs for PDF are in it."""
    native = (ROOT / ".ci/dev/native.py").read_text()
    packages = re.findall(r'"([^"]+)"', re.search(r"^PACKAGES = \[(.*)\]$", native, re.MULTILINE)[1])  # type: ignore[index]
    last = said("RUN")[-1]
    assert len(packages) >= 4
    assert all(f" {package} " in f"{last} " for package in packages)


def test_only_what_the_service_needs_is_installed() -> None:
    """The part of the lock that goes into the image has every dependency with those below it, and no tool; each entry
    stands in the lock as it is, with its hashes.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    needed = LOCK.closure(project["project"]["dependencies"])
    entries = dict(LOCK.entries_of((ROOT / "requirements.lock").read_text()))
    assert {"celery", "kombu", "weasyprint", "pydantic-core", "psycopg-binary"} <= needed <= set(entries)
    assert not needed & {"pytest", "mypy", "ruff", "playwright", "hatchling", "hypothesis"}
    assert "\n".join(entries.values()) == (ROOT / "requirements.lock").read_text().strip()
    assert all("--hash=sha256:" in entries[name] for name in needed)


def test_the_parser_reads_a_dockerfile() -> None:
    """Continued lines are joined, comments between them left out."""
    text = "# one\nFROM a AS b\nRUN x \\\n# two\n    && y\n\nCMD []\n"
    assert [(name, rest.split()) for name, rest in IMAGE.steps_of(text)] == [
        ("FROM", ["a", "AS", "b"]),
        ("RUN", ["x", "&&", "y"]),
        ("CMD", ["[]"]),
    ]
