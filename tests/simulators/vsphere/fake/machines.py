"""Changes to a machine of the Python responder, as vms.go of the Go simulator knows them."""

from typing import Any

from tests.simulators.vsphere.fake.estate import Estate
from tests.simulators.vsphere.fake.values import vim

KNOWN = {
    "name",
    "runtime.connectionState",
    "runtime.powerState",
    "guest.toolsRunningStatus",
    "guest.toolsVersionStatus2",
    "config.ftEncryptionMode",
    "config.version",
    "config.template",
    "config.managedBy",
}


def set_vm(made: Estate, name: str, path: str, value: str) -> None:
    """Set what no call of the API sets. Raises ValueError for an unknown machine or path."""
    found = next((t for t in made.things.values() if t.kind is vim.VirtualMachine and t.tree["name"] == name), None)
    if found is None:
        raise ValueError(f"no machine {name!r}")
    if path not in KNOWN:
        raise ValueError(f"no path {path!r}")
    first, _, last = path.partition(".")
    if not last:
        found.tree[first] = value
        return
    setattr(found.tree[first], last, _typed(last, value))


def _typed(name: str, value: str) -> Any:
    if name == "template":
        return value == "true"
    if name == "managedBy":
        key, slash, kind = value.partition("/")
        return vim.ext.ManagedByInfo(extensionKey=key, type=kind) if slash else None
    return value
