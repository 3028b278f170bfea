"""A service as somebody would begin it, over a small estate of two sites, and the people who come to it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser

from tests.serve.service import Service, service
from tests.simulators import estate
from tests.stories.walking import Seen, Walker

SAMPLES = Path(__file__).parents[2] / "auditor" / "samples"
HOSTS = {"web-01": "fine", "web-02": "after=1", "db-01": "refused"}  # of each site


@dataclass
class World:
    """The service, its browser, who is at it, and every secret that was used."""

    service: Service
    browser: Browser
    inventory: Path
    seen: Seen = field(default_factory=Seen)
    people: dict[str, Walker] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)  # what it is: the secret
    runs: list[str] = field(default_factory=list)  # their names, in order
    waived: tuple[str, str] = ("", "")  # the waiver's id, the address of its finding
    reports: list[bytes] = field(default_factory=list)

    def somebody(self, name: str, *, script: bool = True) -> Walker:
        """A browser of his own, in which nobody is signed in."""
        return Walker(self.browser, self.service.port, name, self.seen, script=script)

    def by(self, name: str) -> Walker:
        """Who signed in before under this name."""
        return self.people[name]

    def arrive(self, name: str) -> Walker:
        """First sign-in: the token that was handed over becomes a password, and that signs in."""
        who = self.somebody(name)
        password = self.secrets[f"password of {name}"] = f"canary {name} plums 7 at dawn"
        who.go("/password")
        who.page.fill("[name=token]", self.secrets[f"token of {name}"])
        who.page.fill("[name=password]", password)
        who.page.fill("[name=again]", password)
        who.press("Set it")
        assert who.path.startswith("/sign-in?done="), who.text
        who.sign_in(password)
        self.people[name] = who
        return who

    def without_script(self, name: str) -> Walker:
        """The same person in a browser that runs no script."""
        who = self.somebody(name, script=False)
        who.sign_in(self.secrets[f"password of {name}"])
        return who


def write_inventory(folder: Path, **mended: str) -> Path:
    """Three hosts of each site, one refuses its login unless `mended`; ESXi hosts of one, a switch of the other."""
    (folder / "ledger").touch()
    lines = ["defaults: {deadline: 20s}", "sources:"]
    for site in ("ams", "fra"):
        for name, address in HOSTS.items():
            address = mended.get(f"{site}_{name.replace('-', '_')}", address)
            team = name.partition("-")[0]
            lines.append(
                f"  - {{name: {site}-{name}, kind: {estate.KIND}, address: '{address}', ledger: {folder}/ledger,"
                f" labels: {{site: {site}, team: {team}}}}}"
            )
    lines.append(f"  - {{name: ams-vcenter, kind: replay, captures: {SAMPLES}/vsphere, labels: {{site: ams}}}}")
    lines.append(f"  - {{name: fra-switches, kind: replay, captures: {SAMPLES}/vsm, labels: {{site: fra, team: net}}}}")
    lines += ["excluded:", "  - {target: fra-old-01, reason: 'fra-old-01 is being rebuilt', until: 2027-01-31}"]
    file = folder / "inventory.yaml"
    file.write_text("\n".join(lines) + "\n")
    return file


@contextmanager
def world_there(folder: Path, browser: Browser) -> Iterator[World]:
    """A service on a new database, with its own workers."""
    inventory = write_inventory(folder)
    path = [str(estate.announce(folder / "plugin")), *filter(None, [os.environ.get("PYTHONPATH")])]
    told = {"PYTHONPATH": os.pathsep.join(path), "AUDITOR_INVENTORY": str(inventory), "AUDITOR_LEASE": "30s"}
    with service(folder, "--workers", "2", env=told) as made:
        made.until_ready()
        yield World(made, browser, inventory)


def last_part(path: str) -> str:
    """The last part of an address, without its query."""
    return urlsplit(path).path.rpartition("/")[2]
