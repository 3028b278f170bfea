"""Whose machine is it: the customer's, or the platform's own?

A machine of the platform is left to its product, so the signs are narrow: many products put their name on machines of
customers (managedBy), and a name alone is given by whoever may rename.
"""

import re

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_CLUSTER_AGENT = re.compile(rf"vCLS(?:-{_UUID}| ?\(\d{{1,4}}\))")  # as vCenter 7.0U1 and later name them
_AGENT_MANAGER = "com.vmware.vim.eam"  # ESX Agent Manager deploys, updates and removes these by itself
_RECOVERY = "com.vmware.vcDr"  # Site Recovery Manager; only its placeholders have nothing of the customer's in them
LARGEST_AGENT = 256  # MiB; a cluster service agent has 128


def system_sign(name: str, memory: int, extension: str, kind: str) -> str | None:
    """Why this is a machine of the platform, None when it is a customer's. `memory` in MiB."""
    if extension == _AGENT_MANAGER:
        return f"managed by {_AGENT_MANAGER}"
    if extension.startswith(_RECOVERY) and kind.lower().startswith("placeholder"):
        return f"a placeholder of {_RECOVERY}"
    if _CLUSTER_AGENT.fullmatch(name) and memory <= LARGEST_AGENT:
        return "name and size of a cluster service agent"
    return None


def power_role(state: str) -> str:
    """The role that goes with a power state."""
    return {"poweredOn": "powered-on", "poweredOff": "powered-off", "suspended": "suspended"}.get(
        state, "power-unknown"
    )
