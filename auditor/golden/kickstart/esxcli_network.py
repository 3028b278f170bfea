"""Forms of `esxcli network ...`: standard switches, port groups, VMkernel adapters, name resolution, firewall."""

from auditor.golden.kickstart.draft import PRESENT, Draft, NoFact
from auditor.golden.kickstart.forms import Always, Form, Given
from auditor.golden.kickstart.marks import Open
from auditor.golden.kickstart.values import Refused

_SWITCH, _GROUP, _VMK = "vswitches[{vswitch-name}]", "port_groups[{portgroup-name}]", "vmkernel[{interface-name}]"
_RULESET = "firewall.rulesets[{ruleset-id}]"
NO_ROUTES = "routes and gateways are no facts of a host"
NO_STACKS = "TCP/IP stacks without an adapter are no facts of a host"
BY_ADDRESS = "physical adapters are known by PCI address, which the file does not tell"
_FAILOVER = (
    "a|active-uplinks:nics s|standby-uplinks:nics b|failback:bool f|failure-detection:detection"
    " l|load-balancing:teaming n|notify-switches:bool"
)


def teaming(place: str) -> dict[str, str | Always]:
    """The facts of a teaming policy by their options of esxcli."""
    return {
        f"{place}.teaming.active": "active-uplinks",
        f"{place}.teaming.standby": "standby-uplinks",
        f"{place}.teaming.failback": "failback",
        f"{place}.teaming.beacon": "failure-detection",
        f"{place}.teaming.policy": "load-balancing",
        f"{place}.teaming.notify_switches": "notify-switches",
    }


def security(place: str, promiscuous: str, changes: str, forged: str) -> dict[str, str | Always]:
    """The facts of a security policy by their options."""
    names = {"promiscuous": promiscuous, "mac_changes": changes, "forged_transmits": forged}
    return {f"{place}.security.{fact}": option for fact, option in names.items()}


def add_switch(draft: Draft, given: Given) -> None:
    """A switch of the file begins without adapters."""
    draft.put(_SWITCH, PRESENT, given)
    draft.begun.add(str(given["vswitch-name"]))
    draft.put(f"{_SWITCH}.pnics", [], given)


def remove_switch(draft: Draft, given: Given) -> None:
    """With a switch its port groups go."""
    draft.remove(_SWITCH, given)
    for group in draft.keys("port_groups"):
        if draft.get("port_groups[{g}].vswitch", {"g": group}) == given["vswitch-name"]:
            draft.forget("port_groups[{g}]", {"g": group})


def add_uplink(draft: Draft, given: Given) -> None:
    """One adapter more on a switch, where it is known which it had."""
    draft.put(_SWITCH, PRESENT, given)
    _known_uplinks(draft, given)
    draft.add(f"{_SWITCH}.pnics", given["uplink-name"], given)


def remove_uplink(draft: Draft, given: Given) -> None:
    """One adapter fewer on a switch."""
    _known_uplinks(draft, given)
    draft.take(f"{_SWITCH}.pnics", given["uplink-name"], given)


def _known_uplinks(draft: Draft, given: Given) -> None:
    if str(given["vswitch-name"]) not in draft.begun:
        raise NoFact("the file does not tell which adapters the switch begins with: a list in order cannot be made")


def _inherit(draft: Draft, given: Given) -> None:
    """Settings of its own, and settings of its switch, exclude each other."""
    own = [key for key in given if key not in ("portgroup-name", "use-vswitch")]
    if given.get("use-vswitch"):
        if own:
            raise Refused("--use-vswitch beside settings of its own")
        draft.forget(f"{_GROUP}.security", given)
        raise NoFact("from here on the group has what its switch has")
    if not own:
        raise Refused("it sets nothing")


def _ipv4(draft: Draft, given: Given) -> None:
    static = given.get("type") is False
    if static and not ("ipv4" in given and "netmask" in given):
        raise Refused("a static address needs --ipv4 and --netmask")
    if not static and ("ipv4" in given or "netmask" in given):
        raise Refused("an address beside dhcp")
    draft.put(f"{_VMK}.dhcp", given["type"], given)


def _remove_dns(draft: Draft, given: Given) -> None:
    if given.get("all"):
        if "server" in given:
            raise Refused("--all beside one server")
        draft.put("dns.servers", [])
    elif "server" in given:
        draft.take("dns.servers", given["server"])
    else:
        raise Refused("neither --server nor --all")


def _firewall(draft: Draft, given: Given) -> None:
    if not given:
        raise Refused("it sets nothing")
    if "default-action" in given:
        accepted = given["default-action"]
        if isinstance(accepted, Open):
            raise Refused("--default-action is open")
        draft.put("firewall.incoming_blocked", not accepted)
        draft.put("firewall.outgoing_blocked", not accepted)
    if given.get("enabled") is False:
        draft.put("firewall_active", False)
    elif "enabled" in given and draft.get("firewall.incoming_blocked") is True:
        draft.put("firewall_active", given["enabled"])


FORMS = (
    Form("esxcli network vswitch standard add", "v|vswitch-name:text! P|ports:int", "-v vSwitch1", apply=add_switch,
         handled="vswitch-name", since="5.0"),
    Form("esxcli network vswitch standard remove", "v|vswitch-name:text!", "-v vSwitch1", apply=remove_switch,
         since="5.0"),
    Form("esxcli network vswitch standard set", "v|vswitch-name:text! m|mtu:mtu c|cdp-status:cdp",
         "-v vSwitch1 -m 9000 -c both", since="5.0",
         sets={f"{_SWITCH}.mtu": "mtu", f"{_SWITCH}.discovery_operation": "cdp-status"}),
    Form("esxcli network vswitch standard uplink add", "v|vswitch-name:text! u|uplink-name:nic!",
         "--uplink-name=vmnic2 --vswitch-name=vSwitch1", apply=add_uplink, since="5.0"),
    Form("esxcli network vswitch standard uplink remove", "v|vswitch-name:text! u|uplink-name:nic!",
         "-u vmnic2 -v vSwitch1", apply=remove_uplink, since="5.0"),
    Form("esxcli network vswitch standard policy security set",
         "v|vswitch-name:text! p|allow-promiscuous:bool m|allow-mac-change:bool f|allow-forged-transmits:bool",
         "-v vSwitch1 -p false -m false -f false", since="5.0",
         sets=security(_SWITCH, "allow-promiscuous", "allow-mac-change", "allow-forged-transmits")),
    Form("esxcli network vswitch standard policy failover set", f"v|vswitch-name:text! {_FAILOVER}",
         "-v vSwitch1 -a vmnic2,vmnic3 -s vmnic4 -b true -f link -l portid -n true", since="5.0",
         sets=teaming(_SWITCH)),
    Form("esxcli network vswitch standard policy shaping set",
         "v|vswitch-name:text! e|enabled:bool! b|avg-bandwidth:int k|peak-bandwidth:int t|burst-size:int",
         "-v vSwitch1 -e false", since="5.0", sets={f"{_SWITCH}.shaping": "enabled"}),
    Form("esxcli network vswitch standard portgroup add", "v|vswitch-name:text! p|portgroup-name:text!",
         "-p Servers -v vSwitch1", since="5.0", sets={f"{_GROUP}.vswitch": "vswitch-name"}),
    Form("esxcli network vswitch standard portgroup remove", "v|vswitch-name:text! p|portgroup-name:text!",
         "-p Servers -v vSwitch1", since="5.0", quiet="vswitch-name", removes=[_GROUP]),
    Form("esxcli network vswitch standard portgroup set", "p|portgroup-name:text! v|vlan-id:vlan!", "-p Servers -v 210",
         since="5.0", sets={f"{_GROUP}.vlan": "vlan-id"}),
    Form("esxcli network vswitch standard portgroup policy security set",
         "p|portgroup-name:text! o|allow-promiscuous:bool m|allow-mac-change:bool f|allow-forged-transmits:bool"
         " u|use-vswitch", "-p Servers -o false -m false -f false", since="5.0", apply=_inherit,
         sets=security(_GROUP, "allow-promiscuous", "allow-mac-change", "allow-forged-transmits")),
    Form("esxcli network vswitch standard portgroup policy failover set", f"p|portgroup-name:text! {_FAILOVER}",
         "-p Servers -a vmnic2 -s vmnic3 -b true -f beacon -l explicit -n true", since="5.0", sets=teaming(_GROUP)),
    Form("esxcli network vswitch standard portgroup policy shaping set",
         "p|portgroup-name:text! e|enabled:bool! b|avg-bandwidth:int k|peak-bandwidth:int t|burst-size:int",
         "-p Servers -e false", since="5.0", sets={f"{_GROUP}.shaping": "enabled"}),
    Form("esxcli network nic set", "n|nic-name:nic! S|speed:int D|duplex:duplex a|auto", "-n vmnic0 -S 10000 -D full",
         why=BY_ADDRESS, since="5.0"),
    Form("esxcli network ip interface add",
         "i|interface-name:vmk! p|portgroup-name:text! m|mtu:mtu N|netstack:word",
         "-i vmk1 -p vMotion -m 9000", since="5.0",
         sets={f"{_VMK}.port_group": "portgroup-name", f"{_VMK}.mtu": "mtu", f"{_VMK}.netstack": "netstack"}),
    Form("esxcli network ip interface remove", "i|interface-name:vmk!", "-i vmk1", removes=[_VMK], since="5.0"),
    Form("esxcli network ip interface set", "i|interface-name:vmk! m|mtu:mtu e|enabled:bool", "-i vmk1 -m 9000",
         since="5.0", sets={f"{_VMK}.mtu": "mtu"}),
    Form("esxcli network ip interface ipv4 set",
         "i|interface-name:vmk! t|type:ipv4! I|ipv4:ip N|netmask:mask g|gateway:ip P|peer-dns:bool",
         "-i vmk1 -t static -I 10.20.0.11 -N 255.255.255.0", apply=_ipv4, since="5.0",
         handled="type", sets={f"{_VMK}.ip": "ipv4", f"{_VMK}.mask": "netmask"}),
    Form("esxcli network ip interface ipv6 set", "i|interface-name:vmk! d|enable-dhcpv6:bool e|enable-ipv6:bool"
         " r|enable-router-adv:bool P|peer-dns:bool", "-i vmk1 -d false", why="IPv6 settings are no facts of a host",
         since="5.0"),
    Form("esxcli network ip interface tag add", "i|interface-name:vmk! t|tagname:traffic!", "-i vmk1 -t VMotion",
         since="5.1", adds={f"{_VMK}.services": "tagname"}),
    Form("esxcli network ip interface tag remove", "i|interface-name:vmk! t|tagname:traffic!", "-i vmk1 -t VMotion",
         since="5.1", takes={f"{_VMK}.services": "tagname"}),
    Form("esxcli network ip set", "e|ipv6-enabled:bool!", "-e false", why="IPv6 as a whole is no fact of a host",
         since="5.0"),
    Form("esxcli network ip netstack add", "N|netstack:word! d|disabled:bool", "-N vmotion", why=NO_STACKS,
         since="5.5"),
    Form("esxcli network ip route ipv4 add", "n|network:text! g|gateway:ip! N|netstack:word",
         "-n default -g 10.10.0.1", why=NO_ROUTES, since="5.0"),
    Form("esxcli network ip route ipv4 remove", "n|network:text! g|gateway:ip! N|netstack:word",
         "-n default -g 10.10.0.1", why=NO_ROUTES, since="5.0"),
    Form("esxcli network ip dns server add", "s|server:ip!", "-s 10.0.0.53", adds={"dns.servers": "server"},
         since="5.0"),
    Form("esxcli network ip dns server remove", "s|server:ip a|all", "-s 10.0.0.53", apply=_remove_dns, since="5.0"),
    Form("esxcli network ip dns search add", "d|domain:host!", "-d example.test", adds={"dns.search": "domain"},
         since="5.0"),
    Form("esxcli network ip dns search remove", "d|domain:host!", "-d example.test", takes={"dns.search": "domain"},
         since="5.0"),
    Form("esxcli network firewall set", "e|enabled:bool d|default-action:bool", "-e true -d false", apply=_firewall,
         since="5.0"),
    Form("esxcli network firewall ruleset set", "r|ruleset-id:word! e|enabled:bool a|allowed-all:bool",
         "-r sshServer -e true -a false", since="5.0",
         sets={f"{_RULESET}.enabled": "enabled", f"{_RULESET}.all_ips": "allowed-all"}),
    Form("esxcli network firewall ruleset allowedip add", "r|ruleset-id:word! i|ip-address:net!",
         "-r sshServer -i 10.0.0.0/8", since="5.0", adds={f"{_RULESET}.allowed": "ip-address"}),
    Form("esxcli network firewall ruleset allowedip remove", "r|ruleset-id:word! i|ip-address:net!",
         "-r sshServer -i 10.0.0.0/8", since="5.0", takes={f"{_RULESET}.allowed": "ip-address"}),
    Form("esxcli network firewall load", nothing=True, since="5.0"),
    Form("esxcli network firewall refresh", nothing=True, since="5.0"),
)  # fmt: skip
