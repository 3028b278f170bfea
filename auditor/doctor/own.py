"""What stands on this machine: settings, the state folder and its key, rules, and what PDF needs."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from auditor.doctor.model import WARN, WRONG, Check, faulty, well
from auditor.errors import InputError, faults_in
from auditor.settings import settings, state_folder
from auditor.settings.form import Settings

LEAST_FREE = 1 << 30  # bytes: a night of a thousand hosts is a few MB, a report of them some ten
_PDF = """
import io
from auditor.reporting.pdf_engine import weasyprint
content = io.BytesIO()
weasyprint().HTML(string="<p>Auditor 0123</p>").write_pdf(content, uncompressed_pdf=True)
print(b"/FontDescriptor" in content.getvalue())
"""


def settings_checks() -> tuple[Settings | None, list[Check]]:
    """The settings, None where they are faulty, and what was found."""
    try:
        found = settings()
    except InputError as problem:
        return None, [faulty("settings", "settings", one) for one in faults_in(problem)]
    said = sorted(name for name in Settings.model_fields if found.origin(name))
    words = f"{', '.join(said)} set" if said else "all defaults"
    return found, [well("settings", "settings", words)]


def state_checks() -> Iterator[Check]:
    """The state folder and the key of secret fingerprints."""
    from auditor.evidence.redaction import key_fault

    folder = state_folder()
    nearest = folder.absolute()
    try:
        while not nearest.exists():
            nearest = nearest.parent
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as problem:
        mend = "Let the user that Auditor runs as write there, or name another folder with AUDITOR_STATE."
        yield Check("state", "state folder", WRONG, f"{folder} cannot be written: {problem.strerror}", mend)
    else:
        free = shutil.disk_usage(nearest).free
        if free < LEAST_FREE:
            words = f"{free >> 20} MB are free for {folder}"
            yield Check("state", "state folder", WARN, words, "Make space: a full disk loses a run.")
        else:
            yield well("state", "state folder", f"{folder}, {free >> 30} GB free")
    if fault := key_fault():
        mend = f"$ {fault.mend}" if fault.mend.startswith("chmod ") else fault.mend
        yield faulty("state", "fingerprint key", fault)._replace(mend=mend)
    else:
        yield well("state", "fingerprint key", "readable by its owner alone, or not made yet")


def content_checks() -> Iterator[Check]:
    """Rules, golden profiles and tailorings, shipped and of `AUDITOR_RULES`."""
    from auditor.library import load_baselines, rule_folders

    try:
        found = load_baselines()
    except InputError as problem:
        yield from (faulty("content", "rules", one) for one in faults_in(problem))
        return
    rules = sum(len(one.baseline.rules) for one in found.values())
    yield well("content", "rules", f"{len(found)} baselines, {rules} rules from {len(rule_folders())} folders")


def paper_checks() -> Iterator[Check]:
    """Whether a PDF can be written here, with letters in it; in a process of its own, as a library may take it down."""
    from auditor.reporting.pdf_engine import INSTALL

    try:
        done = subprocess.run(
            [sys.executable, "-c", _PDF], capture_output=True, text=True, timeout=60, check=False, cwd=Path("/")
        )
    except (OSError, subprocess.TimeoutExpired):
        yield Check("paper", "PDF", WRONG, "writing a PDF did not end within a minute", "$ fc-cache -f")
        return
    fontless = "PANGO_IS_FONT" in done.stderr or (not done.returncode and not done.stdout.rstrip().endswith("True"))
    if fontless:  # Pango falls over where there is no font at all
        words, mend = "there is no font: a PDF would have no letters", f"As root:\n$ {INSTALL}"
        if said := next((name for name in ("FONTCONFIG_FILE", "FONTCONFIG_PATH") if os.environ.get(name)), ""):
            words += f" ({said} is {os.environ[said]})"
            mend = f"Let {said} name a set with a font, or take it away:\n$ unset {said}"
        yield Check("paper", "PDF", WRONG, words, mend)
    elif done.returncode:
        why = next((line for line in reversed(done.stderr.splitlines()) if line.strip()), "it gives no reason")
        yield Check("paper", "PDF", WRONG, f"no PDF can be written: {why.strip()[:200]}", f"As root:\n$ {INSTALL}")
    else:
        yield well("paper", "PDF", "written, with a font in it")
