"""Where the shipped content folders are: in a wheel below `auditor/_data`, in a checkout beside `auditor/`."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """Return the content folder `name` (`rules` or `reports`).

    The search is anchored on this file and not on the installed distribution, because an editable install can leave
    a stale copy of the content in site-packages.

    Raises FileNotFoundError when neither a wheel nor a checkout holds the folder.
    """
    for base in (_HERE / "_data" / name, _HERE.parent / name):
        if base.is_dir():
            return base
    raise FileNotFoundError(f"content folder {name!r} not found: neither in {_HERE / '_data'} nor in {_HERE.parent}")
