"""The course of a run in one process: from its begin to its report, and what becomes of sources that are no good."""

from pathlib import Path

import orjson

from auditor.store.engine import Store
from auditor.store.reports import get_report
from tests.service.nights import assert_whole, begun, estate_of, to_the_end
from tests.simulators import estate


def test_a_run_goes_from_its_begin_to_its_report(store: Store, tmp_path: Path) -> None:
    """Thirty hosts in two shards are read once, judged once, and the report that was asked for is kept."""
    inventory, names = estate_of(tmp_path, 30)
    run = begun(store, inventory, formats=["json"])
    ended = to_the_end(store, run)
    document = assert_whole(store, run, names)
    assert sorted(estate.contacts(tmp_path)) == names
    with store.reading() as connection:
        report = get_report(connection, run, "json")
    assert report is not None
    content, note = report
    assert content is not None
    assert (orjson.loads(content)["run"]["id"], note) == (document["run"]["id"], "")
    assert (ended.state, ended.message) == ("done", "")
