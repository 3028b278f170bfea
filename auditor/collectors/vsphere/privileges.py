"""What the account of an audit lacks, asked before the hosts are: what will stay unread is known from the start.

Which call needs which privilege is declared in the API's type data (pyVmomi 9.1).
"""

from collections.abc import Sequence
from typing import Any

from pyVmomi import vim

from auditor.collectors.vsphere.session import Session

_vim: Any = vim
NEEDED = {
    "Certificate.Manage": "the authorities that hosts trust",
    "Global.Settings": "lockdown exceptions, who may log in to hosts, their SNMP agents, some settings of vCenter",
    "Host.Config.Image": "the packages installed on hosts",
    "System.Read": "nearly everything: the account has no role there",
}


def lacking(session: Session, manager: Any, hosts: Sequence[str]) -> list[str]:
    """The privileges of NEEDED that the account lacks at the root or at the first host. Raises what a call raises."""
    entities = [session.content.rootFolder, *(_vim.HostSystem(moid) for moid in hosts[:1])]
    answer = manager.HasPrivilegeOnEntities(entities, session.key, sorted(NEEDED))
    refused = {str(one.privId) for entity in answer or () for one in entity.privAvailability or () if not one.isGranted}
    return sorted(refused & set(NEEDED))
