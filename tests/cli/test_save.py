"""`auditor audit --save`: the run is in the database as it was written, and the next one knows what it knew."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from auditor.service.stored import document_of
from auditor.store.engine import Store
from auditor.store.migrate import ready_store
from auditor.store.runs import find_run
from tests.cli.running import auditor

SAMPLES = Path(__file__).parents[2] / "auditor" / "samples"


def stored(url: str, name: str = "latest") -> dict[str, Any]:
    """The document of a run in the database."""
    store = ready_store(url)
    try:
        return document_of(store, name)
    finally:
        store.close()


def plain(document: Any) -> Any:
    """As JSON would have it, with findings and drift in one order."""
    made = json.loads(json.dumps(document))
    for name in ("findings", "drift"):
        made[name].sort(key=lambda one: json.dumps(one, sort_keys=True))
    return made


def test_the_stored_run_is_what_was_written(tmp_path: Path, empty_database_url: str) -> None:
    """On both databases: everything in audit.json comes back out of the database, twice over."""
    assert auditor(tmp_path, "db", "upgrade", "--database", empty_database_url).status == 0
    for number in range(2):
        arguments = ("audit", "--from", SAMPLES / "rhel", "-f", "json", "-o", f"out{number}", "--save")
        done = auditor(tmp_path, *arguments, "--database", empty_database_url)
        assert done.status in (0, 1), done.err
        written = done.audit(f"out{number}")
        assert len(written["findings"]) > 500
        assert plain(stored(empty_database_url, written["run"]["id"])) == plain(written)


def test_without_save_nothing_is_made(tmp_path: Path) -> None:
    """An audit that is not to be kept makes no database."""
    done = auditor(tmp_path, "audit", "--from", SAMPLES / "rhel", "-f", "json", "-o", "out")
    assert done.status in (0, 1)
    assert not list((tmp_path / ".state").glob("*.sqlite*"))


def test_a_database_that_cannot_be_had_stops_the_audit_before_it_begins(tmp_path: Path) -> None:
    """Bad input: one message, status 2, no report."""
    (tmp_path / "text").write_text("this is no database, and long enough to be read as one\n" * 10)
    for url in ("sqlite:////proc/none/x.sqlite", f"sqlite:///{tmp_path / 'text'}", "mysql://x/y", "nonsense"):
        done = auditor(
            tmp_path, "audit", "--from", SAMPLES / "rhel", "-f", "json", "-o", "out", "--save", "--database", url
        )
        assert done.status == 2, (url, done.err)
        assert done.err.startswith("auditor: ")
        assert "Traceback" not in done.err
        assert not (tmp_path / "out").exists()


def with_failure(folder: Path, into: Path) -> None:
    """A captures folder as a night would write it in which its one source was down and declared nobody."""
    index = json.loads((folder / "index.json").read_text())
    (source,) = index["sources"][:1]
    source |= {"population": [], "failures": [{"target": None, "platform": None, "reason": "refused", "kind": "lost"}]}
    into.mkdir()
    (into / "index.json").write_text(json.dumps(index | {"sources": [source], "captures": []}))


def test_a_dead_source_keeps_the_population_of_the_run_before(tmp_path: Path) -> None:
    """A vCenter that is down tonight stands for every host it showed last night, each with when it was read last."""
    shutil.copytree(SAMPLES / "vsphere", tmp_path / "good")
    with_failure(tmp_path / "good", tmp_path / "dead")
    first = auditor(tmp_path, "audit", "--from", "good", "-f", "json", "-o", "one", "--save").audit("one")
    second = auditor(tmp_path, "audit", "--from", "dead", "-f", "json", "-o", "two", "--save")
    assert second.status == 3
    before = {(one["platform"], one["name"]) for one in first["targets"]}
    lost = second.audit("two")["coverage"]["unreachable"]
    assert {(one["platform"], one["target"]) for one in lost} == before
    assert {one["reason"] for one in lost} == {"refused"}
    taken = {one["name"]: one["collected_at"] for one in first["targets"]}
    assert {one["target"]: one["last_good"] for one in lost} == taken
    third = auditor(tmp_path, "audit", "--from", "good", "-f", "json", "-o", "three", "--save")
    again = [one["target"] for one in third.audit("three")["coverage"]["unreachable"]]
    assert again == [one["target"] for one in first["coverage"]["unreachable"]]


def test_the_history_is_one_line(tmp_path: Path) -> None:
    """What did not change between three runs stands once, and its first moment is when its capture was taken."""
    url = f"sqlite:///{tmp_path / 'x.sqlite'}"
    for number in range(3):
        auditor(
            tmp_path, "audit", "--from", SAMPLES / "rhel", "-f", "json", "-o", f"o{number}", "--save", "--database", url
        )
    store: Store = ready_store(url)
    with store.reading() as connection:
        count = connection.exec_driver_sql("SELECT count(*), count(last) FROM finding").one()
        runs = connection.exec_driver_sql("SELECT count(*) FROM run_target").scalar_one()
        row = find_run(connection, "latest")
    assert tuple(count) == (len(stored(url)["findings"]), 0)
    assert runs == 3 * 4
    assert row is not None
    assert row.finished_at - datetime.now(UTC) < timedelta(minutes=5)
    assert row.passed + row.failed + row.unknown + row.notapplicable + row.notchecked > 500
    store.close()
