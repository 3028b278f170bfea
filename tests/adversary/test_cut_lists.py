"""A list that is longer than what is looked at, or emptier than it can be, is a gap: what was left out is not green."""

from tests.collectors.linux.helpers import read_records

GROUP = "root:0:\n"


def test_more_accounts_than_are_looked_at_are_a_gap() -> None:
    """The account with uid 0 behind five thousand others must not be cut away."""
    crowd = "".join(f"u{n}:x:{2000 + n}:0:/:/bin/sh\n" for n in range(5000))
    found = read_records(passwd="root:x:0:0:/root:/bin/sh\n" + crowd + "evil:x:0:0:/:/bin/sh\n", group=GROUP)
    assert "more than 5000" in found.gaps["accounts"]
    assert "more than 5000" in found.gaps["account_checks"]


def test_an_empty_list_of_accounts_is_a_gap() -> None:
    """Every system has root: an empty answer is no answer."""
    for passwd, group in (("", GROUP), ("root:x:0:0:/root:/bin/sh\n", "")):
        found = read_records(passwd=passwd, group=group)
        assert "every system has some" in found.gaps["accounts"]


def test_more_listeners_than_are_looked_at_are_a_gap() -> None:
    """Telnet behind two thousand other sockets must not be cut away."""
    line = "tcp LISTEN 0 128 0.0.0.0:{} 0.0.0.0:*\n"
    found = read_records(listeners="".join(line.format(n) for n in range(1, 2002)))
    assert "more than 2000" in found.gaps["listeners"]
    assert not found.facts.get("listeners")


def test_a_damaged_record_is_a_gap() -> None:
    """A record without its output was damaged on its way: it is not an empty answer."""
    from auditor.collectors import linux
    from tests.collectors.linux.helpers import META, OS, capture

    records = {key: {"out": text, "rc": 0, "err": ""} for key, text in (("meta", META), ("os", OS))}
    records |= {"passwd": {"rc": 0, "err": ""}, "group": {"out": GROUP, "rc": 0, "err": ""}}
    found = linux.read(capture({"records": records, "complete": True}))
    assert found.gaps["accounts"] == "came back damaged"
