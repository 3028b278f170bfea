"""An ESXi host: its evidence, set by the paths of its facts."""

from collections.abc import Mapping
from typing import Any, ClassVar

from auditor.changes.vsphere import access, firewall, network, storage, system, vmkernel
from auditor.changes.vsphere.follow import follow
from auditor.changes.vsphere.options import Options, set_option
from auditor.changes.vsphere.plan import UNREAD, Plan
from auditor.changes.vsphere.target import Get, Remove, Set, Target, members, seen


class Host(Target):
    """One host. `words`: the tool that acts takes any text as the value of an option and converts it."""

    SETS: ClassVar[Mapping[str, Set]] = {
        "advanced[*]": set_option,
        **system.SETS,
        **access.SETS,
        **firewall.SETS,
        **network.SETS,
        **vmkernel.SETS,
        **storage.SETS,
    }
    GETS: ClassVar[Mapping[str, Get]] = {
        **system.GETS,
        **firewall.GETS,
        **network.GETS,
        **vmkernel.GETS,
        **storage.GETS,
    }
    REMOVES: ClassVar[Mapping[str, Remove]] = {
        **access.REMOVES,
        **network.REMOVES,
        **vmkernel.REMOVES,
        **storage.REMOVES,
    }

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.version = str(seen(self.props.get("config.product")).get("version") or "")
        self.words = False
        self.options = Options(self)
        self.teams: set[tuple[str, str]] = set()  # switch and part of its teaming that nobody can tell
        self.reached: dict[str, tuple[str, str]] = {}  # switches whose policies changed, and the line that did it
        self.services = {
            str(one.get("key")): one for one in members(seen(self.props.get("config.service")).get("service"))
        }

    @property
    def name(self) -> str:
        """As its vCenter knows it."""
        return str(self.body.get("name") or "")

    @property
    def calls(self) -> dict[str, Any]:
        """What single calls to the host answered."""
        found = self.body.get("calls")
        return found if isinstance(found, dict) else {}

    @property
    def answers(self) -> dict[str, Any]:
        """What esxcli answered; empty where it was not asked."""
        esxcli = self.body.get("esxcli")
        found = esxcli.get("answers") if isinstance(esxcli, dict) else None
        return found if isinstance(found, dict) else {}

    def boot_setting(self, name: str, value: Any) -> None:
        """A boot option shows among the kernel's settings too."""
        system.configure_kernel(self, name, value)

    def settle(self) -> None:
        """What is in force at groups; and what follows from what is not foretold."""
        network.settle(self)
        follow(self.plan)

    def lacks(self, path: str) -> bool:
        """Whether a property was not read, which is not the same as a host that has none of its kind."""
        return path not in self.props and (not self.props or path in seen(self.body.get("errors")))

    def unread(self, path: str) -> None:
        """The line sets what could not be read."""
        self.plan.vague(path, UNREAD)
