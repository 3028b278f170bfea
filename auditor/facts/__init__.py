"""One frozen `Facts` model per platform: what collectors fill, and rules and golden profiles are checked against."""

from functools import cache
from importlib import import_module

from auditor.facts.base import FactModel, FoldedDict, plain

_MODULES = {
    "esxi": "esxi",
    "vcenter": "vcenter",
    "dvs": "dvs",
    "vm": "vm",
    "nexus1000v": "nxos",
    "nxos": "nxos",
    "linux": "linux",
}
PLATFORMS = tuple(_MODULES)


@cache
def facts_model(platform: str) -> type[FactModel]:
    """The `Facts` model of a platform. Raises KeyError for an unknown platform."""
    model: type[FactModel] = import_module(f"auditor.facts.{_MODULES[platform]}").Facts
    return model


__all__ = ["PLATFORMS", "FactModel", "FoldedDict", "facts_model", "plain"]
