"""What a newcomer or an installer gets: the wheel, the lock, the script `dev`."""

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

import auditor
from auditor import resources
from tests.conftest import require

ROOT = Path(__file__).resolve().parent.parent
CONTENT = {
    "auditor": "auditor",
    "workers": "workers",
    "rules": "auditor/_data/rules",
    "reports": "auditor/_data/reports",
}


def build(kind: str, source: Path, target: Path) -> Path:
    """Build one distribution of `source` into `target` with the backend of the lock. Returns its file."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(target)]
    result = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    (made,) = target.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel that was built from the sdist, as an installer without a checkout would build it."""
    source = tmp_path_factory.mktemp("source")
    with tarfile.open(build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Debian 12's Python 3.11.2 has none
        archive.extractall(source)  # noqa: S202  our own archive, made above
    (unpacked,) = source.iterdir()
    return zipfile.ZipFile(build("wheel", unpacked, tmp_path_factory.mktemp("wheel")))


def tracked(folder: str) -> list[str]:
    """The files below `folder` that belong to the project: what git knows, or simply all where there is no git."""
    try:
        command = ["git", "ls-files", "-z", "--", folder]
        listing = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
        names = [name for name in listing.split("\0") if name and (ROOT / name).is_file()]
    except (OSError, subprocess.CalledProcessError):
        found = [path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        names = [str(path.relative_to(ROOT)) for path in found]
    return sorted(names)


@pytest.mark.parametrize("folder", CONTENT)
def test_wheel_built_from_the_sdist_holds_every_file(wheel: zipfile.ZipFile, folder: str) -> None:
    """No file of the packages (samples too), rules or reports is lost: not to .gitignore, not to a forgotten list."""
    names = tracked(folder)
    assert names
    expected = {CONTENT[folder] + name.removeprefix(folder) for name in names}
    assert expected - set(wheel.namelist()) == set()


def test_wheel_holds_nothing_else(wheel: zipfile.ZipFile) -> None:
    """Only the two packages are installed: no tests, no tools, no top-level `rules` or `reports`."""
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert tops == {"auditor", "workers", f"auditor-{auditor.__version__}.dist-info"}


def test_wheel_names_its_version_licence_and_script(wheel: zipfile.ZipFile) -> None:
    """The metadata carries the version of the code, the licence with its text, and the command `auditor`."""
    info = f"auditor-{auditor.__version__}.dist-info"
    metadata = Parser().parsestr(wheel.read(f"{info}/METADATA").decode())
    assert metadata["Version"] == auditor.__version__
    assert metadata["License-Expression"] == "Apache-2.0"
    assert b"Apache License" in wheel.read(f"{info}/licenses/LICENSE")
    assert "auditor = auditor.cli:main" in wheel.read(f"{info}/entry_points.txt").decode()


def test_unpacked_wheel_finds_its_content(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """Without a checkout beside it, `resources.folder` answers with the folders inside the package."""
    wheel.extractall(tmp_path)  # noqa: S202  our own archive, made above
    code = "from auditor.resources import folder; print(folder('rules')); print(folder('reports'))"
    result = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {code}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    data = tmp_path / "auditor" / "_data"
    assert result.stdout.splitlines() == [str(data / "rules"), str(data / "reports")]


def test_unpacked_wheel_makes_a_database(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """The steps of the schema are files that nothing imports by name; an installed copy has them all the same."""
    wheel.extractall(tmp_path)  # noqa: S202  our own archive, made above
    code = "from auditor.store.migrate import FOLDER, ready_store; ready_store('sqlite:///new.sqlite'); print(FOLDER)"
    result = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {code}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert result.stdout == f"{tmp_path}/auditor/store/migrations\n"
    assert (tmp_path / "new.sqlite").stat().st_size


def test_checkout_finds_its_content() -> None:
    """In a checkout the folders are those that people edit."""
    assert resources.folder("rules") == ROOT / "rules"
    assert resources.folder("reports") == ROOT / "reports"


def test_unknown_content_folder_is_an_error() -> None:
    """A misspelt folder is named, not answered with an empty one."""
    with pytest.raises(FileNotFoundError, match="'no-such-folder'"):
        resources.folder("no-such-folder")


def test_lock_names_no_host_and_hashes_everything() -> None:
    """The lock installs from whatever index a machine has, and only the very files that were locked."""
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    assert not [line for line in lines if "://" in line or line.startswith("-")]
    blocks = re.split(r"\n(?=\S)", "\n".join(lines))
    assert not [block for block in blocks if "--hash=sha256:" not in block]


def test_lock_covers_every_declared_dependency() -> None:
    """A dependency that was added to pyproject.toml without making the lock anew is noticed here."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    declared = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    names = {re.sub(r"[._-]+", "-", re.split(r"[\[<>=!~; ]", entry)[0]).lower() for entry in declared}
    locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(), flags=re.MULTILINE))
    assert names - locked == set()


@pytest.mark.parametrize(("arguments", "status"), [(["help"], 0), ([], 2), (["no-such-command"], 2)])
def test_dev_explains_itself_from_anywhere(tmp_path: Path, arguments: list[str], status: int) -> None:
    """With an empty environment, from another folder and through a link, `dev` says how it is used."""
    link = tmp_path / "a link to dev"
    link.symlink_to(ROOT / "dev")
    result = subprocess.run([link, *arguments], cwd=tmp_path, env={}, capture_output=True, text=True, check=False)
    assert result.returncode == status
    assert "usage: ./dev run" in (result.stderr if status else result.stdout)


def test_dev_says_in_one_line_which_python_is_missing(tmp_path: Path) -> None:
    """A Python that cannot do is refused with status 2 and one line, before anything is written."""
    fake = tmp_path / "python3"
    fake.write_text("#!/bin/sh\nexit 1\n")
    fake.chmod(0o755)
    environment = {"PATH": os.environ["PATH"], "AUDITOR_PYTHON": str(fake)}
    result = subprocess.run([ROOT / "dev", "lint"], env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr == f"dev: AUDITOR_PYTHON={fake} is not a Python 3.11 or newer with venv and ensurepip\n"


def test_lint_finds_a_machine_path(tmp_path: Path) -> None:
    """The look for machine names is not blind: it names the file and the line of a planted one."""
    (tmp_path / "page.md").write_text("fine\nsee ../" + "shared/notes.md\n")
    code = "import pathlib, sys; import lint; print(*lint.machine_names(pathlib.Path(sys.argv[1])))"
    result = subprocess.run(
        [sys.executable, "-c", code, tmp_path],
        cwd=ROOT / ".ci" / "dev",
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / ".ci" / "dev"), "GIT_CEILING_DIRECTORIES": "/"},
    )
    assert result.stdout == "page.md:2: see ../" + "shared/notes.md\n"


SKIPPING = """
import pytest
from tests.conftest import require

def test_needs_a_peer():
    require(False, "no such peer")

def test_skips_by_hand():
    pytest.skip("felt like it")
"""


@pytest.mark.parametrize(("strict", "outcome"), [("", "2 skipped"), ("1", "2 failed")])
def test_no_skip_survives_where_peers_are_required(tmp_path: Path, strict: str, outcome: str) -> None:
    """A test that cannot find its peer skips at home and fails in CI, however it skips."""
    (tmp_path / "test_inner.py").write_text(SKIPPING)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider", str(tmp_path)]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "AUDITOR_REQUIRE_PEERS": strict}
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert outcome in result.stdout.splitlines()[-1]


@pytest.mark.needs_pango
def test_pdf_libraries_and_a_font_are_really_there() -> None:
    """Where the libraries load, WeasyPrint writes a PDF with text in an embedded font."""
    import weasyprint

    document = weasyprint.HTML(string="<p>Auditor</p>").write_pdf(uncompressed_pdf=True)
    assert document.startswith(b"%PDF-")
    assert b"/FontFile" in document


def test_require_passes_silently() -> None:
    """What is there needs no words."""
    require(True, "never seen")


def test_every_runtime_dependency_is_accounted_for() -> None:
    """Each package that users get has its line, with licence, in the decision about libraries."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {re.split(r"[\[<>=!~; ]", entry)[0] for entry in project["dependencies"]}
    page = (ROOT / "docs" / "decisions" / "0002-library-choices.md").read_text()
    assert names == set(re.findall(r"^\| ([a-z0-9.-]+) \|.*\| \S.* \|$", page, flags=re.MULTILINE)) - {"package"}


SLOW = ["weasyprint", "sqlmodel", "sqlalchemy", "celery", "redis", "pyVmomi", "pysnmp", "asyncssh", "pikepdf"]


def test_help_imports_nothing_slow() -> None:
    """`auditor --help` answers without the libraries that only some commands need."""
    code = f"""
import sys
from auditor.cli import main
sys.argv = ["auditor", "--help"]
try:
    main()
finally:
    print([name for name in {SLOW!r} if name in sys.modules], file=sys.stderr)
"""
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0
    assert result.stderr == "[]\n"
