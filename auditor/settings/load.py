"""Settings are put together: an environment variable beats auditor.toml, auditor.toml beats the default."""

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from auditor.errors import InputError, InputErrors, Place
from auditor.settings import state_folder
from auditor.settings.form import SECRET, Settings, variable
from auditor.yamlfile import Document, Loc

FILE = "auditor.toml"
MAX_BYTES = 1 << 20
_PATHS = (
    "database_password_file",
    "broker_password_file",
    "metrics_token_file",
    "oidc_client_secret_file",
    "oidc_roles_file",
    "oidc_ca_file",
    "inventory",
)
_NUMBERS = (
    "port",
    "workers",
    "attempts",
    "keep_captures",
    "keep_reports",
    "keep_downloads",
    "keep_snapshots",
    "oidc_token_days",
)
OTHERS = ("AUDITOR_CONFIG", "AUDITOR_STATE", "AUDITOR_HMAC_KEY")  # variables that no file can set
ALL_BUT = 0.94  # likeness: one slip of the finger, not a variable of somebody's own with a longer name
_KEY = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([\w-]+))\s*[=.]""", re.ASCII)
_AT = re.compile(r"\(at line (\d+), column \d+\)")


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings as file and environment say them now. Raises InputError naming file and line, or the variable."""
    environment = os.environ if environment is None else environment
    _check_names(environment)
    values, origins = {}, {}
    if (path := settings_file(environment)) is not None:
        document = read(path)
        document.validate(Settings)
        values = _anchored(document.data, path.parent)
        origins = {key: str(document.place((key,))) for key in values}
    for name in Settings.model_fields:
        if (text := environment.get(variable(name), "")) != "":
            values[name], origins[name] = _value(name, text), variable(name)
    settings = _checked(values, origins)
    settings._origins = origins
    return settings


def settings_file(environment: Mapping[str, str]) -> Path | None:
    """The first of `AUDITOR_CONFIG`, ./auditor.toml, the state folder's and /etc/auditor/auditor.toml that is there."""
    if named := environment.get("AUDITOR_CONFIG"):
        return Path(named).absolute()
    for folder in (Path(), state_folder(), Path("/etc/auditor")):
        path = (folder / FILE).absolute()
        try:
            found = path.stat()
        except OSError:
            continue
        if found.st_uid not in (0, os.geteuid()) or found.st_mode & stat.S_IWOTH:
            raise InputError(
                "this file of settings belongs to somebody else, or everybody may write it",
                where=str(path),
                mend=f"chown and chmod it, or name it with AUDITOR_CONFIG={path} if it is to be trusted.",
            )
        return path
    return None


def read(path: Path) -> Document:
    """The document in a TOML file, with the lines of its keys. Raises InputError."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise InputError(f"the file is larger than {MAX_BYTES >> 20} MiB", where=str(path))
        text = content.decode("utf-8")
        return Document(str(path), tomllib.loads(text), _lines(text))
    except UnicodeDecodeError as problem:
        raise InputError(f"not UTF-8 at byte {problem.start}", where=str(path), mend="Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as problem:
        found = _AT.search(str(problem))
        what = f"not valid TOML: {_AT.sub('', str(problem)).strip()}"
        mend = 'Write each setting as name = "text" or name = 1.'
        raise InputError(what, where=Place(str(path), int(found[1]) if found else 0), mend=mend) from None
    except (OSError, ValueError, RecursionError) as problem:
        why = getattr(problem, "strerror", None) or "nested too deep, or a NUL in its path"
        raise InputError(f"cannot be read: {why}", where=str(path), mend="Check path and permissions.") from None


def _lines(text: str) -> dict[Loc, int]:
    """The line of each key of the topmost level (there is no other in a correct file)."""
    lines: dict[Loc, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("["):
            name = line.strip().strip("[]").split(".")[0].strip("\"' ")
            lines.setdefault((name,), number)
        elif found := _KEY.match(line):
            lines.setdefault((found[1] or found[2] or found[3] or "",), number)
    return lines


def _anchored(data: Mapping[str, Any], base: Path) -> dict[str, Any]:
    """`data` with its paths as seen from the file's own folder."""
    out = dict(data)
    for name in _PATHS:
        if name in out:
            out[name] = str(base / Path(out[name]).expanduser())
    if "rules" in out:
        out["rules"] = [str(base / Path(one).expanduser()) for one in out["rules"]]
    return out


def _check_names(environment: Mapping[str, str]) -> None:
    """Raise InputError for a variable that is all but one of ours: a slip in its name must not mean "no database"."""
    known = [*map(variable, Settings.model_fields), *OTHERS]
    for name in environment:
        if name.startswith("AUDITOR_") and name not in known and (near := get_close_matches(name, known, 1, ALL_BUT)):
            raise InputError(f"there is no setting {name}", mend=f"Did you mean {near[0]}?")


def _value(name: str, text: str) -> Any:
    """The text of a variable, as the kind of value that its setting is."""
    if name == "rules":
        return [part for part in text.split(os.pathsep) if part]
    if name in _PATHS:
        return str(Path(text).expanduser().absolute())
    if name in _NUMBERS and re.fullmatch(r"\d{1,9}", text):
        return int(text)
    return text


def _checked(values: Mapping[str, Any], origins: Mapping[str, str]) -> Settings:
    try:
        return Settings.model_validate(values)
    except ValidationError as problem:
        faults = []
        for one in problem.errors(include_url=False):
            name = str(one["loc"][0])
            shown = repr(one["input"])[:80]
            mend = "Correct it." if name in SECRET else f"Found {shown}."
            message = str(one["msg"]).removeprefix("Value error, ")
            faults.append(InputError(f"{name}: {message}", where=origins.get(name), mend=mend))
        raise (faults[0] if len(faults) == 1 else InputErrors(faults)) from None
