"""`read` depends on the capture alone: not on the process, its zone, its language or its key."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "auditor/samples"
PRINT = """
import sys, gzip, dataclasses, orjson
from datetime import UTC, datetime
from pathlib import Path
from auditor.collectors import collector_for
from auditor.domain import Capture
from auditor.evidence.captures import read_capture, read_index
from tests.collectors.linux.helpers import read_stream
def no(*_): raise AssertionError("reading opened a socket")
import socket; socket.socket.connect = no
found = [read_stream(gzip.decompress(f.read_bytes())) for f in sorted(Path("tests/collectors/linux/streams").iterdir())]
for folder in ("vsm", "vsphere"):
    for line in read_index(Path(sys.argv[1]) / folder).captures:
        capture = read_capture(Path(sys.argv[1]) / folder, line)
        assert isinstance(capture, Capture)
        found.append(collector_for(capture.platform).read(capture))
as_is = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_NON_STR_KEYS
rows = [[s.target, s.facts, s.sources, s.gaps, s.version, s.group] for s in found]
sys.stdout.buffer.write(orjson.dumps(rows, default=dict, option=as_is))
"""


def printed(**environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PRINT, str(SAMPLES)], env={**os.environ, **environment}, capture_output=True, text=True,
        cwd=Path(__file__).parents[2], check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/St_Johns"])
def test_another_process_reads_the_same(zone: str) -> None:
    """Another zone, language, hash seed and fingerprint key change nothing, down to the order of every mapping."""
    here = printed(TZ="UTC", LC_ALL="C", PYTHONHASHSEED="1", AUDITOR_HMAC_KEY="one key, 0123456789")
    there = printed(TZ=zone, LC_ALL="tr_TR.UTF-8", PYTHONHASHSEED="77", AUDITOR_HMAC_KEY="x" * 40)
    assert len(json.loads(here)) >= 9
    assert here == there
