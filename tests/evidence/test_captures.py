"""The captures folder: what goes in comes out, and what was changed is not believed."""

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.domain import Capture, Failure, Member, Source
from auditor.errors import InputError
from auditor.evidence.captures import CaptureFolder, read_capture, read_index

MOMENT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SOURCE = Source("s1", "linux", address="a")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc[].", max_size=5), inner, max_size=4),
    max_leaves=12,
)


def capture(body: dict[str, Any], target: str = "h1") -> Capture:
    """A capture of a Linux host."""
    return Capture("s1", target, "linux", MOMENT, body, {"site": "ams"}, True, ("careful",))


def store(folder: Path, *captures: Capture) -> None:
    """A finished folder."""
    writer = CaptureFolder(folder)
    for one in captures:
        writer.add(one)
    failure = Failure("s1", "refused", "h2", "linux", "refused")
    writer.finish([(SOURCE, [Member("h1", "linux"), Member("h2", "linux")], [failure])], "0.1.0", MOMENT)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(body=st.dictionaries(st.text("abc", max_size=4), json_values, max_size=4), name=st.text(min_size=1, max_size=30))
def test_what_goes_in_comes_out(tmp_path_factory: pytest.TempPathFactory, body: dict[str, Any], name: str) -> None:
    """Any JSON body and any target name survive storing, with labels, warnings and the synthetic mark."""
    name = name.encode("utf-8", "replace").decode()
    folder = tmp_path_factory.mktemp("captures") / "c"
    given_capture = capture(body, name)
    store(folder, given_capture)
    index = read_index(folder)
    assert read_capture(folder, index.captures[0]) == given_capture
    assert index.sources[0].population == (Member("h1", "linux"), Member("h2", "linux"))
    assert index.sources[0].failures[0].reason == "refused"


def test_same_capture_gives_the_same_bytes(tmp_path: Path) -> None:
    """Key order and time of writing leave no trace in a capture file."""
    store(tmp_path / "a", capture({"x": 1, "y": 2}))
    store(tmp_path / "b", capture({"y": 2, "x": 1}))
    files = [next((tmp_path / name).glob("*.gz")).read_bytes() for name in "ab"]
    assert files[0] == files[1]


def test_changed_capture_is_a_failure_not_a_verdict(tmp_path: Path) -> None:
    """A file that was edited, cut or removed after collection is not judged."""
    store(tmp_path / "c", capture({"x": 1}))
    stored = read_index(tmp_path / "c").captures[0]
    path = tmp_path / "c" / stored.file
    whole = path.read_bytes()
    for change in (gzip.compress(b'{"x":2}'), whole[:-9], b"", b"not gzip"):
        path.write_bytes(change)
        found = read_capture(tmp_path / "c", stored)
        assert isinstance(found, Failure)
        assert (found.target, found.kind) == ("h1", "unreadable")
    path.unlink()
    assert isinstance(read_capture(tmp_path / "c", stored), Failure)


@pytest.mark.parametrize("index", [b"", b"[]", b"{}", b'{"schema":"auditor-captures/1"}', b'{"schema":"x"}', b"\xff"])
def test_folder_without_a_good_index_is_bad_input(tmp_path: Path, index: bytes) -> None:
    """A folder that was never finished, or is not ours, is refused with one message."""
    with pytest.raises(InputError, match="no captures here"):
        read_index(tmp_path)
    (tmp_path / "index.json").write_bytes(index)
    with pytest.raises(InputError, match=r"damaged|not an index"):
        read_index(tmp_path)


def test_index_cannot_point_outside_its_folder(tmp_path: Path) -> None:
    """A hostile index does not read other files."""
    store(tmp_path / "c", capture({"x": 1}))
    path = tmp_path / "c" / "index.json"
    data = orjson.loads(path.read_bytes())
    data["captures"][0]["file"] = "../../etc/passwd"
    path.write_bytes(orjson.dumps(data))
    with pytest.raises(InputError, match="leaves the folder"):
        read_index(tmp_path / "c")


def test_finished_folder_is_not_written_again(tmp_path: Path) -> None:
    """Captures are evidence: a second collection needs a new folder."""
    store(tmp_path / "c", capture({"x": 1}))
    with pytest.raises(InputError, match="holds captures already"):
        CaptureFolder(tmp_path / "c")


def test_a_time_without_a_zone_is_damage(tmp_path: Path) -> None:
    """When a capture was taken never depends on the zone of whoever reads it."""
    store(tmp_path / "c", capture({}))
    path = tmp_path / "c" / "index.json"
    data = orjson.loads(path.read_bytes())
    data["captures"][0]["taken_at"] = "2026-03-01T12:00:00"
    path.write_bytes(orjson.dumps(data))
    with pytest.raises(InputError, match="no zone"):
        read_index(tmp_path / "c")


def test_captures_are_private_whatever_the_umask(tmp_path: Path) -> None:
    """Redacted or not, what a host said is for whoever collected it; also in a folder that was there before."""
    (tmp_path / "c").mkdir(mode=0o755)
    store(tmp_path / "c", capture({"x": 1}))
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "c").iterdir()} == {0o600}
