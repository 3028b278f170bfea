"""Forms of `esxcli system ...`, `software ...` and `hardware ...`."""

import re

from auditor.golden.kickstart.draft import PRESENT, Draft, NoFact
from auditor.golden.kickstart.forms import Always, Form, Given
from auditor.golden.kickstart.marks import Open, marked
from auditor.golden.kickstart.values import Refused

_SYSLOG, _LOGGER = "advanced[Syslog.global.{}]", "advanced[Syslog.loggers.{{id}}.{}]"
NO_MODULES = "modules and their parameters are no facts of a host"
NO_DUMP = "dumps over the network and into files are no facts of a host"
_SECRET_KEY = re.compile(r"(?i)(community|communities|passw(or)?d|passphrase|secret|(private|auth|priv)key|token)$")
_QUIET = "depot force maintenance-mode no-sig-check no-live-install dry-run proxy allow-downgrades ok-to-remove"
# Parameters of drivers that set the queue depth of their disks.
DEPTHS = frozenset(
    {
        "lpfc_lun_queue_depth", "lpfc0_lun_queue_depth", "lpfc820_lun_queue_depth", "ql2xmaxqdepth", "qlfxmaxqdepth",
        "fnic_max_qdepth", "bfa_lun_queue_depth", "iscsivmk_LunQDepth",
    }
)  # fmt: skip


def option_key(written: str) -> str:
    """`/Net/TcpipHeapMax` and `Net.TcpipHeapMax` are one option."""
    return written.strip("/").replace("/", ".")


def set_option(draft: Draft, key: object, value: object) -> None:
    """The value of an advanced option. Raises Refused."""
    if isinstance(key, Open):
        raise Refused("the name of the option is open")
    if _SECRET_KEY.search(str(key)):
        raise NoFact("a secret stays out of a profile")
    draft.put(f"advanced[{option_key(str(key))}]", value)


def set_queue_depth(draft: Draft, parameters: object) -> None:
    """Of the parameters of a module, the queue depth; nothing else of it is a fact."""
    if isinstance(parameters, Open):
        raise NoFact(NO_MODULES)
    pairs = [one.partition("=") for one in str(parameters).split()]
    depths = [value for name, _, value in pairs if name in DEPTHS and value.isascii() and value.isdigit()]
    for depth in depths:
        draft.add("queue_depths", int(depth[:9]))
    if len(depths) < len(pairs) or not pairs:
        raise NoFact(NO_MODULES)


def kernel_value(word: object) -> object:
    """A boot option of the VMkernel as its advanced option shows it."""
    if isinstance(word, Open):
        return word
    text = str(word)
    if text.upper() in ("TRUE", "FALSE"):
        return text.upper() == "TRUE"
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else text


def _hostname(draft: Draft, given: Given) -> None:
    if "fqdn" in given and ("host" in given or "domain" in given):
        raise Refused("--fqdn beside --host or --domain")
    if not given:
        raise Refused("it sets nothing")
    set_name(draft, given.get("fqdn", given.get("host")))
    if "domain" in given:
        draft.put("dns.domain", given["domain"])


def set_name(draft: Draft, name: object) -> None:
    """The name of the host, with the domain behind its first dot."""
    if isinstance(name, str):
        host, _, domain = name.partition(".")
        draft.put("dns.hostname", host)
        if domain:
            draft.put("dns.domain", domain)
    elif isinstance(name, Open):
        host, _, domain = name.text.partition(".")
        draft.put("dns.hostname", Open(host) if marked(host) else host)
        if domain:
            draft.put("dns.domain", Open(domain) if marked(domain) else domain)
        elif name.name:
            raise NoFact(f"if ${name.name} holds a domain too, take it out of the value for dns.hostname")


def _advanced(draft: Draft, given: Given) -> None:
    chosen = [one for one in ("int-value", "string-value", "default") if one in given]
    if len(chosen) != 1:
        raise Refused("not one of --int-value, --string-value, --default")
    if chosen[0] == "default":
        draft.forget(f"advanced[{option_key(str(given['option']))}]")
        raise NoFact("the default of the host")
    set_option(draft, given["option"], given[chosen[0]])


def _ntp(draft: Draft, given: Given) -> None:
    if not given:
        raise Refused("it sets nothing")
    if "server" in given:
        draft.put("time.ntp_servers", [one for many in given["server"] for one in _listed(many)])
    if "enabled" in given:
        service(draft, "ntpd", given["enabled"])


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else [value]


def service(draft: Draft, key: str, on: object) -> None:
    """A service that runs now and after each start, or never."""
    if isinstance(on, Open):
        raise Refused("whether it is on is open")
    draft.put(f"services[{key}].policy", "on" if on else "off")
    draft.put(f"services[{key}].running", on)


def _snmp(draft: Draft, given: Given) -> None:
    if not given:
        raise Refused("it sets nothing")
    for key, path in (("enable", "snmp.enabled"), ("port", "snmp.port")):
        if key in given:
            draft.put(path, given[key])
    if "targets" in given and isinstance(given["targets"], str):
        draft.put("snmp.trap_targets", sorted(_trap(one) for one in given["targets"].split(",")))
    left = sorted(set(given) - {"enable", "port", "targets"})
    if left:
        raise NoFact(f"secrets stay out of a profile, and no fact shows other parts of SNMP: {', '.join(left)}")


def _trap(target: str) -> str:
    """`HOST@PORT/COMMUNITY` without its secret."""
    host, _, rest = target.partition("@")
    port = rest.partition("/")[0] or "162"
    if "/" in host or not port.isdigit():
        raise Refused("--targets: not HOST@PORT/COMMUNITY")
    return f"{host}:{port}"


def _module(draft: Draft, given: Given) -> None:
    set_queue_depth(draft, given["parameter-string"])


def _kernel(draft: Draft, given: Given) -> None:
    if isinstance(given["setting"], Open):
        raise Refused("the name of the setting is open")
    draft.put("advanced[VMkernel.Boot.{setting}]", kernel_value(given["value"]), given)


def _sshd(draft: Draft, given: Given) -> None:
    if isinstance(given["keyword"], Open):
        raise Refused("the keyword is open")
    draft.put(f"sshd[{given['keyword'].lower()}]", given["value"])


def _permission(draft: Draft, given: Given) -> None:
    draft.put("access[{id}].mode", given["role"], given)
    draft.put("access[{id}].group", given.get("group", False), given)


def _packages(draft: Draft, given: Given) -> None:
    if not given or given.get("dry-run"):
        raise Refused("it installs nothing")
    for name in given.get("vibname", ()):
        draft.put("packages[{n}]", PRESENT, {"n": name})
    if "viburl" in given or "vibname" not in given:
        raise NoFact("the names of the packages are not in the line")


def _power(draft: Draft, given: Given) -> None:
    policies = {1: "static", 2: "dynamic", 3: "low", 4: "custom"}
    if given["policy"] not in policies:
        raise Refused("--policy: not a number from 1 to 4")
    draft.put("power_policy", policies[given["policy"]])


FORMS = (
    Form("esxcli system hostname set", "f|fqdn:host H|host:host d|domain:host", "--host=esx-01 --domain=example.test",
         apply=_hostname, since="5.0"),
    Form("esxcli system settings advanced set", "o|option:option! i|int-value:int s|string-value:anything d|default",
         "-o /Net/BlockGuestBPDU -i 1", apply=_advanced, since="5.0"),
    Form("esxcli system settings kernel set", "s|setting:word! v|value:text!", "-s execInstalledOnly -v TRUE",
         apply=_kernel, since="5.0"),
    Form("esxcli system settings encryption set",
         "m|mode:protection s|require-secure-boot:bool e|require-exec-installed-only:bool", "-m TPM -s true -e true",
         since="7.0.2",
         sets={"boot.encryption_mode": "mode", "boot.require_secure_boot": "require-secure-boot",
               "boot.require_exec_installed_only": "require-exec-installed-only"}),
    Form("esxcli system module parameters set", "m|module:word! p|parameter-string:anything! a|append f|force",
         "-m lpfc -p lpfc_lun_queue_depth=64", apply=_module, since="5.0"),
    Form("esxcli system module set", "m|module:word! e|enabled:bool! f|force", "-m usbcore -e false", why=NO_MODULES,
         since="5.0"),
    Form("esxcli system syslog config set",
         "loghost:anything logdir:text logdir-unique:bool default-rotate:int default-size:int default-timeout:int"
         " check-ssl-certs:bool queue-drop-mark:int", "--loghost=ssl://syslog.example.test:1514 --default-rotate=20",
         since="5.0",
         sets={_SYSLOG.format("logHost"): "loghost", _SYSLOG.format("logDir"): "logdir",
               _SYSLOG.format("logDirUnique"): "logdir-unique", _SYSLOG.format("defaultRotate"): "default-rotate",
               _SYSLOG.format("defaultSize"): "default-size",
               _SYSLOG.format("certificate.checkSSLCerts"): "check-ssl-certs"}),
    Form("esxcli system syslog config logger set", "id:word! rotate:int size:int", "--id=hostd --rotate=20 --size=2048",
         since="5.0", sets={_LOGGER.format("rotate"): "rotate", _LOGGER.format("size"): "size"}),
    Form("esxcli system syslog reload", nothing=True, since="5.0"),
    Form("esxcli system syslog mark", "s|message:text!", "-s begin", nothing=True, since="5.0"),
    Form("esxcli system ntp set", "s|server:hosts* e|enabled:bool", "-s ntp1.example.test -s ntp2.example.test -e true",
         apply=_ntp, since="7.0"),
    Form("esxcli system coredump partition set", "e|enable:bool s|smart p|partition:text u|unconfigure",
         "--enable=true --smart", since="5.0", sets={"dump.configured": "enable"}, quiet="smart"),
    Form("esxcli system coredump network set", "e|enable:bool v|interface-name:vmk i|server-ipv4:ip j|server-ip:ip"
         " o|server-port:int", "-e true", why=NO_DUMP, since="5.0"),
    Form("esxcli system coredump file set", "e|enable:bool s|smart p|path:text u|unconfigure", "-e true -s",
         why=NO_DUMP, since="5.5"),
    Form("esxcli system coredump file add", "e|enable:bool d|datastore:text f|file:text s|size:int a|auto", "-d store1",
         why=NO_DUMP, since="5.5"),
    Form("esxcli system welcomemsg set", "m|message:anything!", "-m Welcome",
         sets={"advanced[Annotations.WelcomeMessage]": "message"}, since="5.0"),
    Form("esxcli system snmp set",
         "e|enable:bool p|port:int c|communities:text t|targets:text a|authentication:word x|privacy:word u|users:text"
         " C|syscontact:text L|syslocation:text v|v3targets:text l|loglevel:word E|engineid:word r|reset:bool"
         " i|notraps:text R|remote-users:text y|hwsrc:word s|largestorage:bool", "-e true -p 161", apply=_snmp,
         since="5.1"),
    Form("esxcli system account add", "i|id:text! p|password:text! c|password-confirmation:text! d|description:text"
         " s|shell-access:bool", "-i esx-operator -p secret -c secret -d Operator", since="6.0",
         sets={"accounts[{id}]": Always(PRESENT), "accounts[{id}].description": "description",
               "accounts[{id}].shell_access": "shell-access"},
         quiet="password password-confirmation"),
    Form("esxcli system account remove", "i|id:text!", "-i visitor", removes=["accounts[{id}]"], since="6.0"),
    Form("esxcli system account set", "i|id:text! p|password:text c|password-confirmation:text d|description:text"
         " s|shell-access:bool", "-i root -d Administrator", since="6.0",
         quiet="password password-confirmation",
         sets={"accounts[{id}].description": "description", "accounts[{id}].shell_access": "shell-access"}),
    Form("esxcli system permission set", "i|id:text! r|role:role! g|group:bool", "-i esx-operator -r Admin",
         apply=_permission, since="6.0"),
    Form("esxcli system permission unset", "i|id:text! g|group:bool", "-i visitor", removes=["access[{id}]"],
         since="6.0"),
    Form("esxcli system security fips140 ssh set", "e|enable:bool!", "-e true", sets={"fips[ssh]": "enable"},
         since="6.7"),
    Form("esxcli system security fips140 rhttpproxy set", "e|enable:bool!", "-e true",
         sets={"fips[rhttpproxy]": "enable"}, since="6.7", until="8.0"),
    Form("esxcli system ssh server config set", "k|keyword:word! v|value:text!", "-k permitrootlogin -v no",
         apply=_sshd, since="8.0"),
    Form("esxcli system tls server set", "p|profile:word!", "-p NIST_2024", sets={"tls_profile_configured": "profile"},
         since="8.0.3"),
    Form("esxcli system maintenanceMode set", "e|enable:bool! t|timeout:int m|vsanmode:word", "-e true", nothing=True,
         since="5.0"),
    Form("esxcli system shutdown reboot", "r|reason:text! d|delay:int", "-r installed", nothing=True, since="5.0"),
    Form("esxcli software acceptance set", "l|level:level!", "--level=PartnerSupported",
         sets={"acceptance_level": "level"}, since="5.0"),
    Form("esxcli software vib install", "v|viburl:text* d|depot:text* n|vibname:word* f|force maintenance-mode"
         " no-sig-check no-live-install dry-run proxy:text", "-d /tmp/depot.zip -n site-agent", since="5.0",
         apply=_packages, handled="viburl vibname", quiet=_QUIET),
    Form("esxcli software vib update", "v|viburl:text* d|depot:text* n|vibname:word* f|force maintenance-mode"
         " no-sig-check no-live-install dry-run proxy:text", "-d /tmp/depot.zip -n site-agent", since="5.0",
         apply=_packages, handled="viburl vibname", quiet=_QUIET),
    Form("esxcli software vib remove", "n|vibname:word! f|force maintenance-mode no-live-install dry-run",
         "-n old-agent", removes=["packages[{vibname}]"], since="5.0"),
    Form("esxcli software profile update", "d|depot:text* p|profile:word! f|force allow-downgrades ok-to-remove"
         " no-sig-check no-live-install proxy:text", "-d /tmp/depot.zip -p ESXi-8.0U3-standard", since="5.0",
         sets={"image.profile": "profile"}, quiet=_QUIET),
    Form("esxcli hardware power policy set", "p|policy:int!", "-p 1", since="5.5", apply=_power),
)  # fmt: skip
