"""Within a minor release one goes forth and back: its patches share one schema of the database."""

import re
import subprocess

import auditor
from auditor.store.migrate import FOLDER
from tests.deploy.commands import ROOT

MINOR, _, PATCH = auditor.__version__.rpartition(".")
STEPS = sorted(path.name for path in (FOLDER / "versions").glob("rev_*.py"))


def test_the_page_names_the_schema_of_this_release() -> None:
    """docs/how-to/upgrade.md has the schema of each minor release. A new step before a minor release changes its row; a
    patch release must not need that.
    """
    page = (ROOT / "docs" / "how-to" / "upgrade.md").read_text()
    rows = dict(re.findall(r"^\| (\d+\.\d+) \| `(\d+)` \|$", page, re.MULTILINE))
    assert rows[MINOR] == STEPS[-1].removeprefix("rev_").removesuffix(".py")
    assert len(set(rows.values())) == len(rows)


def test_a_patch_release_adds_no_step() -> None:
    """The steps are those that the minor release was tagged with. Before that tag is made there is nothing to hold."""
    folder = str((FOLDER / "versions").relative_to(ROOT))
    command = ["git", "ls-tree", "--name-only", f"v{MINOR}.0", f"{folder}/"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0:
        released = [line.rpartition("/")[2] for line in listed.stdout.splitlines() if "/rev_" in line]
        assert released == STEPS
    else:
        assert PATCH == "0", f"{auditor.__version__} is a patch of a release that has no tag here"
