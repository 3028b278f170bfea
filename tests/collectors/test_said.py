"""Words of a device in a reason: one line, bounded, nothing that acts."""

from auditor.collectors.nexus1000v.commands import judged
from auditor.collectors.nexus1000v.trouble import Trouble
from auditor.collectors.said import said
from auditor.collectors.vsphere.soap import NotSoap, explain

HOSTILE = "\x1b[31mred\u202e\r\n\x07" + "x" * 10_000_000


def test_what_acts_becomes_a_blank() -> None:
    """Escape sequences, line ends and direction marks are gone; the words stay."""
    assert said("a\x1b[2J\r\nb\u202e c\u2028d") == "a [2J b c d"


def test_each_way_into_a_reason_is_bounded() -> None:
    """A disconnect message, a fault's text and a refusal of megabytes become a sentence."""
    reasons = (
        Trouble("lost", HOSTILE).reason,
        explain(NotSoap(HOSTILE))[1],
        judged("show version", "AAA_AUTHOR" + HOSTILE).reason,
    )
    assert all(len(reason) <= 400 and reason.isprintable() for reason in reasons)
