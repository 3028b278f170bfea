"""Plug-ins and other products that are registered with a vCenter."""

from typing import Any

from pyVmomi import vim

from auditor.collectors.vsphere.decode import Array, Record, text
from auditor.collectors.vsphere.inventory import filter_for, retrieve
from auditor.collectors.vsphere.session import Session

_vim: Any = vim
_SCHEMA = {"ExtensionManager": {"extensionList": Array(Record(key=text, version=text, company=text))}}


def extensions(session: Session, manager: Any) -> list[dict[str, Any]]:
    """Key, version and company of each. Raises ValueError with the reason, and what a call raises."""
    found = retrieve(session, filter_for(_vim.ExtensionManager, [manager._moId], ["extensionList"]), _SCHEMA, 1)
    if found and "extensionList" in found[0]["errors"]:
        raise ValueError(found[0]["errors"]["extensionList"])
    listed: list[dict[str, Any]] = (found[0]["props"].get("extensionList") if found else None) or []
    return listed
