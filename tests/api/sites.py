"""An estate of two sites that was really audited, some hosts unread, with people who see one site or all of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from auditor import collectors
from auditor.access import Role, Scope
from auditor.service.begin import begin
from auditor.service.request import Request
from auditor.store.engine import Store
from tests.api.caller import Caller
from tests.api.rows import made
from tests.service.nights import BASELINE, to_the_end
from tests.simulators.estate import announce
from tests.store.access.people import person

AMS = Scope.of(site="ams")
HOSTILE = '=cmd|"calc"!A1"><script>alert(1)</script>'
FRA = {"labels": {"site": ["fra"]}}
GOLDEN = """golden: {name}
title: A host of {site}
for: {{platform: linux, labels: {{site: {site}}}}}
facts:
  hostname: another
"""


@dataclass(frozen=True)
class Estate:
    """The store, the inventory, and the names of the two runs."""

    store: Store
    inventory: Path
    first: str
    second: str


def write_inventory(folder: Path, count: int = 3) -> Path:
    """`count` hosts of each site, of which the last does not answer; and who is left out."""
    (folder / "ledger").touch()
    lines = ["defaults: {deadline: 20s}", "sources:"]
    for site in ("ams", "fra"):
        for number in range(count):
            address = "dead" if number == count - 1 else "fine"
            lines.append(
                f"  - {{name: {site}-{number:02d}, kind: simulated, address: {address}, ledger: {folder}/ledger,"
                f" labels: {{site: {site}, team: 't{number}'}}}}"
            )
    lines.append("excluded:")
    lines.append("  - {target: fra-old, reason: 'fra is rebuilt', until: 2027-01-31}")
    file = folder / "inventory.yaml"
    file.write_text("\n".join(lines) + "\n")
    return file


def audited(store: Store, inventory: Path, **more: Any) -> str:
    """A run over it, carried out; its name."""
    asked = {"inventory": str(inventory), "baselines": [BASELINE], "retry_after": 0.0, "requested_by": "fra-person"}
    with store.writing() as connection:
        number = begin(connection, Request.model_validate(asked | more))
    ended = to_the_end(store, number)
    assert ended.state == "done", ended.message
    return str(ended.name)


def people(store: Store) -> None:
    """Who sees all of it is called by his role, who sees one site by both."""
    for role in (Role.VIEWER, Role.AUDITOR, Role.OPERATOR, Role.APPROVER):
        person(store, role.value, role, password=None)
        person(store, f"{role.value}-ams", role, scope=AMS, password=None)
    person(store, "both", Role.OPERATOR, Role.APPROVER, password=None)


def walked(caller: Caller, path: str, limit: int = 3) -> list[dict[str, Any]]:
    """All pages of a list."""
    items: list[dict[str, Any]] = []
    after = ""
    sign = "&" if "?" in path else "?"
    while True:
        answer = caller.ask("GET", f"{path}{sign}limit={limit}&after={after}")
        assert answer.status == 200, answer.text
        items += answer.json["items"]
        assert len(answer.json["items"]) <= limit
        if (after := answer.json["next"]) is None:
            return items


@contextmanager
def two_nights(folder: Path, url: str) -> Iterator[Estate]:
    """Two nights over two sites, with a golden profile for each; in the second only the hosts of fra."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(announce(folder / "plugin"))
        collectors._modules.cache_clear()
        content = folder / "content" / "golden"
        content.mkdir(parents=True)
        for site in ("ams", "fra"):
            (content / f"host-{site}.yaml").write_text(GOLDEN.format(name=f"host-{site}", site=site))
        inventory = write_inventory(folder)
        patch.setenv("AUDITOR_STATE", str(folder))
        patch.setenv("AUDITOR_RULES", str(folder / "content"))
        patch.setenv("AUDITOR_INVENTORY", str(inventory))
        store = made(url)
        people(store)
        first = audited(store, inventory, goldens=["host-ams", "host-fra"], formats=["json"])
        yield Estate(store, inventory, first, audited(store, inventory, goldens=["host-ams", "host-fra"], **FRA))
        store.close()
    collectors._modules.cache_clear()
