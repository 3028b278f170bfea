"""Forms of what starts services, joins a domain, or changes nothing that lasts."""

from auditor.golden.kickstart.draft import Draft
from auditor.golden.kickstart.forms import Form, Given
from auditor.golden.kickstart.marks import Open
from auditor.golden.kickstart.values import Refused

# Names of start scripts, and the services that the API shows for them.
SERVICES = {
    "SSH": "TSM-SSH", "ESXShell": "TSM", "TSM": "TSM", "TSM-SSH": "TSM-SSH", "DCUI": "DCUI", "lbtd": "lbtd",
    "lwsmd": "lwsmd", "lwiod": "lwiod", "lsassd": "lsassd", "netlogond": "netlogond", "ntpd": "ntpd", "ptpd": "ptpd",
    "pcscd": "pcscd", "sfcbd": "sfcbd-watchdog", "sfcbd-watchdog": "sfcbd-watchdog", "slpd": "slpd", "snmpd": "snmpd",
    "vmsyslogd": "vmsyslogd", "vpxa": "vpxa", "vprobed": "vprobed", "xorg": "xorg",
}  # fmt: skip
NO_SERVICE = "no service that hosts show has this name"


def _key(name: object) -> str:
    if not isinstance(name, str) or name not in SERVICES:
        raise Refused(NO_SERVICE)
    return SERVICES[name]


def _policy(draft: Draft, given: Given) -> None:
    if isinstance(given["state"], Open):
        raise Refused("whether it is on is open")
    draft.put(f"services[{_key(given['service'])}].policy", "on" if given["state"] else "off")


def _run(draft: Draft, given: Given) -> None:
    verb = given["verb"]
    if verb not in ("start", "stop", "restart"):
        raise Refused("none of start, stop, restart")
    draft.put(f"services[{_key(given['service'])}].running", verb != "stop")


def _join(draft: Draft, given: Given) -> None:
    domain = given["domain"]
    draft.put("ad.joined", value=True)
    draft.put("ad.domain", domain if isinstance(domain, Open) else domain.upper())  # as hosts show it


FORMS = (
    Form("chkconfig", "<service>:word! <state>:bool!", "ntpd on", apply=_policy),
    Form("/etc/init.d/", "<service>:word! <verb>:word!", "ntpd start", apply=_run),
    Form("service", "<service>:word! <verb>:word!", "ntpd start", apply=_run, until="5.0"),
    Form("domainjoin-cli join", "<domain>:host! <user>:text! <password>:text", "example.test joiner secret",
         apply=_join),
    Form("services.sh", "<verb>:word!", "restart", nothing=True),
    Form("hostname", "<name>:host!", "esx-01", why="it lasts until the next start"),
)  # fmt: skip
# Commands that leave no setting behind, with whatever words.
IDLE = frozenset(
    {
        *("sleep", "reboot", "logger", "sync", "true", ":", "date", "cd", "ls", "mkdir", "pwd", "ps", "grep", "egrep"),
        *("awk", "cut", "head", "tail", "sort", "uniq", "wc", "tr", "uname", "vmware", "vmkping", "ping", "nslookup"),
        *("auto-backup.sh", "backup.sh", "esxcfg-info", "esxcfg-scsidevs", "touch", "basename", "dirname"),
        *("set", "umask", "test", "[", "[[", "which", "vdf", "df", "lspci", "nc"),
    }
)
