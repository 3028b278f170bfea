"""What a waiver is bound to: stable against benign order, and against nothing else."""

import random
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from auditor.domain import ABSENT, GapValue, Observation
from auditor.facts.observed import plain_value
from auditor.rulebook.judge import bounded
from auditor.waivers import Seen, bind, seen_of
from tests.waivers.making import seen

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
)
OBSERVED = st.lists(st.tuples(st.sampled_from(["a", "b.c", "d[x]", "mounts[/].options"]), VALUES), max_size=6)


def of(pairs: list[tuple[str, Any]]) -> Seen:
    made = seen()
    observations = tuple(Observation(path, "no", value, "") for path, value in pairs)
    return Seen(made.finding._replace(observations=observations), "linux", made.source, made.rule_version)


@given(OBSERVED, st.integers())
def test_the_order_of_observations_does_not_count(pairs: list[tuple[str, Any]], seed: int) -> None:
    """The same observations in any order give the same hashes."""
    mixed = pairs[:]
    random.Random(seed).shuffle(mixed)
    assert bind(of(mixed)) == bind(of(pairs))


@given(VALUES, VALUES)
def test_another_value_is_another_hash(one: Any, other: Any) -> None:
    """Two values that differ as JSON differ as hashes: 1, true and "1" are three values."""
    assume(repr(plain_value(one)) != repr(plain_value(other)))
    assert bind(seen(value=one)).value != bind(seen(value=other)).value


@given(st.lists(st.text(), min_size=2, unique=True), st.integers())
def test_members_of_a_set_may_change_their_order(options: list[str], seed: int) -> None:
    """The order of a mount's options means nothing; the order of name servers does."""
    mixed = options[:]
    random.Random(seed).shuffle(mixed)
    path = "mounts[/tmp].options"
    assert bind(seen(value=options, path=path)).value == bind(seen(value=mixed, path=path)).value
    assume(mixed != options)
    path = "resolver.servers"
    assert bind(seen(value=options, path=path)).value != bind(seen(value=mixed, path=path)).value


def test_a_set_inside_an_observed_record_may_change_its_order() -> None:
    """A fact that is observed as a whole has its sets put in order too."""
    one, other = ({"/tmp": {"options": options}} for options in (["nosuid", "nodev"], ["nodev", "nosuid"]))
    assert bind(seen(value=one, path="mounts")).value == bind(seen(value=other, path="mounts")).value


def test_absent_a_gap_and_a_text_of_the_same_words_are_three_values() -> None:
    """A device that says `absent` is not one that has nothing there."""
    values = [ABSENT, GapValue("absent"), "absent", "", {"absent": False}]
    assert len({bind(seen(value=one)).value for one in values}) == len(values)


def test_the_document_binds_as_the_finding_does() -> None:
    """An entry of audit.json gives the hashes of the finding that it was made of."""
    for value in (ABSENT, "yes", ["b", "a"], {"x": None}, 1.5):
        made = seen(value=value, labels={"site": "ams"}, subject="x")
        entry = {
            "rule": made.finding.rule, "target": "web01", "status": "fail", "subject": "x", "reason": "",
            "platform": "linux", "rule_version": "aaaa",
            "observations": [{"path": o.path, "expected": o.expected, "actual": plain_value(o.actual), "source": ""}
                             for o in made.finding.observations],
        }  # fmt: skip
        assert bind(seen_of(entry, {"source": "lab", "labels": {"site": "ams"}})) == bind(made)


@given(st.text(alphabet=st.characters(), max_size=2000) | VALUES)
def test_words_are_short_and_printable(value: Any) -> None:
    """Words of a hostile value are bounded, on one line, and can be written as UTF-8."""
    words = bind(seen(value=value)).value_words
    assert len(words) <= 300
    assert words.isprintable()
    words.encode()


def test_words_tell_a_text_from_a_number() -> None:
    """A reader sees what changed when 1 becomes "1"."""
    assert bind(seen(value=1)).value_words == "sshd.permit_root_login = 1"
    assert bind(seen(value="1")).value_words == 'sshd.permit_root_login = "1"'
    assert bind(seen(value="yes")).value_words == "sshd.permit_root_login = yes"
    assert bind(seen(value=ABSENT)).value_words == "sshd.permit_root_login = absent"


def test_a_value_too_long_to_keep_still_counts_to_its_end() -> None:
    """Evidence is cut; two values that differ only behind the cut are two values to a waiver."""
    for one, other in (
        ("x" * 9000, "x" * 8999 + "y"),
        (list(range(900)), [*range(899), -1]),
        ({f"k{n}": n for n in range(90)}, {f"k{n}": n for n in range(89)} | {"k89": -1}),
    ):
        assert bind(seen(value=bounded(one))).value != bind(seen(value=bounded(other))).value
