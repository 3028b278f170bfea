"""Waivers as a file for `--waivers`: for audits away from the database."""

from collections.abc import Iterable, Mapping
from typing import Any

from auditor.golden.write import text
from auditor.waivers import Waiver
from auditor.waivers.form import plain


def written(chosen: Iterable[Waiver]) -> str:
    """A file of waivers, as YAML."""
    items = [plain(one) for one in chosen]
    return "waivers:\n" + "".join(_item(one, "  ") for one in items) if items else "waivers: []\n"


def _item(data: Mapping[str, Any], indent: str) -> str:
    """A member of a list as a block; what is bound, a list of its own, at its end."""
    lines = text({key: value for key, value in data.items() if key != "bound"}).splitlines()
    block = "".join(f"{indent}{'- ' if n == 0 else '  '}{line}\n" for n, line in enumerate(lines))
    if data.get("bound"):
        block += f"{indent}  bound:\n" + "".join(_item(one, indent + "    ") for one in data["bound"])
    return block
