"""What becomes of sources that are no good: each has its place and its reason, and none takes another with it."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain import Failure
from auditor.service import results
from auditor.service.begin import declared_in, digest_of, pieces
from auditor.store.engine import Store
from tests.service.nights import assert_whole, begun, estate_of, row, to_the_end
from tests.simulators import estate


def test_only_what_can_heal_is_asked_again(store: Store, tmp_path: Path) -> None:
    """Who does not answer is asked three times, who refused the login once: accounts lock; who heals is read."""
    odd = {"host-000": "dead", "host-001": "refused", "host-002": "heals=1"}
    inventory, names = estate_of(tmp_path, 5, odd)
    run = begun(store, inventory, tries=3)
    ended = to_the_end(store, run)
    document = assert_whole(store, run, names, lambda name: name in ("host-000", "host-001"))
    asked = Counter(estate.contacts(tmp_path))
    assert asked == {"host-000": 3, "host-001": 1, "host-002": 2, "host-003": 1, "host-004": 1}
    reasons = {one["target"]: one["reason"] for one in document["coverage"]["unreachable"]}
    assert reasons == {"host-000": "nobody answers", "host-001": "the login was refused"}
    assert ended.message == "2 of 5 targets were not read"


def test_one_missing_secret_is_a_failure_of_its_source_alone(store: Store, tmp_path: Path) -> None:
    """A run begins without a secret; whoever is to use it says which variable is not set, and the others are read."""
    inventory, names = estate_of(tmp_path, 3)
    text = inventory.read_text() + (
        "  - {name: far, kind: linux, address: 127.0.0.1, known_hosts: hosts, credential: key, labels: {site: ams}}\n"
        "credentials: {key: {username: reader, password: {env: AUDITOR_TEST_NO_SUCH_VARIABLE}}}\n"
    )
    inventory.write_text(text)
    (tmp_path / "hosts").write_text("127.0.0.1 ssh-ed25519 AAAA\n")
    run = begun(store, inventory)
    to_the_end(store, run)
    document = assert_whole(store, run, [*names, "far"], lambda name: name == "far")
    (lost,) = document["coverage"]["unreachable"]
    assert "AUDITOR_TEST_NO_SUCH_VARIABLE is not set" in lost["reason"]
    assert next(one for one in document["targets"] if one["name"] == "far")["labels"] == {"site": "ams"}


@pytest.mark.parametrize("change", ["removed", "source gone", "no inventory"])
def test_an_inventory_that_changes_after_the_begin_loses_no_target(store: Store, tmp_path: Path, change: str) -> None:
    """Whoever was to be asked when the run began is in the report, with the reason why he could not be."""
    inventory, names = estate_of(tmp_path, 3)
    run = begun(store, inventory)
    lost = names
    if change == "removed":
        inventory.unlink()
    elif change == "source gone":
        estate.write_inventory(tmp_path, dict.fromkeys(names[:2], ""))
        lost = names[2:]
    else:
        inventory.write_text("this: is no inventory\n")
    to_the_end(store, run)
    document = assert_whole(store, run, names, lambda name: name in lost)
    assert all(str(inventory) in one["reason"] for one in document["coverage"]["unreachable"])


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"labels": {"site": ["ams", "lon"]}}, "no source of 2 has the label site=ams|lon"),
        ({"patterns": ["db*"]}, "no source or target matches db*"),
    ],
)
def test_a_run_with_nothing_to_do_is_over_and_says_why(
    store: Store, tmp_path: Path, asked: dict[str, object], why: str
) -> None:
    """Nothing is shared out, and the run's message is a sentence."""
    inventory, _ = estate_of(tmp_path, 2)
    ended = row(store, begun(store, inventory, **asked))
    assert (ended.state, ended.message) == ("done", f"nothing to do: {why}")
    assert ended.finished_at is not None


def test_a_run_of_which_all_is_excluded_says_so(store: Store, tmp_path: Path) -> None:
    """A run whose whole population is out of scope ends with a sentence, not with a green nothing."""
    inventory, _ = estate_of(tmp_path, 2)
    inventory.write_text(inventory.read_text() + "excluded: [{target: 'host-*', reason: lab hosts}]\n")
    ended = to_the_end(store, begun(store, inventory))
    assert (ended.state, ended.message) == ("done", "nothing was audited: every target is excluded")


def test_a_run_that_cannot_be_judged_fails_with_the_reason(store: Store, tmp_path: Path) -> None:
    """A baseline that is not there ends the run with the message of the command line."""
    inventory, _ = estate_of(tmp_path, 2)
    ended = to_the_end(store, begun(store, inventory, baselines=["no-such-baseline"]))
    assert ended.state == "failed"
    assert "no-such-baseline" in ended.message


def test_sources_at_one_vcenter_never_run_together(tmp_path: Path) -> None:
    """A vCenter is a shard of its own under its address, however often and however it is spelt; hosts go together."""
    ca = tmp_path / "ca.pem"
    ca.write_text("x")
    text = "credentials: {c: {username: u, password: {env: NOT_READ_HERE}}}\nsources:\n"
    for name, address in (("one", "VC.example.org"), ("two", "vc.example.org"), ("three", "other.example.org")):
        text += f"  - {{name: {name}, kind: vcenter, address: {address}, credential: c, tls: {{ca_file: ca.pem}}}}\n"
    for number in range(30):
        text += f"  - {{name: esx{number}, kind: esxi, address: 10.0.0.{number}, credential: c, "
        text += "tls: {ca_file: ca.pem}}\n"
    file = tmp_path / "inventory.yaml"
    file.write_text(text)
    made = list(pieces(declared_in(str(file), digest_of(str(file))).sources))
    alone = [one.exclusive for one in made if one.exclusive]
    assert alone == ["vcenter:vc.example.org:443", "vcenter:vc.example.org:443", "vcenter:other.example.org:443"]
    assert [len(one.items["sources"]) for one in made if not one.exclusive] == [25, 5]


KEYS = st.tuples(st.just("linux"), st.sampled_from("abcd"))
FAILED = st.builds(
    lambda key, why: Failure("s", why, key[1], key[0], "lost"), KEYS, st.sampled_from(["first", "second"])
)
GENERAL = st.builds(lambda why: Failure("s", why, None, None, "timeout"), st.sampled_from(["first", "second"]))
TRY = st.lists(FAILED | GENERAL, max_size=6)


@given(TRY, TRY, st.sets(KEYS))
def test_two_tries_leave_each_target_one_word(
    before: list[Failure], after: list[Failure], captured: set[tuple[str, str]]
) -> None:
    """Of two tries: the whole is as the last one says, a target that was ever read is read, and each other that failed
    in any of them has one reason, the last.
    """
    found = results.merged(before, after, captured)
    targets = [(one.platform, one.target) for one in found if one.target is not None]
    assert len(targets) == len(set(targets))
    failed = {(one.platform, one.target) for one in (*before, *after) if one.target is not None}
    assert set(targets) == failed - captured
    assert [one for one in found if one.target is None] == [one for one in after if one.target is None]
    last = {(one.platform, one.target): one.reason for one in (*before, *after)}
    assert all(one.reason == last[one.platform, one.target] for one in found if one.target is not None)
