"""Forms of the installer's own commands, in front of all scripts."""

from ipaddress import ip_address

from auditor.golden.kickstart.draft import PRESENT, Draft, NoFact
from auditor.golden.kickstart.esxcli_system import set_name
from auditor.golden.kickstart.forms import Form, Given
from auditor.golden.kickstart.values import Refused

MANAGEMENT, MACHINES = "Management Network", "VM Network"
CONSOLE = "a setting of the service console of ESX 4"
_DISK = (
    "disk:text firstdisk:text? overwritevmfs preservevmfs novmfsondisk ignoressd ignoreprereqwarnings"
    " ignoreprereqerrors systemMediaSize:word forceunsupportedinstall"
)


def _network(draft: Draft, given: Given) -> None:
    dhcp, static = given["bootproto"] is True, given["bootproto"] is False
    if static and not ("ip" in given and "netmask" in given):
        raise Refused("a static address needs --ip and --netmask")
    if dhcp and ("ip" in given or "netmask" in given):
        raise Refused("an address beside dhcp")
    draft.put("vmkernel[vmk0].dhcp", given["bootproto"])
    draft.put("vmkernel[vmk0].port_group", MANAGEMENT)
    draft.add("vmkernel[vmk0].services", "management")
    draft.put(f"port_groups[{MANAGEMENT}].vswitch", "vSwitch0")
    for key, path in (
        ("ip", "vmkernel[vmk0].ip"),
        ("netmask", "vmkernel[vmk0].mask"),
        ("nameserver", "dns.servers"),
        ("vlanid", f"port_groups[{MANAGEMENT}].vlan"),
    ):
        if key in given:
            draft.put(path, given[key])
    if dhcp and "nameserver" not in given:
        draft.put("dns.dhcp", value=True)
    _groups(draft, given.get("addvmportgroup"))
    _adapter(draft, given.get("device"))
    if "hostname" in given and not _address(given["hostname"]):
        set_name(draft, given["hostname"])


def _groups(draft: Draft, wanted: object) -> None:
    if wanted is False:
        draft.remove(f"port_groups[{MACHINES}]")
    elif wanted is not None:
        draft.put(f"port_groups[{MACHINES}].vswitch", "vSwitch0")


def _adapter(draft: Draft, device: object) -> None:
    """The first switch begins with the adapter that the installer was told."""
    draft.put("vswitches[vSwitch0]", PRESENT)
    if isinstance(device, str) and device.startswith("vmnic"):
        draft.begun.add("vSwitch0")
        draft.put("vswitches[vSwitch0].pnics", [device])


def _address(name: object) -> bool:
    try:
        return bool(ip_address(str(name)))
    except ValueError:
        return False


def _part(draft: Draft, given: Given) -> None:
    if ("ondisk" in given) == ("onfirstdisk" in given):
        raise Refused("not one of --ondisk, --onfirstdisk")
    draft.add("datastores", given["name"])


def _password(draft: Draft, given: Given) -> None:
    if isinstance(given["password"], str) and given.get("iscrypted") and not given["password"].startswith("$"):
        raise Refused("--iscrypted without a hash")
    weak = isinstance(given["password"], str) and given["password"].startswith("$1$")
    raise NoFact("a password is set; it stays out of the profile" + (". It is hashed with MD5" if weak else ""))


_NETWORK = (
    "bootproto:addressing! device:text ip:ip netmask:mask gateway:ip nameserver:ips hostname:host vlanid:vlan"
    " addvmportgroup:bool"
)
FORMS = (
    Form("network", _NETWORK,
         "--bootproto=static --device=vmnic0 --ip=10.10.0.11 --netmask=255.255.255.0 --gateway=10.10.0.1"
         " --nameserver=10.0.0.53 --hostname=esx-01.example.test --vlanid=110 --addvmportgroup=0", apply=_network,
         handled="bootproto device ip netmask nameserver hostname vlanid addvmportgroup"),
    Form("rootpw", "iscrypted <password>:text!", "secret", apply=_password),
    Form("part", "<name>:text! ondisk:text onfirstdisk:text?", "--onfirstdisk datastore1", apply=_part),
    Form("partition", "<name>:text! ondisk:text onfirstdisk:text?", "--onfirstdisk datastore1", apply=_part),
    Form("serialnum", "esx:text!", "--esx=KEY", why="the key of a licence stays out of a profile"),
    Form("vmserialnum", "esx:text!", "--esx=KEY", why="the key of a licence stays out of a profile"),
    Form("keyboard", "<layout>:text!", "German", why="the keyboard is no fact of a host"),
    Form("accepteula", nothing=True),
    Form("vmaccepteula", nothing=True),
    Form("paranoid", nothing=True),
    Form("dryrun", nothing=True),
    Form("reboot", "noeject", "--noeject", nothing=True),
    Form("install", f"{_DISK} <source>:source <address>:text", "--firstdisk --overwritevmfs", nothing=True),
    Form("upgrade", _DISK, "--firstdisk", nothing=True),
    Form("installorupgrade", _DISK, "--firstdisk --overwritevmfs", nothing=True),
    Form("clearpart", "alldrives drives:text firstdisk:text? ignoredrives:text overwritevmfs initlabel",
         "--alldrives --overwritevmfs", nothing=True),
    Form("esxlocation", "disk:text firstdisk:text? uuid:text", "--firstdisk", nothing=True, until="5.0"),
    Form("autopart", "disk:text firstdisk:text? drive:text onvmfs vmdk:text vmfs:text extraspace:text overwritevmfs",
         "--firstdisk",
         nothing=True, until="5.0"),
    Form("bootloader", "append:text driveorder:text location:text md5pass:text password:text upgrade",
         "--location=mbr", nothing=True, until="5.0"),
    Form("auth", "<words>:anything*", until="5.0", why=CONSOLE),
    Form("authconfig", "<words>:anything*", until="5.0", why=CONSOLE),
    Form("timezone", "utc <zone>:text!", "--utc Europe/Berlin", why=CONSOLE, until="5.0"),
    Form("firewall", "enabled disabled allowIncoming allowOutgoing blockIncoming blockOutgoing", "--enabled",
         why=CONSOLE, until="5.0"),
    Form("firewallport", "open:text close:text port:int proto:word dir:word name:text enableService:word",
         "--open=22 --port=22 --proto=tcp --dir=in", why=CONSOLE, until="5.0"),
    Form("virtualdisk", "<name>:text! size:int onvmfs:text path:text ondisk:text", "--size=8192 console", why=CONSOLE,
         until="5.0"),
)  # fmt: skip
