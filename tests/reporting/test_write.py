"""Files appear whole or not at all, and one format that cannot be made never costs the others."""

import hashlib
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from auditor.reporting import FORMATS, write
from tests.reporting.synthetic import make


def test_html_prints_the_digest_of_the_json_beside_it(tmp_path: Path) -> None:
    """What `sha256sum audit.json` says stands in the report."""
    written = write(make(3), ["html", "json", "csv"], tmp_path)
    digest = hashlib.sha256((tmp_path / "audit.json").read_bytes()).hexdigest()
    assert digest in (tmp_path / "audit.html").read_text("utf-8")
    assert [(w.format, w.path) for w in written] == [(f, tmp_path / FORMATS[f]) for f in ("html", "json", "csv")]


def test_the_digest_is_the_same_whether_json_is_written_or_not(tmp_path: Path) -> None:
    """The digest belongs to the audit, not to the file."""
    write(make(2), ["html"], tmp_path / "a")
    write(make(2), ["html", "json"], tmp_path / "b")
    assert (tmp_path / "a/audit.html").read_bytes() == (tmp_path / "b/audit.html").read_bytes()


def test_an_unknown_format_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    """No half set of files."""
    with pytest.raises(ValueError, match="docx"):
        write(make(1), ["json", "docx"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_failed_write_leaves_the_old_file_and_no_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault between writing and renaming keeps what stood there before."""
    (tmp_path / "audit.json").write_text("old")

    def refuse(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="no space"):
        write(make(1), ["json"], tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["audit.json"]
    assert (tmp_path / "audit.json").read_text() == "old"


def test_broken_text_from_a_device_is_written_in_every_format(tmp_path: Path) -> None:
    """Lone surrogates, bidi and control characters stop no export."""
    write(make(5, hostile=True), ["html", "json", "csv"], tmp_path)
    for name in ("audit.html", "audit.json", "audit.csv"):
        (tmp_path / name).read_bytes().decode("utf-8")


def test_without_pango_the_pdf_is_left_out_with_one_clear_line(tmp_path: Path) -> None:
    """WeasyPrint prints on standard output and raises OSError there; we do neither, and write the rest."""
    code = """
        import ctypes.util, sys
        from pathlib import Path
        import cffi
        def missing(self, name, flags=0):
            raise OSError(f"cannot load library {name!r}: not on this machine")
        cffi.FFI.dlopen = missing
        from auditor.reporting import write
        from tests.reporting.synthetic import make
        for w in write(make(1), ["pdf", "html", "json"], Path(sys.argv[1])):
            print(w.format, bool(w.path), w.note)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    lines = done.stdout.splitlines()
    assert len(lines) == 3, done.stdout
    assert lines[0] == "html True "
    assert lines[1].startswith("pdf False PDF left out: WeasyPrint cannot load its libraries")
    assert "apt-get install" in lines[1]
    assert not list(tmp_path.glob(".*"))
    assert not (tmp_path / "audit.pdf").exists()


def test_nothing_heavy_is_imported_for_json() -> None:
    """An export of JSON loads no template engine and no PDF library."""
    code = (
        "import sys, tempfile, pathlib; from auditor.reporting import write;"
        "from tests.reporting.synthetic import make;"
        "write(make(1), ['json'], pathlib.Path(tempfile.mkdtemp()));"
        "print([m for m in ('weasyprint', 'pikepdf', 'jinja2') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert done.stdout.strip() == "[]"
