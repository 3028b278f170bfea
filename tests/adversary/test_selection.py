"""Choosing, naming and counting never make the population smaller than it is."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.cli.audit import Limits, exit_status
from auditor.cli.demo import SAMPLES
from auditor.cli.summary import print_summary
from auditor.domain import Capture, Failure, Member, Source
from auditor.evidence.captures import CaptureFolder, read_index
from auditor.inventory.population import read_population, write_population
from auditor.inventory.select import needed
from auditor.pipeline import read_source
from auditor.runners import Collected
from tests.adversary.estate import closed_port
from tests.cli.running import auditor

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def sources(*replays: str, port: int = 0) -> str:
    """An inventory of sample folders, and perhaps of a vCenter that refuses connections."""
    text = "credentials: {c: {username: u, password: {env: HOME}}}\nsources:\n"
    text += "".join(f"  - {{name: {name}, kind: replay, captures: {name}}}\n" for name in replays)
    if port:
        text += f"  - {{name: down, kind: vcenter, address: 127.0.0.1, port: {port}, credential: c}}\n"
    return text


def prepared(folder: Path, text: str, *replays: str) -> None:
    """The inventory and the folders that it names."""
    for name in replays:
        shutil.copytree(SAMPLES / ("vsm" if name.startswith("vsm") else "vsphere"), folder / name)
    (folder / "i.yaml").write_text(text)


def test_a_name_that_means_nothing_is_refused_even_beside_a_good_one(tmp_path: Path) -> None:
    """`audit vsm typo` would audit less than was asked: status 2, naming the typo alone, nothing written."""
    prepared(tmp_path, sources("vsm"), "vsm")
    for command in (("audit", "-o", "out"), ("collect", "-o", "captures")):
        done = auditor(tmp_path, *command, "-i", "i.yaml", "vsm", "typo*")
        assert done.status == 2
        assert "no target matches typo*" in done.err
        assert not (tmp_path / command[2]).exists()


def test_a_host_behind_a_source_that_is_down_is_missing_coverage(tmp_path: Path) -> None:
    """Who asks for a host that only a refusing vCenter could know of gets status 3, with that vCenter unread."""
    with closed_port() as port:
        prepared(tmp_path, sources("vsm", port=port), "vsm")
        for number, patterns in enumerate((("vsm", "esx-99"), ("esx-99",))):
            done = auditor(tmp_path, "audit", "-i", "i.yaml", "-f", "json", "-o", f"out{number}", *patterns)
            assert done.status == 3, done.err
            found = done.audit(f"out{number}")["coverage"]
            assert [x["target"] for x in found["unreachable"]] == ["down"]
            assert found["population"] == len(patterns)


def test_a_glob_that_a_source_matches_still_asks_those_with_many_targets() -> None:
    """`esx*` names the single host and whatever stands behind the vCenter; a whole name asks its source alone."""
    lone, centre = Source("esx-lone", "esxi"), Source("vc01", "vcenter")
    assert needed(["esx*"], [lone, centre]) == [lone, centre]
    assert needed(["esx-lone"], [lone, centre]) == [lone]
    assert needed(["esx-lone", "esx-01"], [lone, centre]) == [lone, centre]


def test_a_source_that_fails_after_its_first_targets_is_no_full_coverage() -> None:
    """Nobody knows what else stands behind it: the source itself is unread, whatever was read before."""
    index = read_index(SAMPLES / "vsm")
    capture = Capture("s", "vsm", "nexus1000v", MOMENT, {"x": 1})
    collected = Collected(Source("s", "vcenter"), [capture], [Failure("s", "it broke off")])
    found = {t.name: (t.status, t.reason) for t in read_source(collected).targets}
    assert found["s"] == ("unreachable", "it broke off")
    own = Collected(Source("vsm", "nexus1000v"), [replace(capture, source="vsm")], [Failure("vsm", "it broke off")])
    assert [t.status for t in read_source(own).targets] == ["unreachable"]
    assert index.captures


def test_two_sources_of_one_folder_with_targets_of_one_name(tmp_path: Path) -> None:
    """Replayed as one source, both are judged, and one that failed does not hide behind the other's values."""
    writer = CaptureFolder(tmp_path / "both")
    failure = Failure("vc3", "refused", "a", "esxi")
    for name in ("vc1", "vc2"):
        writer.add(Capture(name, "a", "esxi", MOMENT, {"x": 1}))
    members = [Member("a", "esxi")]
    listed = [(Source(n, "vcenter"), members, [failure] if n == "vc3" else []) for n in ("vc1", "vc2", "vc3")]
    writer.finish(listed, "0", MOMENT)
    (tmp_path / "i.yaml").write_text("sources:\n  - {name: old, kind: replay, captures: both}\n")
    done = auditor(tmp_path, "audit", "-i", "i.yaml", "-f", "json", "-o", "out")
    assert {t["name"] for t in done.audit()["targets"]} == {"vc1/a", "vc2/a", "vc3/a"}
    assert done.status == 3


def test_replay_of_two_folders_with_the_same_names(tmp_path: Path) -> None:
    """The same estate twice: every target twice, under names that no report confuses."""
    prepared(tmp_path, sources("vsm", "vsm-old"), "vsm", "vsm-old")
    done = auditor(tmp_path, "audit", "-i", "i.yaml", "-f", "html,json,csv", "-o", "out")
    assert done.status == 1, done.err
    found = done.audit()
    assert sorted(t["name"] for t in found["targets"]) == ["vsm-old/vsm-synthetic", "vsm/vsm-synthetic"]
    assert found["coverage"]["population"] == 2


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.builds(Member, NAMES, st.sampled_from(["esxi", "dvs"])), max_size=6))
def test_a_population_file_gives_back_every_name(tmp_path: Path, members: list[Member]) -> None:
    """Comment signs, blanks, line separators, tabs and backslashes in names: nobody falls out of the population."""
    write_population(tmp_path / "p.txt", members, "esxi", "vc")
    assert set(read_population(tmp_path / "p.txt", "esxi")) == set(members)


@pytest.mark.parametrize(
    ("collected", "population", "least", "status"),
    [
        (2, 3, 66.67, 3),
        (2, 3, 66.66, 0),
        (9999, 10000, 100.0, 3),
        (10000, 10000, 100.0, 0),
        (0, 0, 0.01, 3),
        (0, 0, 0.0, 0),
        (299, 300, 99.7, 3),
    ],
)
def test_coverage_is_not_rounded(collected: int, population: int, least: float, status: int) -> None:
    """The limit is compared with the exact share; nobody there is no coverage."""
    assert exit_status(_document(collected, population), Limits(min_coverage=least)) == status


def test_a_summary_never_says_that_all_passes(capsys: pytest.CaptureFixture[str]) -> None:
    """99.97 percent is printed as 99.9."""
    print_summary(_document(1, 1, lower=99.97, upper=99.99))
    assert "99.9 %" in capsys.readouterr().out
    print_summary(_document(1, 1, lower=100.0, upper=100.0))
    assert "100.0 %" in capsys.readouterr().out


def _document(collected: int, population: int, **score: float) -> dict[str, Any]:
    numbers = {"passed": 1, "failed": 0, "unknown": 0, "waived": 0, "lower": 100.0, "upper": 100.0} | score
    coverage = {"collected": collected, "population": population, "by_platform": {}, "unreachable": []}
    run = {"id": "r", "synthetic": False}
    return {"coverage": coverage, "score": numbers, "findings": [], "run": run, "rules": {}, "waivers": []}


def test_a_name_that_the_terminal_cannot_print_is_spelled_out(tmp_path: Path) -> None:
    """A terminal without Unicode gets escapes, not a fault of ours, and the reports are complete."""
    prepared(tmp_path, sources("vsm"), "vsm")
    path = tmp_path / "vsm" / "index.json"
    index = json.loads(path.read_text())
    for line in (index["captures"][0], index["sources"][0]["population"][0]):
        line["target" if "target" in line else "name"] = "vsm-Zürich-\u4e2d"
    index["sources"][0]["population"].append({"name": "fehlt-\u00fc", "platform": "nexus1000v"})
    path.write_text(json.dumps(index))
    done = auditor(tmp_path, "audit", "-i", "i.yaml", "-f", "json", "-o", "out", env={"PYTHONIOENCODING": "ascii"})
    assert done.status == 3, done.err
    assert r"fehlt-\xfc" in done.out
