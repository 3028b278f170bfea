"""Finds and loads golden profiles, with the line of whatever is wrong in them."""

from pathlib import Path

from auditor.errors import InputError
from auditor.golden.profile import Golden, ProfileError, golden
from auditor.golden.schema import GoldenProfile
from auditor.library import rule_folders
from auditor.yamlfile import read


def load_golden(name: str) -> Golden:
    """The profile in a file, or the one of that name in `golden/` of a content folder. Raises InputError."""
    path = Path(name)
    if not path.is_file():
        found = [one for root in rule_folders() if (one := root / "golden" / f"{name}.yaml").is_file()]
        if not found or "/" in name:
            known = sorted(one.stem for root in rule_folders() for one in root.glob("golden/*.yaml"))
            mend = f"Name a file, or one of: {', '.join(known) or 'none'}."
            raise InputError("there is no such golden profile", where=name, mend=mend)
        path = found[-1]
    document = read(path)
    if not isinstance(document.data, dict) or "golden" not in document.data:
        raise InputError("this is no golden profile", where=document.place(()), mend="Begin it with `golden: NAME`.")
    profile = document.validate(GoldenProfile)
    try:
        return golden(profile, path.read_bytes())
    except ProfileError as problem:
        raise document.error(problem.loc, str(problem), problem.mend) from None
