"""Candidates as they come from disk and over HTTP: read once, bounded, told apart by what they are."""

from pathlib import Path

import pytest

from auditor.changes.candidate import MAX_BYTES, MAX_LINES
from auditor.changes.load import candidate_of, candidate_of_files, load_candidate
from auditor.errors import InputError

DIFF = b"--- a/etc/x\n+++ b/etc/x\n@@ -1 +1 @@\n-a\n+b\n"


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("change.cfg", b"ntp server 192.0.2.1\n", "text"),
        ("p.json", b'[{"op": "remove", "path": "/a"}]', "patch"),
        ("change.cfg", b'[{"op": "remove", "path": "/a"}]', "patch"),
        ("a.json", b'{"plays": []}', "ansible"),
        ("x.diff", DIFF, "diff"),
        ("x.cfg", b"# why\ndiff --git a/etc/x b/etc/x\n" + DIFF, "diff"),
        ("g.yaml", b"golden: web\n", "golden"),
        ("s.yml", b"services: {}\n", "yaml"),
        ("x.cfg", b"[half a snippet\n", "text"),
    ],
)
def test_what_a_candidate_is_follows_from_what_it_holds(name: str, content: bytes, kind: str) -> None:
    assert candidate_of(name, content).kind == kind


def test_line_ends_of_windows_are_taken_off_and_told() -> None:
    """And a byte order mark; the digest is that of the bytes as they came."""
    windows, unix = candidate_of("a", b"\xef\xbb\xbfone\r\ntwo\r\n"), candidate_of("a", b"one\ntwo\n")
    assert windows.only.lines == unix.only.lines == ("one", "two")
    assert (windows.crlf, unix.crlf) == (True, False)
    assert windows.sha256 != unix.sha256


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \r\n\t\n", "is empty"),
        ("ntp".encode("utf-16"), "UTF-16"),
        (b"one\ntwo\0\n", "a:2"),
        (b"one\n\xff\n", "a:2"),
        (b"x\n" * (MAX_LINES + 1), "lines"),
    ],
)
def test_what_is_no_text_is_refused_with_its_line(content: bytes, said: str) -> None:
    with pytest.raises(InputError) as problem:
        candidate_of("a", content)
    assert said in str(problem.value)


@pytest.mark.parametrize(
    "text",
    [b'[{"op": "add", "value": "\\ud800"}]', b'{"a": ', b"[" * 100_000, b"[1]", b'{"plays": 1}', b"[]", b"1" * 5000],
)
def test_json_that_is_neither_is_refused(text: bytes) -> None:
    """However deep it is nested, and however long a number in it is; half a character is none."""
    with pytest.raises(InputError):
        candidate_of("p.json", text)


@pytest.mark.parametrize("path", ["etc/x", "/etc/../x", "/etc/", "C:\\x", "/a\0b", "/" + "a" * 5000])
def test_a_path_that_is_none_of_a_target_is_refused(path: str) -> None:
    with pytest.raises(InputError):
        candidate_of("x", b"a\n", path)
    with pytest.raises(InputError):
        candidate_of_files("c", [(path[1:], b"a"), ("", b"")])


def test_a_folder_is_laid_out_like_the_root_of_the_target(tmp_path: Path) -> None:
    """In the order of names; an empty file is one; a link is refused wherever it leads, and so is an empty folder."""
    folder = tmp_path / "change"
    with pytest.raises(InputError, match="no such candidate"):
        load_candidate(folder)
    (folder / "etc" / "sysctl.d").mkdir(parents=True)
    with pytest.raises(InputError, match="holds no file"):
        load_candidate(folder)
    (folder / "etc" / "sysctl.d" / "99-x.conf").write_bytes(b"a = 1\r\n")
    (folder / "etc" / "empty").touch()
    found = load_candidate(folder)
    assert [(x.name, x.target_path, x.lines) for x in found.files] == [
        ("change/etc/empty", "/etc/empty", ()),
        ("change/etc/sysctl.d/99-x.conf", "/etc/sysctl.d/99-x.conf", ("a = 1",)),
    ]
    assert (found.kind, found.crlf) == ("files", True)
    with pytest.raises(InputError, match="goes with one file"):
        load_candidate(folder, "/etc/x")
    for name, leads in (("etc/passwd", "/etc/passwd"), ("etc/all", "/etc")):
        link = folder / name
        link.symlink_to(leads)
        with pytest.raises(InputError, match="symbolic link"):
            load_candidate(folder)
        link.unlink()


def test_what_is_too_large_is_not_read(tmp_path: Path) -> None:
    """Nor what is no file."""
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(InputError, match="MiB"):
        load_candidate(large)
    with pytest.raises(InputError, match="no regular file"):
        load_candidate(Path("/dev/null"))


def test_several_files_of_one_path_are_refused() -> None:
    with pytest.raises(InputError, match="twice"):
        candidate_of_files("c", [("etc/x", b"a"), ("etc/x", b"b")])
