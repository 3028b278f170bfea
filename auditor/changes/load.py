"""Read a candidate from disk: once, whole, bounded. What its kind is follows from what it is."""

import json
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from auditor.changes.candidate import MAX_BYTES, MAX_FILES, MAX_LINES, Candidate, File, digest
from auditor.changes.diffs import is_diff, parse_diff
from auditor.errors import InputError, Place
from auditor.yamlfile import parse as parse_yaml

_MEND = "Give one text file, a folder laid out like the target's root, a unified diff, JSON or YAML."
_DRIVE = re.compile(r"^[A-Za-z]:[\\/]")


def load_candidate(path: Path, as_path: str = "") -> Candidate:
    """The candidate at `path`; `as_path` says which file of the target one file is to become. Raises InputError."""
    if as_path:
        _check_target_path(as_path)
    if path.is_dir():
        if as_path:
            raise InputError("--as goes with one file", where=str(path), mend="A folder says it by its layout.")
        return _folder(path)
    if not path.exists():
        raise InputError("there is no such candidate", where=str(path), mend=_MEND)
    return candidate_of(path.name, _read(path), as_path)


def candidate_of(name: str, content: bytes, as_path: str = "") -> Candidate:
    """The candidate in one file's bytes: as it came over HTTP, say. Raises InputError."""
    if as_path:
        _check_target_path(as_path)
    _check_name(name)
    lines, crlf = _lines(name, content)
    sha = digest([(as_path or name, content)])
    if as_path:
        return Candidate(name, "files", (File(name, lines, as_path),), sha, crlf=crlf)
    text = "\n".join(lines)
    if not text.strip():
        raise InputError("the candidate is empty", where=name, mend=_MEND)
    suffix = Path(name).suffix.lower()
    if suffix == ".json" or (suffix not in (".yaml", ".yml") and text.lstrip()[:1] in ("{", "[") and _is_json(text)):
        data = _json(name, text)
        return Candidate(name, _json_kind(name, data), (File(name, lines),), sha, data, crlf)
    if is_diff(lines):
        return Candidate(name, "diff", tuple(parse_diff(name, lines)), sha, crlf=crlf)
    if suffix in (".yaml", ".yml"):
        document = parse_yaml(text, name)
        if not isinstance(document.data, dict):
            raise InputError("a mapping stands here", where=Place(name, 1), mend="See docs/how-to/change-checks.md.")
        kind = "golden" if "golden" in document.data else "yaml"
        return Candidate(name, kind, (File(name, lines),), sha, document, crlf)
    return Candidate(name, "text", (File(name, lines),), sha, crlf=crlf)


def candidate_of_files(name: str, contents: Sequence[tuple[str, bytes]]) -> Candidate:
    """The candidate of several files; each by its path on the target without the first slash. Raises InputError."""
    files, crlf, seen = [], False, set[str]()
    for path, content in contents:
        _check_name(f"{name}/{path}")
        _check_target_path(f"/{path}")
        if path in seen:
            raise InputError(f"/{path} is there twice", where=name, mend=_MEND)
        seen.add(path)
        lines, windows = _lines(f"{name}/{path}", content)
        crlf = crlf or windows
        files.append(File(f"{name}/{path}", lines, f"/{path}"))
    return Candidate(name, "files", tuple(files), digest(contents), crlf=crlf)


def _folder(path: Path) -> Candidate:
    contents: list[tuple[str, bytes]] = []
    total = 0
    for below in _walk(path):
        if len(contents) >= MAX_FILES:
            raise InputError(f"more than {MAX_FILES} files", where=str(path), mend="Name the folder of the change.")
        content = _read(below)
        total += len(content)
        if total > MAX_BYTES:
            raise InputError(f"larger than {MAX_BYTES >> 20} MiB", where=str(path), mend=_MEND)
        contents.append((below.relative_to(path).as_posix(), content))
    if not contents:
        raise InputError("the folder holds no file", where=str(path), mend=_MEND)
    return candidate_of_files(path.name, contents)


def _walk(path: Path) -> Iterator[Path]:
    """Regular files below a folder, in order. Raises InputError for a link: it would read what is not the candidate."""
    for folder, names, files in os.walk(path):
        names.sort()
        for name in (*names, *sorted(files)):
            below = Path(folder, name)
            if below.is_symlink():
                raise InputError(
                    "a symbolic link in a candidate",
                    where=str(below),
                    mend="Put the file itself there, or leave it out.",
                )
        for name in sorted(files):
            yield Path(folder, name)


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise InputError("this is no regular file", where=str(path), mend=_MEND)
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as problem:
        raise InputError(f"cannot be read: {problem.strerror}", where=str(path), mend="Check its rights.") from None
    if len(content) > MAX_BYTES:
        raise InputError(f"larger than {MAX_BYTES >> 20} MiB", where=str(path), mend=_MEND)
    return content


def _lines(name: str, content: bytes) -> tuple[tuple[str, ...], bool]:
    """The lines without their ends, and whether one ended as on Windows."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise InputError("this text is UTF-16", where=name, mend="Save it as UTF-8.")
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        raise InputError("this is no text: it holds a NUL byte", where=Place(name, line), mend="Give a text file.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content[: problem.start].count(b"\n") + 1
        raise InputError("this is no UTF-8", where=Place(name, line), mend="Save it as UTF-8.") from None
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    if len(lines) > MAX_LINES:
        raise InputError(f"more than {MAX_LINES} lines", where=name, mend="Split the change.")
    crlf = any(line.endswith("\r") for line in lines)
    return tuple(line.removesuffix("\r") for line in lines), crlf


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _json(name: str, text: str) -> Any:
    try:
        found = json.loads(text)
        json.dumps(found, ensure_ascii=False).encode()
        return found
    except UnicodeEncodeError:
        raise InputError("a text in this JSON holds half a character", where=name, mend="Correct it.") from None
    except json.JSONDecodeError as problem:
        raise InputError(
            f"this is no JSON: {problem.msg}", where=Place(name, problem.lineno), mend="Correct it."
        ) from None
    except (ValueError, RecursionError):
        raise InputError("this JSON is nested too deep, or a number in it too long", where=name) from None


def _json_kind(name: str, data: Any) -> str:
    if isinstance(data, list) and data and all(isinstance(one, dict) and "op" in one for one in data):
        return "patch"
    if isinstance(data, dict) and isinstance(data.get("plays"), list):
        return "ansible"
    mend = (
        "A JSON candidate is a JSON patch on facts (RFC 6902) or what `ansible-playbook --check --diff` prints as JSON."
    )
    raise InputError("this JSON is neither a patch nor Ansible's", where=name, mend=mend)


def _check_name(name: str) -> None:
    try:
        name.encode()
    except UnicodeEncodeError:
        shown = name.encode("utf-8", "replace").decode()[:200]
        raise InputError("the name of a file is no UTF-8", where=shown, mend="Give it another name.") from None


def _check_target_path(path: str) -> None:
    mend = "Say where the file goes on the target, as /etc/sysctl.d/99-x.conf."
    if not path.startswith("/") or _DRIVE.match(path) or "\0" in path or len(path) > 4096:
        raise InputError(f"--as: {path[:100]!r} is no absolute path of a target", mend=mend)
    if ".." in path.split("/") or path.endswith("/"):
        raise InputError(f"--as: {path[:100]!r} is no path of a file", mend=mend)
