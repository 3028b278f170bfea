"""Makes .venv from requirements.lock, and only when the lock, the Python or the folder has changed."""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STAMP = "auditor.stamp"  # written last: an interrupted set-up is repeated
UNFINISHED = "auditor.unfinished"  # written first: what an interrupted set-up left behind is not trusted
PIP = ["-m", "pip", "--disable-pip-version-check", "--no-input", "-q", "install"]


class SetupError(Exception):
    """The environment cannot be made; the text is one line that a person can act on."""


def ready(root: Path) -> Path:
    """Return the Python of `root`/.venv with everything installed, making what is missing. Raises SetupError."""
    venv = root / ".venv"
    python = venv / "bin" / "python"
    try:
        if _stamp(venv) != _wanted(root, python):
            with _one_at_a_time(root):
                if _stamp(venv) != _wanted(root, python):  # another call may just have finished it
                    _make(root, venv, python)
    except OSError as problem:
        reason = f"{problem.strerror}: {problem.filename}"
        raise SetupError(f"cannot make {venv} ({reason}); use a checkout of your own") from None
    return python


def _wanted(root: Path, python: Path) -> str:
    """What the stamp has to say: contents of the two files, where the venv stands, which Python it is made of."""
    sums = [hashlib.sha256((root / name).read_bytes()).hexdigest() for name in ("requirements.lock", "pyproject.toml")]
    interpreter = python.resolve() if python.exists() else "none"
    return "\n".join([*sums, str(root), str(interpreter), ""])


def _stamp(venv: Path) -> str:
    try:
        return (venv / STAMP).read_text()
    except OSError:
        return ""


@contextmanager
def _one_at_a_time(root: Path) -> Iterator[None]:
    with (root / "requirements.lock").open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError:  # a file system without locks: two first calls at once are then the caller's risk
            pass
        yield


def _make(root: Path, venv: Path, python: Path) -> None:
    usable = _usable(root, venv, python)
    say("bringing .venv up to date" if usable else "making .venv (about a minute, once)")
    venv.mkdir(exist_ok=True)
    (venv / STAMP).unlink(missing_ok=True)
    if not usable:
        _call([sys.executable, "-I", "-m", "venv", "--clear", str(venv)], "could not make .venv")
    (venv / UNFINISHED).touch()
    lock = str(root / "requirements.lock")
    hint = "could not install requirements.lock; is a package index within reach?"
    _call([str(python), *PIP, "--require-hashes", "--only-binary", ":all:", "-r", lock], hint)
    _call(
        [str(python), *PIP, "--no-deps", "--no-build-isolation", "--no-index", "-e", str(root)],
        "could not install this checkout",
    )
    (venv / UNFINISHED).unlink()
    (venv / STAMP).write_text(_wanted(root, python))


def _usable(root: Path, venv: Path, python: Path) -> bool:
    """Whether packages may be brought up to date in place; otherwise the venv is made anew."""
    if (venv / UNFINISHED).exists() or not python.exists():
        return False
    known = _stamp(venv).splitlines()
    if known and known[2:] != _wanted(root, python).splitlines()[2:]:  # moved, or the system's Python was replaced
        return False
    probe = "import pip, sys; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([python, "-I", "-c", probe], capture_output=True, check=False).returncode == 0


def _call(command: list[str], problem: str) -> None:
    """Run a step silently; on failure show its last lines, then raise SetupError(problem)."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    variables |= {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_ROOT_USER_ACTION": "ignore"}
    for name in ("PIP_TARGET", "PIP_PREFIX", "PIP_NO_DEPS", "PIP_NO_BINARY"):
        variables.pop(name, None)
    result = subprocess.run(
        command, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if result.returncode:
        tail = result.stdout.decode(errors="replace").strip().splitlines()[-8:]
        print("\n".join(tail), file=sys.stderr)
        raise SetupError(problem)


def say(text: str) -> None:
    """Tell a person, on standard error: standard output belongs to the work."""
    print(f"dev: {text}", file=sys.stderr, flush=True)
