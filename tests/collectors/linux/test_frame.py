"""The framed answer: what is whole, what is cut, and what cannot break it."""

from auditor.collectors.linux.frame import CUT, RECORD_CAP, Record, parse
from auditor.collectors.linux.program import program
from tests.collectors.linux.helpers import read_records

WHOLE = b"\0BEGIN\0meta\0uid=0\n\x000\0\0os\0ID=debian\n\x000\0\0END\0\x000\0\0"


def test_a_whole_stream_is_complete() -> None:
    """END and a field count of four times n make an answer complete."""
    answer = parse(WHOLE)
    assert answer.complete
    assert {key: record.out for key, record in answer.records.items()} == {"meta": "uid=0\n", "os": "ID=debian\n"}


def test_noise_before_begin_is_skipped() -> None:
    """What a banner or a start file of the shell printed is no part of the answer."""
    assert parse(b"Welcome <script>alert(1)</script>\r\n" + WHOLE) == parse(WHOLE)


def test_every_cut_is_noticed() -> None:
    """Wherever the stream ends early, the answer is incomplete, and no half record is used."""
    for length in range(len(WHOLE)):
        answer = parse(WHOLE[:length])
        assert not answer.complete
        assert all(record.out in ("uid=0\n", "ID=debian\n") for record in answer.records.values())


def test_nothing_at_all_is_no_answer() -> None:
    """A host that never ran the program has not begun."""
    answer = parse(b"This account is currently not available.\n")
    assert not answer.begun
    assert not answer.complete


def test_hostile_bytes_become_replacement_characters() -> None:
    """Invalid UTF-8, escape sequences and direction marks arrive as U+FFFD; the record keeps its place."""
    raw = b"\0BEGIN\0os\0a\xff\xfeb\x1b[31m\xe2\x80\xaec\x000\0\0END\0\x000\0\0"
    assert parse(raw).records["os"].out == "a\ufffd\ufffdb\ufffd[31m\ufffdc"


def test_a_status_that_is_no_number_is_damage() -> None:
    """A status field with anything but up to three digits is taken for damage, not for success."""
    assert parse(b"\0BEGIN\0os\0x\0zero\0\0END\0\x000\0\0").records["os"].rc == -1


def test_a_record_as_long_as_its_limit_is_cut() -> None:
    """A command that was nearly through ends well though its output was cut: the length tells, not the status."""
    raw = b"\0BEGIN\0conf\0" + b"x" * RECORD_CAP + b"\x000\0\0END\0\x000\0\0"
    assert parse(raw).records["conf"].rc == CUT
    assert f"CAP={RECORD_CAP}\n" in program().decode()


def test_a_cut_record_is_a_gap() -> None:
    """Lines that the host could not send are not absent: what is read from that record is unknown."""
    found = read_records(conf=Record("/etc/login.defs:1:UMASK 022\n", CUT, ""))
    assert "cut on the host" in found.gaps["login_defs"]


def test_complaints_that_fill_their_limit_may_lack_some() -> None:
    """Complaints are counted in bytes, as the host cut them: a file of which none came is not called empty."""
    name = "\u20ac" * 41
    complaints = "\n".join(f"grep: /etc/rsyslog.d/{name}{n}: Permission denied" for n in range(36))
    assert 5900 <= len(complaints.encode()) <= 6000
    found = read_records(conf=Record("/etc/issue:1:hello\n", 2, complaints))
    assert "login_defs" in found.gaps
