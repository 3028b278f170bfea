"""One frozen `Facts` model per platform: what collectors fill, and rules and golden profiles are checked against."""

from functools import cache
from importlib import import_module

from auditor.facts.base import FactModel, FoldedDict, plain

_MODULES = {  # module and class
    "esxi": ("esxi", "Facts"),
    "vcenter": ("vcenter", "Facts"),
    "dvs": ("dvs", "Facts"),
    "vm": ("vm", "Facts"),
    "nexus1000v": ("nxos", "Supervisor"),
    "nxos": ("nxos", "Facts"),
    "linux": ("linux", "Facts"),
}
PLATFORMS = tuple(_MODULES)


@cache
def facts_model(platform: str) -> type[FactModel]:
    """The `Facts` model of a platform. Raises KeyError for an unknown platform."""
    module, name = _MODULES[platform]
    model: type[FactModel] = getattr(import_module(f"auditor.facts.{module}"), name)
    return model


__all__ = ["PLATFORMS", "FactModel", "FoldedDict", "facts_model", "plain"]
