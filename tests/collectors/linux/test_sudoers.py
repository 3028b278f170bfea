"""sudoers read by its grammar: aliases, tags, scopes, includes, and text that is none of it."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.collectors.linux.sections.sudoers_text import NotRead, joined, members, parse
from tests.collectors.linux.helpers import lines, read_records

BOUNDED = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))


def sudoers(text: str, **dropins: str) -> dict[str, Any]:
    """The facts of /etc/sudoers with these drop-ins."""
    named = {f"etc__sudoers_DOT_d__{name}": body for name, body in dropins.items()}
    found: dict[str, Any] = read_records(sudoers=lines(etc__sudoers=text, **named)).facts["sudoers"]
    return found


def gap(text: str) -> str:
    """Why these sudoers were not read."""
    return read_records(sudoers=lines(etc__sudoers=text)).gaps["sudoers"]


@pytest.mark.parametrize(
    "line",
    [
        "bob ALL=(ALL:ALL) NOPASSWD: ALL",
        "bob ALL = NOPASSWD:ALL",
        "bob ALL=(root) NOPASSWD: SETENV: /bin/ls, ALL",
        "bob ALL=(root) NOEXEC: NOPASSWD: /usr/bin/bash",
        "Cmnd_Alias A = B\nCmnd_Alias B = /bin/ls, /bin/su\n%ops ALL = NOPASSWD: A",
        "Cmnd_Alias A = /bin/ls : B = ALL\n%ops ALL = NOPASSWD: B",
        "User_Alias OPS = bob, %wheel\nOPS ALL=(ALL) NOPASSWD: ALL",
        "bob ALL = /bin/ls : web1 = (root) NOPASSWD: ALL",
        "bob ALL = NOPASSWD: /usr/bin/",
        "bob ALL = NOPASSWD: /usr/bin/*",
        "bob ALL = NOPASSWD: /usr/bin/python3.11",
        "bob ALL = NOPASSWD: /usr/bin/find *",
        "#1000 ALL = NOPASSWD: ALL",
        '"my user" ALL = NOPASSWD: ALL',
        "bob ALL = (root) ROLE=sysadm_r TYPE=sysadm_t NOPASSWD: ALL",
        "bob ALL = \\\n  NOPASSWD: \\\n  ALL",
        "bob ALL = NOPASSWD: ALL # for now",
        "bob ALL = NOPASSWD: sha256:abc /bin/ls, ALL",
    ],
)
def test_everything_without_a_password(line: str) -> None:
    """However it is written: by alias, behind another tag, for a second host, over several lines."""
    assert len(sudoers(line)["nopasswd_all"]) == 1


@pytest.mark.parametrize(
    "line",
    [
        "bob ALL=(ALL) ALL",
        "bob ALL = NOPASSWD: /usr/sbin/sshd -T, /usr/sbin/nft -j list ruleset",
        "bob ALL = NOPASSWD: /bin/ls, PASSWD: ALL",
        "bob ALL = NOPASSWD: /usr/bin/find /home /root -maxdepth 2 -type f ( -name .netrc -o -perm /022 ) -ls",
        "Cmnd_Alias NOPASSWD_ALL = /bin/ls\nbob ALL = NOPASSWD_ALL",
        "# bob ALL = NOPASSWD: ALL",
        "bob ALL = NOPASSWD: !ALL",
        "bob ALL = NOPASSWD: /opt/site/restart web",
    ],
)
def test_what_does_not_amount_to_everything(line: str) -> None:
    """Exact commands, a tag taken back, a name that only looks like one."""
    assert sudoers(line)["nopasswd_all"] == []


def test_the_last_defaults_line_for_all_wins() -> None:
    """A later line takes an earlier one back; quotes and line ends hold commas together."""
    found = sudoers('Defaults !use_pty, logfile="/a,b"\nDefaults env_reset, \\\n  use_pty\n'
                    "Defaults timestamp_timeout=20\n"
                    "Defaults timestamp_timeout = 5\nDefaults !authenticate\nDefaults authenticate\n")  # fmt: skip
    assert (found["use_pty"], found["logfile"], found["timestamp_timeout"]) == (True, "/a,b", 5.0)
    assert found["not_authenticated"] == []


@pytest.mark.parametrize(
    ("line", "fact", "wanted"),
    [
        ("Defaults:bob !use_pty", "use_pty", False),
        ("Defaults>root !use_pty", "use_pty", False),
        ("Defaults!/bin/ls !use_pty", "use_pty", False),
        ("Defaults@web1 timestamp_timeout=60", "timestamp_timeout", 60.0),
        ("Defaults: bob,eve timestamp_timeout=-1", "timestamp_timeout", -1.0),
        ("Defaults !timestamp_timeout", "timestamp_timeout", 0.0),
        ("Defaults:bob !authenticate", "not_authenticated", ["Defaults:bob !authenticate"]),
        ("Defaults exempt_group=wheel", "not_authenticated", ["Defaults exempt_group=wheel"]),
        ("Defaults:bob rootpw", "flags", {"rootpw": True}),
        ("Defaults !targetpw", "flags", {"targetpw": False}),
        ("Defaults targetpw\nDefaults !targetpw", "flags", {"targetpw": False}),
    ],
)
def test_a_line_for_some_counts(line: str, fact: str, wanted: object) -> None:
    """Defaults for a user, host, command or target were merged into those of everybody once."""
    assert sudoers(f"Defaults use_pty, timestamp_timeout=5\n{line}\n" if fact != "timestamp_timeout" or "!" not in line
                   else line)[fact] == wanted  # fmt: skip


@pytest.mark.parametrize(
    ("version", "text", "wanted"),
    [
        ("1.9.13p3-1+deb12u1", "Defaults env_reset", False),
        ("1.9.16p2-3", "Defaults env_reset", True),
        ("1.9.16p2-3", "Defaults !use_pty", False),
        ("1.9.5p2-10.el9", "Defaults use_pty", True),
    ],
)
def test_newer_sudo_has_a_terminal_of_itself(version: str, text: str, wanted: bool) -> None:
    """use_pty is built in since 1.9.14: no line is needed there, and a line still takes it back."""
    found = read_records(dpkg=f"sudo {version} installed\n", sudoers=lines(etc__sudoers=text))
    assert found.facts["sudoers"]["use_pty"] is wanted


def test_includes_are_read_in_their_place() -> None:
    """Names with a dot or a tilde are skipped, the order is that of the names, another place is a gap."""
    found = sudoers(
        "@includedir /etc/sudoers.d\nDefaults timestamp_timeout=1\n",
        b="Defaults logfile=/b\n",
        a="Defaults logfile=/a\n",
        c_DOT_bak="eve ALL = NOPASSWD: ALL\n",
        d="#include /etc/sudoers.d/sub_DOT_conf\n".replace("_DOT_", "."),
        sub_DOT_conf="eve ALL = NOPASSWD: /bin/ls\n",
    )
    assert (found["logfile"], found["timestamp_timeout"]) == ("/b", 1.0)
    assert found["nopasswd_all"] == []
    assert found["nopasswd"] == ["eve: ALL = NOPASSWD: /bin/ls"]
    assert "/opt/site" in gap("@includedir /opt/site\n")
    assert "include each other" in gap("@include /etc/sudoers\n")


def test_drop_ins_that_nothing_includes_do_not_count() -> None:
    """A folder beside a main file without @includedir is no policy."""
    assert sudoers("Defaults use_pty\n", a="eve ALL = NOPASSWD: ALL\n")["nopasswd"] == []


@pytest.mark.parametrize("text", ["x" * 70_000, "\n".join(["Defaults a"] * 20_001)])
def test_text_beyond_bounds_is_a_gap(text: str) -> None:
    """A line or a file without end is not judged by its beginning."""
    assert "too many lines" in gap(text)


@pytest.mark.parametrize("end", ["\r", " \ufffd", ' "', "\\"])
def test_odd_ends_of_lines_hide_no_grant(end: str) -> None:
    """CRLF, bytes that were no text, a quote that stays open, a last backslash."""
    assert len(sudoers(f"bob ALL = NOPASSWD: ALL, /bin/ls{end}\n")["nopasswd_all"]) == 1


def test_aliases_that_name_each_other_end() -> None:
    """A circle of aliases has no members beside what stands in it."""
    policy = parse({"/etc/sudoers": [(1, "Cmnd_Alias A = B, /bin/ls"), (2, "Cmnd_Alias B = A")]}, "/etc/sudoers")
    assert members(policy, "Cmnd", "A") == {"/bin/ls"}


PIECES = st.sampled_from(
    ["ALL", "bob", "=", "(", ")", ":", ",", "NOPASSWD:", "PASSWD:", "Defaults", "!", "#", "\\", '"',
     " ", "\n", "@include x", "Cmnd_Alias", "A", "/bin/sh", "%w", "use_pty", "timestamp_timeout=", "-1", "\t", "\ufffd",
     "@includedir /etc/sudoers.d"]
)  # fmt: skip


@BOUNDED
@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=200))
def test_any_text_is_a_policy_or_is_not_read(text: str) -> None:
    """Nothing makes the parser raise anything else, and the section always says something."""
    rows = list(enumerate(text.split("\n"), 1))
    try:
        parse({"/etc/sudoers": rows}, "/etc/sudoers")
    except NotRead:
        pass
    found = read_records(sudoers="".join(f"/etc/sudoers:{n}:{line}\n" for n, line in rows))
    assert "sudoers" in found.facts or "sudoers" in found.gaps


NAMES = st.text("abcdefghij", min_size=1, max_size=6)


@BOUNDED
@given(NAMES, st.lists(NAMES, max_size=4), st.booleans(), st.integers(0, 4))
def test_a_grant_of_all_is_found_wherever_it_stands(who: str, others: list[str], alias: bool, place: int) -> None:
    """Among exact commands, by alias or by name, and however the line is broken."""
    commands = [f"/opt/{name} x" for name in others]
    commands.insert(min(place, len(commands)), "EVERY" if alias else "ALL")
    text = f"{who} ALL = NOPASSWD: " + ", \\\n ".join(commands)
    found = sudoers(f"Cmnd_Alias EVERY = ALL\n{text}\n")
    assert len(found["nopasswd_all"]) == 1
    assert sudoers(text.replace("NOPASSWD", "PASSWD"))["nopasswd"] == []


@BOUNDED
@given(st.lists(st.text("ab \\", max_size=8), max_size=8))
def test_continued_lines_lose_nothing(rows: list[str]) -> None:
    """Every character but the backslashes at line ends and the blanks around is still there, in order."""
    whole = "".join(text for _, text in joined(list(enumerate(rows, 1))))
    wanted = "".join(row.rstrip("\r")[:-1] if row.endswith("\\") else row for row in rows)
    assert whole.replace(" ", "") == wanted.replace(" ", "")
