"""Forms of the esxcfg- commands. Their first option says what they do."""

from auditor.golden.kickstart.draft import PRESENT, Draft, NoFact
from auditor.golden.kickstart.esxcli_network import (
    BY_ADDRESS,
    NO_ROUTES,
    add_switch,
    add_uplink,
    remove_switch,
    remove_uplink,
)
from auditor.golden.kickstart.esxcli_storage import NO_ISCSI, mount
from auditor.golden.kickstart.esxcli_system import NO_MODULES, kernel_value, option_key, set_option, set_queue_depth
from auditor.golden.kickstart.forms import Form, Given
from auditor.golden.kickstart.marks import Open
from auditor.golden.kickstart.values import Refused

_SWITCH, _GROUP = "vswitches[{switch}]", "port_groups[{group}]"
_GROUP_LINKS = "the adapters of one group: which it has beside them is not in the file"


def _add_switch(draft: Draft, given: Given) -> None:
    name, colon, ports = str(given["add"]).partition(":")
    if isinstance(given["add"], Open) or (colon and not ports.isdigit()) or not name:
        raise Refused("not a name, or NAME:PORTS")
    add_switch(draft, {"vswitch-name": name})
    if colon:
        raise NoFact("how many ports a switch shows depends on the release, not on this number alone")


def _delete_switch(draft: Draft, given: Given) -> None:
    remove_switch(draft, {"vswitch-name": given["delete"]})


def _link(draft: Draft, given: Given) -> None:
    add_uplink(draft, {"vswitch-name": given["switch"], "uplink-name": given["link"]})


def _unlink(draft: Draft, given: Given) -> None:
    remove_uplink(draft, {"vswitch-name": given["switch"], "uplink-name": given["unlink"]})


def _vlan(draft: Draft, given: Given) -> None:
    if given["pg"] != "ALL":
        draft.put("port_groups[{pg}].vlan", given["vlan"], given)
        return
    groups = [one for one in draft.keys("port_groups")
              if draft.get("port_groups[{g}].vswitch", {"g": one}) == given["switch"]]  # fmt: skip
    for group in groups:
        draft.put("port_groups[{g}].vlan", given["vlan"], {"g": group})
    if not groups:
        raise NoFact("the file names no group of this switch before")


def add_vmkernel(draft: Draft, given: Given) -> None:
    """The next free adapter, as the host numbers them; the first is the installer's."""
    group = given["group"]
    if isinstance(group, Open):
        raise Refused("the port group is open")
    if draft.numbers_unsure:
        raise NoFact(
            "a line that may not have run, or is not interpreted, may have made an adapter: its number is open"
        )
    dhcp = given["ip"] == "dhcp"
    if dhcp == ("netmask" in given):
        raise Refused("an address needs its mask, and dhcp has none")
    taken = {"vmk0", *draft.keys("vmkernel")}
    device = next(name for name in (f"vmk{n}" for n in range(1 + len(taken))) if name not in taken)
    where = {"d": device}
    draft.put("vmkernel[{d}]", PRESENT, where)
    draft.put("vmkernel[{d}].port_group", group, where)
    draft.put("vmkernel[{d}].dhcp", dhcp, where)
    for key, fact in (("ip", "ip"), ("netmask", "mask"), ("mtu", "mtu")):
        if key in given and not (key == "ip" and dhcp):
            draft.put(f"vmkernel[{{d}}].{fact}", given[key], where)


def _delete_vmkernel(draft: Draft, given: Given) -> None:
    found = [one for one in draft.keys("vmkernel")
             if draft.get("vmkernel[{d}].port_group", {"d": one}) == given["group"]]  # fmt: skip
    if not found:
        raise NoFact("the file does not tell which adapter is in this group")
    for device in found:
        draft.remove("vmkernel[{d}]", {"d": device})


def _advanced(draft: Draft, given: Given) -> None:
    written = given["set"]
    number = isinstance(written, str) and written.lstrip("-").isascii() and written.lstrip("-").isdigit()
    set_option(draft, given["option"], int(written) if number and len(written) < 19 else written)


def _default(draft: Draft, given: Given) -> None:
    draft.forget("advanced[{o}]", {"o": option_key(str(given["option"]))})
    raise NoFact("the default of the host")


def _kernel(draft: Draft, given: Given) -> None:
    if isinstance(given["setting"], Open):
        raise Refused("the name of the setting is open")
    draft.put("advanced[VMkernel.Boot.{setting}]", kernel_value(given["set-kernel"]), given)


def _module(draft: Draft, given: Given) -> None:
    set_queue_depth(draft, given["set-options"])


def _mount(draft: Draft, given: Given) -> None:
    mount(draft, given["add"], "NFS")


FORMS = (
    Form("esxcfg-vswitch", "a|add:text!", "-a vSwitch1:128", mode="add", apply=_add_switch),
    Form("esxcfg-vswitch", "d|delete:text!", "-d vSwitch1", mode="delete", apply=_delete_switch),
    Form("esxcfg-vswitch", "m|mtu:mtu! <switch>:text!", "-m 9000 vSwitch1", mode="mtu",
         sets={f"{_SWITCH}.mtu": "mtu"}),
    Form("esxcfg-vswitch", "B|set-cdp:cdp! <switch>:text!", "-B both vSwitch1", mode="set-cdp",
         sets={f"{_SWITCH}.discovery_operation": "set-cdp"}),
    Form("esxcfg-vswitch", "L|link:nic! <switch>:text!", "-L vmnic2 vSwitch1", mode="link", apply=_link),
    Form("esxcfg-vswitch", "U|unlink:nic! <switch>:text!", "-U vmnic2 vSwitch1", mode="unlink", apply=_unlink),
    Form("esxcfg-vswitch", "A|add-pg:text! <switch>:text!", "-A Servers vSwitch1", mode="add-pg",
         sets={"port_groups[{add-pg}].vswitch": "switch"}),
    Form("esxcfg-vswitch", "D|del-pg:text! <switch>:text!", "-D Servers vSwitch1", mode="del-pg",
         removes=["port_groups[{del-pg}]"]),
    Form("esxcfg-vswitch", "p|pg:text! v|vlan:vlan! <switch>:text!", "-p Servers -v 210 vSwitch1", mode="vlan",
         apply=_vlan),
    Form("esxcfg-vswitch", "p|pg:text! M|add-pg-uplink:nic! <switch>:text!", "-p Servers -M vmnic2 vSwitch1",
         mode="add-pg-uplink", why=_GROUP_LINKS),
    Form("esxcfg-vswitch", "p|pg:text! N|del-pg-uplink:nic! <switch>:text!", "-p Servers -N vmnic2 vSwitch1",
         mode="del-pg-uplink", why=_GROUP_LINKS),
    Form("esxcfg-vmknic", "a|add! i|ip:address! n|netmask:mask m|mtu:mtu <group>:text!",
         "-a -i 10.20.0.11 -n 255.255.255.0 -m 9000 vMotion", mode="add", apply=add_vmkernel),
    Form("esxcfg-vmknic", "d|del! <group>:text!", "-d vMotion", mode="del", apply=_delete_vmkernel),
    Form("esxcfg-nics", "s|speed:int d|duplex:duplex a|auto <nic>:nic!", "-s 1000 -d full vmnic0", why=BY_ADDRESS),
    Form("esxcfg-route", "a|add d|del <network>:text! <gateway>:text", "-a 10.40.0.0/16 10.10.0.1", why=NO_ROUTES),
    Form("esxcfg-advcfg", "s|set:anything! <option>:option!", "-s 10 /NFS/HeartbeatTimeout", mode="set",
         apply=_advanced),
    Form("esxcfg-advcfg", "d|default! <option>:option!", "-d /NFS/HeartbeatTimeout", mode="default", apply=_default),
    Form("esxcfg-advcfg", "k|set-kernel:text! <setting>:word!", "-k TRUE execinstalledonly", mode="set-kernel",
         apply=_kernel),
    Form("esxcfg-advcfg", "g|get:option!", "-g /NFS/HeartbeatTimeout", mode="get", nothing=True),
    Form("esxcfg-module", "s|set-options:text! <module>:word!", "-s lpfc_lun_queue_depth=64 lpfc", mode="set-options",
         apply=_module),
    Form("esxcfg-module", "e|enable! <module>:word!", "-e lpfc", mode="enable", why=NO_MODULES),
    Form("esxcfg-module", "d|disable! <module>:word!", "-d usbcore", mode="disable", why=NO_MODULES),
    Form("esxcfg-nas", "a|add:text! o|host:host! s|share:text! r|readonly",
         "-a shared -o nfs.example.test -s /export/a", mode="add", apply=_mount, handled="add"),
    Form("esxcfg-nas", "d|delete:text!", "-d shared", mode="delete", removes=["stores[{delete}]"]),
    Form("esxcfg-swiscsi", "e|enable!", "-e", why=NO_ISCSI),
    Form("esxcfg-dumppart", "s|set:text!", "-s mpx.vmhba1:C0:T0:L0:7", mode="set",
         why="which partition takes dumps is the host's own affair"),
    Form("esxcfg-dumppart", "t|smart-activate!", "-t", mode="smart-activate",
         why="it takes a partition where there is one"),
    Form("esxcfg-rescan", "a|add d|delete A|all u|update <adapter>:vmhba", "vmhba1", nothing=True),
    Form("esxcfg-init", nothing=True),
    Form("esxcfg-boot", "b|boot", "-b", nothing=True),
)  # fmt: skip
