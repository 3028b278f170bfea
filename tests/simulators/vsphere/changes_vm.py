"""Changes of virtual machines made through the API, as an administrator makes them. See `changes`."""

from typing import Any

from tests.simulators.vsphere.changes import find, vim


def reconfigure(instance: Any, name: str, **settings: Any) -> None:
    """Change settings of a machine: fields of vim.vm.ConfigSpec."""
    find(instance, vim.VirtualMachine, name).ReconfigVM_Task(vim.vm.ConfigSpec(**settings))


def change_device(instance: Any, name: str, device: Any, operation: str) -> None:
    """Add, edit or remove one device; which one is meant says its key."""
    change = vim.vm.device.VirtualDeviceSpec(operation=operation, device=device)
    reconfigure(instance, name, deviceChange=[change])


def device_of(instance: Any, name: str, kind: Any) -> Any:
    """The first device of a class. Raises KeyError."""
    for device in find(instance, vim.VirtualMachine, name).config.hardware.device:
        if isinstance(device, kind):
            return device
    raise KeyError(kind.__name__)


def new_device(kind: str, key: int = 9001, connected: bool | None = None, **fields: Any) -> Any:
    """A device of a class of vim.vm.device (`VirtualFloppy`)."""
    plug = None
    if connected is not None:
        connect = vim.vm.device.VirtualDevice.ConnectInfo
        plug = connect(connected=connected, startConnected=connected, allowGuestControl=False)
    label = vim.Description(label=f"{kind} {key}", summary="")
    return getattr(vim.vm.device, kind)(key=key, deviceInfo=label, connectable=plug, **fields)
