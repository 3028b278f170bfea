"""Forms that matter to a host that runs, beside those of the kickstart reader; and which of them make something."""

from auditor.golden.kickstart.draft import Draft
from auditor.golden.kickstart.forms import Always, Form, Given
from auditor.golden.kickstart.marks import Open
from auditor.golden.kickstart.values import Refused

_GROUP = "port_groups[{portgroup-name}]"
_FAILOVER = (
    "a|active-uplinks:nics s|standby-uplinks:nics b|failback:bool f|failure-detection:detection"
    " l|load-balancing:teaming n|notify-switches:bool u|use-vswitch"
)
_TEAM = {
    f"{_GROUP}.teaming.policy": "load-balancing",
    f"{_GROUP}.teaming.failback": "failback",
    f"{_GROUP}.teaming.beacon": "failure-detection",
    f"{_GROUP}.teaming.notify_switches": "notify-switches",
    f"{_GROUP}.teaming.active": "active-uplinks",
    f"{_GROUP}.teaming.standby": "standby-uplinks",
}


def _use_switch(part: str, draft: Draft, given: Given) -> None:
    own = [key for key in given if key not in ("portgroup-name", "use-vswitch")]
    if given.get("use-vswitch"):
        if own:
            raise Refused("--use-vswitch beside settings of its own")
        draft.forget(f"{_GROUP}.{part}", given)
    elif not own:
        raise Refused("it sets nothing")


def _team(draft: Draft, given: Given) -> None:
    _use_switch("teaming", draft, given)


def _shape(draft: Draft, given: Given) -> None:
    if "enabled" not in given and not given.get("use-vswitch"):
        raise Refused("--enabled is missing")
    _use_switch("shaping", draft, given)


def _ntp(draft: Draft, given: Given) -> None:
    if not given:
        raise Refused("it sets nothing")
    if given.get("reset"):
        for path in ("time", "services[ntpd].running", "services[ntpd].policy"):
            draft.put(path, Open(""))
    if "server" in given:
        draft.put(
            "time.ntp_servers",
            [one for many in given["server"] for one in (many if isinstance(many, list) else [many])],
        )
    if "enabled" in given:
        draft.put("services[ntpd].running", given["enabled"])
        draft.put("services[ntpd].policy", "on" if given["enabled"] else "off")


def _snmp(draft: Draft, given: Given) -> None:
    if not given:
        raise Refused("it sets nothing")
    for key, path in (("enable", "snmp.enabled"), ("port", "snmp.port")):
        if key in given:
            draft.put(path, given[key])
    if "communities" in given:
        draft.put("snmp.communities", str(given["communities"]).split(","))
    if "targets" in given:
        draft.put("snmp.trap_targets", [_trap(one) for one in str(given["targets"]).split(",")])


def _trap(target: str) -> str:
    """`HOST@PORT/COMMUNITY` as HOST:PORT/COMMUNITY."""
    place, _, community = target.partition("/")
    host, _, port = place.partition("@")
    if not host or (port and not port.isdigit()):
        raise Refused("--targets: not HOST@PORT/COMMUNITY")
    return f"{host}:{port or 162}/{community}"


def _kernel(draft: Draft, given: Given) -> None:
    draft.put("kernel_settings[{setting}].configured", given["value"], given)


def _boot(draft: Draft, given: Given) -> None:
    draft.put("kernel_settings[{setting}].configured", given["set-kernel"], given)


def _no_vmotion(draft: Draft, given: Given) -> None:
    draft.take("vmkernel[{vmk}].services", "vmotion", given)


def _unjoin(draft: Draft, given: Given) -> None:
    draft.put("ad.joined", value=False)


MORE: tuple[Form, ...] = (
    Form("esxcli network vswitch standard portgroup policy failover set", f"p|portgroup-name:text! {_FAILOVER}",
         sets=_TEAM, apply=_team, since="5.0"),
    Form("esxcli network vswitch standard portgroup policy shaping set",
         "p|portgroup-name:text! e|enabled:bool b|avg-bandwidth:int k|peak-bandwidth:int t|burst-size:int"
         " u|use-vswitch",
         sets={f"{_GROUP}.shaping": "enabled"}, apply=_shape, since="5.0"),
    Form("esxcli system ntp set", "s|server:hosts* e|enabled:bool r|reset l|loglevel:word f|file:text",
         apply=_ntp, since="7.0"),
    Form("esxcli system snmp set",
         "e|enable:bool p|port:int c|communities:text t|targets:text a|authentication:word x|privacy:word u|users:text"
         " C|syscontact:text L|syslocation:text v|v3targets:text l|loglevel:word E|engineid:word r|reset:bool"
         " i|notraps:text R|remote-users:text y|hwsrc:word s|largestorage:bool", apply=_snmp, since="5.1"),
    Form("esxcli system settings kernel set", "s|setting:word! v|value:text!", apply=_kernel, since="5.0"),
    Form("esxcfg-advcfg", "k|set-kernel:text! <setting>:word!", mode="set-kernel", apply=_boot),
    Form("esxcli system security keypersistence enable", sets={"key_persistence": Always(value=True)}, since="7.0.2"),
    Form("esxcli system security keypersistence disable", "remove-all-stored-keys",
         sets={"key_persistence": Always(value=False)}, quiet="remove-all-stored-keys", since="7.0.2"),
    Form("esxcli system maintenanceMode set", "e|enable:bool! t|timeout:int m|vsanmode:word",
         sets={"state.maintenance": "enable"}, quiet="timeout vsanmode", since="5.0"),
    Form("vim-cmd hostsvc/maintenance_mode_enter", "<timeout>:int", sets={"state.maintenance": Always(value=True)},
         quiet="timeout"),
    Form("vim-cmd hostsvc/maintenance_mode_exit", "<timeout>:int", sets={"state.maintenance": Always(value=False)},
         quiet="timeout"),
    Form("vim-cmd vimsvc/auth/lockdown_is_enabled", nothing=True),
    Form("vim-cmd hostsvc/vmotion/vnic_unset", "<vmk>:vmk!", apply=_no_vmotion),
    Form("domainjoin-cli leave", "<user>:text <password>:text", apply=_unjoin, handled="user password"),
)  # fmt: skip
# Commands of which no profile has a fact, and a host that runs has: what they leave there is not foretold.
LEAVES: dict[str, tuple[str, ...]] = {
    "esxcli network nic set": ("pnics",),
    "esxcfg-nics": ("pnics",),
    "esxcli network ip interface ipv6 set": ("vmkernel",),
    "esxcli network ip set": ("vmkernel",),
    "esxcfg-vswitch": ("port_groups", "vswitches"),
    "esxcli iscsi software set": ("iscsi", "roles", "services"),
    "esxcfg-swiscsi": ("iscsi", "roles", "services"),
    "esxcli iscsi adapter discovery sendtarget add": ("iscsi",),
    "esxcli vsan cluster join": ("roles", "datastores", "stores"),
    "esxcli storage core claimrule run": ("multipath", "arrays", "queue_depths"),
    "esxcli storage core claiming reclaim": ("multipath", "arrays", "queue_depths"),
    "esxcli storage core claiming unclaim": ("multipath", "arrays", "queue_depths"),
    "esxcli storage core adapter rescan": ("multipath", "arrays", "queue_depths", "datastores", "stores"),
    "esxcfg-rescan": ("multipath", "arrays", "queue_depths", "datastores", "stores"),
    "esxcli iscsi adapter discovery rediscover": ("multipath", "arrays", "queue_depths"),
    "esxcli network firewall load": ("firewall_active",),
    "esxcli network firewall refresh": ("firewall",),
    "services.sh": ("services", "listening"),
    "esxcfg-dumppart": ("dump",),
    "esxcli system coredump partition set": ("dump",),
    "vim-cmd vimsvc/license": ("licence",),
    "esxcli system hostname set": ("dns",),
    "esxcli software vib install": ("packages", "image", "state.reboot_required"),
    "esxcli software vib update": ("packages", "image", "state.reboot_required"),
    "esxcli software profile update": ("packages", "image", "state.reboot_required", "product"),
}
# Commands that make something: the mapping, and the option that names the new member.
CREATES: dict[tuple[str, str], tuple[str, str]] = {
    ("esxcli network vswitch standard add", ""): ("vswitches", "vswitch-name"),
    ("esxcli network vswitch standard portgroup add", ""): ("port_groups", "portgroup-name"),
    ("esxcli network ip interface add", ""): ("vmkernel", "interface-name"),
    ("vim-cmd hostsvc/net/portgroup_add", ""): ("port_groups", "group"),
    ("esxcfg-vswitch", "add"): ("vswitches", "add"),
    ("esxcfg-vswitch", "add-pg"): ("port_groups", "add-pg"),
    ("esxcfg-vmknic", "add"): ("vmkernel", ""),
}
# Commands of which releases know options that no form lists: an unknown one is not told to be wrong.
OPEN_GRAMMAR = (
    "esxcli system syslog config set", "esxcli system syslog config logger set", "esxcli system snmp",
    "esxcli software",
    "esxcli system ntp", "esxcli system coredump", "esxcli storage", "esxcli iscsi", "esxcli vsan", "esxcli nmp",
    "esxcli network ip interface", "esxcli network nic", "esxcli system module", "esxcli system account",
    "esxcli system tls", "esxcli network ip route", "esxcli network ip netstack", "vim-cmd hostsvc/net",
    "vim-cmd hostsvc/autostartmanager", "domainjoin-cli", "esxcfg-", "chkconfig",
)  # fmt: skip
RESTART = ("reboot", "esxcli system shutdown reboot", "esxcli system shutdown poweroff", "poweroff", "halt")
AFTER_RESTART = (
    "services", "state", "pending", "kernel_settings", "tls_profile", "scratch", "listening", "boot", "image",
    "packages",
    "advanced[ScratchConfig.CurrentScratchLocation]", "multipath", "arrays", "queue_depths",
)  # fmt: skip
