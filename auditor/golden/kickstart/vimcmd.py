"""Forms of `vim-cmd hostsvc/...` and `vimsvc/...`."""

import re

from auditor.golden.kickstart.draft import Draft, NoFact
from auditor.golden.kickstart.esxcli_network import security
from auditor.golden.kickstart.esxcli_system import set_name, set_option
from auditor.golden.kickstart.forms import Always, Form, Given
from auditor.golden.kickstart.values import Refused, boolean

_TEAM = "nicorderpolicy-active:nics nicorderpolicy-standby:nics nicteaming-policy:nicteaming"
_SECURITY = "securepolicy-promisc:bool securepolicy-macchange:bool securepolicy-forgedxmit:bool"
_SHELLS = {"ssh": "TSM-SSH", "esx_shell": "TSM", "remote_tsm": "TSM-SSH", "local_tsm": "TSM"}


def _policies(place: str) -> dict[str, str | Always]:
    return {
        f"{place}.teaming.active": "nicorderpolicy-active",
        f"{place}.teaming.standby": "nicorderpolicy-standby",
        f"{place}.teaming.policy": "nicteaming-policy",
        **security(place, "securepolicy-promisc", "securepolicy-macchange", "securepolicy-forgedxmit"),
    }


def _port_group(draft: Draft, given: Given) -> None:
    if len(given) == 2:
        raise Refused("it sets nothing")
    new = given.get("portgroup-name")
    if new is not None and new != given["group"]:
        draft.rename("port_groups", given["group"], new)
        for device in draft.keys("vmkernel"):
            if draft.get("vmkernel[{d}].port_group", {"d": device}) == given["group"]:
                draft.put("vmkernel[{d}].port_group", new, {"d": device})


def _option(draft: Draft, given: Given) -> None:
    kind, word = given["type"], given["value"]
    if isinstance(word, str) and kind in ("long", "int"):
        if not re.fullmatch(r"-?[0-9]{1,19}", word):
            raise Refused("its value: not a whole number")
        word = int(word)
    elif isinstance(word, str) and kind == "bool":
        word = boolean(word)
    elif kind not in ("long", "int", "bool", "string"):
        raise Refused("its type: none of long, int, bool, string")
    set_option(draft, given["option"], word)


def _dns(draft: Draft, given: Given) -> None:
    if not given:
        raise Refused("it sets nothing")
    for key, path in (("ip-addresses", "dns.servers"), ("dhcp", "dns.dhcp"), ("domainname", "dns.domain")):
        if key in given:
            draft.put(path, given[key])
    if "searchdomain" in given:
        draft.put("dns.search", given["searchdomain"])
    set_name(draft, given.get("hostname"))


def _rename(draft: Draft, given: Given) -> None:
    if given["old"] == given["new"]:
        raise Refused("both names are the same")
    before = draft.get("datastores") or []
    draft.put("datastores", [*(one for one in before if one != given["old"]), given["new"]])
    if isinstance(given["old"], str):
        draft.remove("stores[{old}]", given)


def _grant(draft: Draft, given: Given) -> None:
    if given["entity"] not in ("vim.Folder:ha-folder-root", "vim.Folder:root"):
        raise NoFact("permissions below the root are no facts of a host")
    draft.put("access[{principal}].mode", given["role"], given)
    draft.put("access[{principal}].group", given["group"], given)


def _shells() -> list[Form]:
    found = []
    for word, key in _SHELLS.items():
        old = word.endswith("tsm")
        for verb, fact, value in (
            ("enable", "policy", "on"), ("disable", "policy", "off"), ("start", "running", True),
            ("stop", "running", False),
        ):  # fmt: skip
            sets: dict[str, str | Always] = {f"services[{key}].{fact}": Always(value)}
            since, until = ("", "5.0") if old else ("5.0", "")
            found.append(Form(f"vim-cmd hostsvc/{verb}_{word}", sets=sets, since=since, until=until))
    return found


FORMS = (
    *_shells(),
    Form("vim-cmd hostsvc/net/portgroup_add", "<switch>:text! <group>:text!", "vSwitch1 Servers",
         sets={"port_groups[{group}].vswitch": "switch"}),
    Form("vim-cmd hostsvc/net/portgroup_remove", "<switch>:text! <group>:text!", "vSwitch1 Servers",
         removes=["port_groups[{group}]"]),
    Form("vim-cmd hostsvc/net/portgroup_set",
         f"portgroup-name:text vlan-id:vlan {_TEAM} {_SECURITY} <switch>:text! <group>:text!",
         "--nicorderpolicy-active=vmnic0 --nicorderpolicy-standby=vmnic1 vSwitch1 Servers", apply=_port_group,
         sets={"port_groups[{group}].vswitch": "switch", "port_groups[{group}].vlan": "vlan-id",
               **_policies("port_groups[{group}]")}),
    Form("vim-cmd hostsvc/net/vswitch_setpolicy", f"{_TEAM} {_SECURITY} <switch>:text!",
         "--securepolicy-promisc=false --nicorderpolicy-active=vmnic0 vSwitch1", sets=_policies("vswitches[{switch}]")),
    Form("vim-cmd hostsvc/net/dns_set",
         "ip-addresses:ips dhcp:bool hostname:host domainname:host searchdomain:hosts",
         "--ip-addresses=10.0.0.53,10.0.1.53 --dhcp=false", apply=_dns),
    Form("vim-cmd hostsvc/net/refresh", nothing=True),
    Form("vim-cmd hostsvc/vmotion/vnic_set", "<vmk>:vmk!", "vmk1",
         adds={"vmkernel[{vmk}].services": Always("vmotion")}),
    Form("vim-cmd hostsvc/vmotion/vnic_unset", "<vmk>:vmk", "vmk1",
         why="no list can say that a service is not among its members"),
    Form("vim-cmd hostsvc/advopt/update", "<option>:option! <type>:word! <value>:anything!",
         "UserVars.SuppressShellWarning long 1", apply=_option),
    Form("vim-cmd hostsvc/firewall_enable_ruleset", "<ruleset>:word!", "ntpClient",
         sets={"firewall.rulesets[{ruleset}].enabled": Always(value=True)}),
    Form("vim-cmd hostsvc/firewall_disable_ruleset", "<ruleset>:word!", "CIMSLP",
         sets={"firewall.rulesets[{ruleset}].enabled": Always(value=False)}),
    Form("vim-cmd hostsvc/autostartmanager/enable_autostart", "<on>:bool!", "true",
         why="the start of machines is no fact of a host"),
    Form("vim-cmd hostsvc/autostartmanager/update_autostartentry",
         "<vm>:text! <action>:text! <delay>:text! <order>:text! <stop>:text! <stopdelay>:text! <heartbeat>:text!",
         "1 powerOn 10 1 guestShutdown 10 systemDefault", why="the start of machines is no fact of a host"),
    Form("vim-cmd hostsvc/datastore/rename", "<old>:text! <new>:text!", "datastore1 esx-local", apply=_rename),
    Form("vim-cmd hostsvc/maintenance_mode_enter", nothing=True),
    Form("vim-cmd hostsvc/maintenance_mode_exit", nothing=True),
    Form("vim-cmd hostsvc/firmware/sync_config", nothing=True),
    Form("vim-cmd hostsvc/storage/refresh", nothing=True),
    Form("vim-cmd vimsvc/license", "set:text!", "--set=KEY",
         why="the key of a licence stays out of a profile, and its edition is not in the line"),
    Form("vim-cmd vimsvc/auth/lockdown_mode_enter", sets={"lockdown.mode": Always("lockdownNormal")}),
    Form("vim-cmd vimsvc/auth/lockdown_mode_exit", sets={"lockdown.mode": Always("lockdownDisabled")}),
    Form("vim-cmd vimsvc/auth/entity_permission_add",
         "<entity>:text! <principal>:text! <group>:bool! <role>:role! <propagate>:bool!",
         "vim.Folder:ha-folder-root EXAMPLE\\esx-admins true Admin true", apply=_grant),
    Form("vim-cmd vimsvc/auth/entity_permission_remove", "<entity>:text! <principal>:text! <group>:bool!",
         "vim.Folder:ha-folder-root visitor false", removes=["access[{principal}]"]),
)  # fmt: skip
