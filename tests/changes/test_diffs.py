"""Unified diffs as diff(1) and git make them, put on by us as patch(1) and git do."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.changes.diffs import applied, is_diff, parse_diff
from auditor.errors import InputError

LINES = st.lists(st.sampled_from(["a", "b", "c", "", "-x", "+y", " z", "@@", "\\ n", "--- q"]), max_size=14)
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def made(folder: Path, old: str, new: str, *, git: bool) -> str:
    (folder / "old").write_text(old)
    (folder / "new").write_text(new)
    command = ["git", "diff", "--no-index", "--no-color", "old", "new"] if git else ["diff", "-u", "old", "new"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout.replace("+++ b/new", "+++ b/old").replace("+++ new", "+++ old")


def parts(text: str) -> list[str]:
    return text.split("\n")[:-1] if text.endswith("\n") or not text else text.split("\n")


@FEW
@given(LINES, LINES, st.booleans(), st.booleans(), st.booleans())
def test_a_diff_put_on_gives_the_new_file(
    tmp_path: Path, old: list[str], new: list[str], end: bool, own_end: bool, git: bool
) -> None:
    """What diff(1) and git make of any two texts, with or without an end of the last line; and each line that came
    names the line of the diff that says it.
    """
    before = "\n".join(old) + ("\n" if end and old else "")
    after = "\n".join(new) + ("\n" if own_end and new else "")
    text = made(tmp_path, before, after, git=git).split("\n")[:-1]
    if not any(line.startswith("@@") for line in text):
        return
    assert is_diff(text)
    (file,) = parse_diff("x.diff", text)
    found = applied(file, before.split("\n")[:-1] if before.endswith("\n") or not before else before.split("\n"))
    assert [line for line, _ in found] == (
        after.split("\n")[:-1] if after.endswith("\n") or not after else after.split("\n")
    )
    for line, number in found:
        assert not number or text[number - 1] == f"+{line}"


@FEW
@given(
    st.lists(st.sampled_from("abcd"), min_size=8, max_size=24),
    st.sets(st.integers(0, 23), min_size=1, max_size=3),
    st.lists(st.sampled_from("abef"), max_size=4),
)
def test_hunks_that_stand_some_lines_off_go_where_patch_puts_them(
    tmp_path: Path, old: list[str], at: set[int], moved: list[str]
) -> None:
    """Lines put before the file since: each hunk stands where patch(1) without fuzz puts it, or is refused as there."""
    new = ["NEW" if n in at else line for n, line in enumerate(old)]
    text = made(tmp_path, joined(old), joined(new), git=False)
    now = [*moved, *old]
    if not text:
        return
    (file,) = parse_diff("x.diff", text.split("\n")[:-1])
    try:
        ours: list[str] | None = [line for line, _ in applied(file, now)]
    except InputError:
        ours = None
    assert ours == patched(tmp_path, joined(now), text)


def joined(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def patched(folder: Path, now: str, text: str) -> list[str] | None:
    """What patch(1) makes of it; None where it does not."""
    (folder / "old").write_text(now)
    command = ["patch", "-s", "-f", "-F0", "-r", "-", "-o", "out", "old"]
    done = subprocess.run(command, cwd=folder, input=text, text=True, capture_output=True, check=False)
    return (folder / "out").read_text().split("\n")[:-1] if done.returncode == 0 else None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("--- a/x\n+++ b/x\n@@ -1,2 +1 @@\n-a", "ends in the middle"),
        ("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n-b\n+c", "x.diff:5"),
        ("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\nb", "begins with space"),
        ("--- a/x\n+++ b/x\n", "has no hunk"),
        ("--- a/x\n", "comes no"),
        ("--- a/x\n+++ b/y\n@@ -1 +1 @@\n-a\n+b", "rename"),
        ("--- a/x\n+++ b/../y\n@@ -1 +1 @@\n-a\n+b", "no path of a target"),
        ("--- /dev/null\n+++ /dev/null\n@@ -1 +1 @@\n-a\n+b", "names no file"),
        ("diff --git a/x b/y\nrename from x\nrename to y", "rename"),
        ("diff --git a/x b/x\nBinary files a/x and b/x differ", "binary"),
        (("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n" * 2).strip(), "twice"),
        ("diff --git a/x b/x\n", "changes no file"),
    ],
)
def test_a_diff_that_is_cut_or_renames_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(InputError) as problem:
        list(parse_diff("x.diff", text.split("\n")))
    assert said in str(problem.value)


def test_50_000_lines_are_put_on_quickly() -> None:
    """A hunk of one line for every tenth of 50,000 that are all alike but for those: no search over all for each."""
    old = [f"line {n}" if n % 10 == 0 else "same" for n in range(50_000)]
    hunks = [f"@@ -{n + 1} +{n + 1} @@\n-line {n}\n+other {n}" for n in range(0, 50_000, 10)]
    (file,) = parse_diff("x", ("--- a/x\n+++ b/x\n" + "\n".join(hunks)).split("\n"))
    found = applied(file, old)
    assert [line for line, _ in found] == [line.replace("line", "other") for line in old]


def test_hunks_may_not_go_back() -> None:
    """What a hunk stands beside must come behind the one before: nothing is put on twice."""
    text = "--- a/x\n+++ b/x\n@@ -2 +2 @@\n-b\n+B\n@@ -1 +1 @@\n-a\n+A"
    (file,) = parse_diff("x", text.split("\n"))
    with pytest.raises(InputError, match="does not fit"):
        applied(file, ["a", "b"])


def test_of_many_places_that_are_alike_the_nearest_is_taken() -> None:
    """Far behind the first thousand of them; and what stands nowhere is not searched for ever."""
    text = "--- a/x\n+++ b/x\n@@ -40001,3 +40001,3 @@\n same\n-same\n+other\n same"
    (file,) = parse_diff("x", text.split("\n"))
    found = applied(file, ["same"] * 50_000)
    assert [n for n, (line, _) in enumerate(found) if line == "other"] == [40_001]
    hunk = "@@ -{0},2 +{0},2 @@\n-same\n-nowhere\n+a\n+b"
    text = "--- a/x\n+++ b/x\n" + "\n".join(hunk.format(n) for n in range(1, 40_000, 4))
    (file,) = parse_diff("x", text.split("\n"))
    with pytest.raises(InputError, match="does not fit"):
        applied(file, ["same"] * 50_000)


def test_what_moved_one_hunk_moves_those_behind_it(tmp_path: Path) -> None:
    """Of places that are alike every four lines: patch(1) and we go on from where the hunk before stood."""
    old = ["one", "two", "three", "four", "five", "six", "seven", *"abcd" * 10]
    new = [*old[:3], "FOUR", *old[4:27], "NEW", *old[28:]]
    text = made(tmp_path, joined(old), joined(new), git=False)
    now = ["moved", "moved", "moved", *old]
    (file,) = parse_diff("x.diff", text.split("\n")[:-1])
    assert len(file.hunks) == 2
    ours = [line for line, _ in applied(file, now)]
    assert ours == patched(tmp_path, joined(now), text) == ["moved", "moved", "moved", *new]
