"""Finds and loads golden profiles and kickstart files, with the line of whatever is wrong in them."""

import re
from pathlib import Path, PurePath

from auditor.errors import InputError, Place
from auditor.golden.kickstart.interpret import Imported, interpret
from auditor.golden.kickstart.profile import Made, make
from auditor.golden.kickstart.sections import KickstartError
from auditor.golden.profile import Golden, ProfileError, golden
from auditor.golden.schema import GoldenProfile
from auditor.library import rule_folders
from auditor.yamlfile import Document, parse, read

MAX_KICKSTART = 4 << 20


def load_golden(name: str) -> Golden:
    """The profile in a file, or the one of that name in `golden/` of a content folder. Raises InputError."""
    path = golden_file(name)
    return _checked(read(path), path.read_bytes())


def golden_of(text: str, file: str) -> Golden:
    """The profile in a text. Raises InputError, with `file` as the place."""
    return _checked(parse(text, file), text.encode())


def golden_file(name: str) -> Path:
    """The file of a profile: a path, or its name in `golden/` of a content folder. Raises InputError."""
    path = Path(name)
    if path.is_file():
        return path
    found = [one for root in rule_folders() if (one := root / "golden" / f"{name}.yaml").is_file()]
    if not found or "/" in name:
        known = sorted(one.stem for root in rule_folders() for one in root.glob("golden/*.yaml"))
        mend = f"Name a file, or one of: {', '.join(known) or 'none'}."
        raise InputError("there is no such golden profile", where=name, mend=mend)
    return found[-1]


def _checked(document: Document, content: bytes) -> Golden:
    if not isinstance(document.data, dict) or "golden" not in document.data:
        raise InputError("this is no golden profile", where=document.place(()), mend="Begin it with `golden: NAME`.")
    profile = document.validate(GoldenProfile)
    try:
        return golden(profile, content)
    except ProfileError as problem:
        raise document.error(problem.loc, str(problem), problem.mend) from None


def load_kickstart(path: Path, name: str = "", title: str = "") -> tuple[Imported, Made]:
    """What a kickstart file says, and the golden profile made of it. Raises InputError with the line."""
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise InputError(f"the file cannot be read: {problem.strerror}", where=str(path)) from None
    if len(content) > MAX_KICKSTART:
        raise InputError(f"more than {MAX_KICKSTART} bytes", where=str(path), mend="This is no kickstart file.")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise InputError("no UTF-8 text", where=Place(str(path), line), mend="Save it as UTF-8.") from None
    return kickstart_of(text, str(path), name, title)


def kickstart_of(text: str, file: str, name: str = "", title: str = "") -> tuple[Imported, Made]:
    """The same of a text; `file` is what it is called."""
    if name and not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise InputError("no name of a profile", where=name, mend="Use small letters, digits, and dashes between them.")
    path = PurePath(file)
    try:
        found = interpret(text)
    except KickstartError as problem:
        raise InputError(str(problem), where=Place(file, problem.line), mend=problem.mend) from None
    made = make(found, name or _slug(path.stem), title or f"Hosts installed by {path.name}")
    if not made.data["facts"] and "absent" not in made.data:
        raise InputError("no line of it sets anything that is known", where=file, mend="Is it a kickstart file?")
    golden(GoldenProfile.model_validate(made.data))
    return found, made


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "kickstart"
