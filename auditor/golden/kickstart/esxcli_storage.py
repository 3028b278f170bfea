"""Forms of `esxcli storage ...`, `iscsi`, `vsan`, and of the trees that release 4 has in their place."""

from auditor.golden.kickstart.draft import Draft, NoFact
from auditor.golden.kickstart.forms import Form, Given
from auditor.golden.kickstart.marks import Open
from auditor.golden.kickstart.values import Refused

NO_RULES = "claim rules are no facts of a host: what they do to disks is"
NO_TUNING = "this setting of a disk is not collected"
NO_ISCSI = "of iSCSI, only adapters and their CHAP settings are facts"
_CLAIM, _QUIET = "vendor psp model device transport driver", "satp description type force boot"
_RULE = (
    "s|satp:satp! V|vendor:text M|model:text P|psp:psp O|psp-option:text c|claim-option:text o|option:text"
    " e|description:text t|type:word D|driver:word R|transport:word d|device:text f|force b|boot"
)


def claim(draft: Draft, given: Given) -> None:
    """A claim rule that names a vendor and a path policy: its disks have that policy."""
    vendor, policy = given.get("vendor"), given.get("psp")
    if vendor is None or policy is None:
        raise NoFact(NO_RULES)
    if isinstance(vendor, Open):
        raise Refused("the vendor is open")
    draft.put("arrays[{v}].policies", [policy], {"v": vendor.strip().upper()})
    if "model" in given or "device" in given or "transport" in given or "driver" in given:
        raise NoFact("taken for all disks of the vendor: no fact is narrower")


def mount(draft: Draft, name: object, kind: str) -> None:
    """A datastore of a file server."""
    draft.put("stores[{n}].type", kind, {"n": name})
    draft.add("datastores", name)


def _nfs(draft: Draft, given: Given) -> None:
    mount(draft, given["volume-name"], "NFS")


def _nfs41(draft: Draft, given: Given) -> None:
    mount(draft, given["volume-name"], "NFS41")


def _chap(draft: Draft, given: Given) -> None:
    if isinstance(given["direction"], Open):
        raise Refused("--direction is open")
    draft.put(f"iscsi[{{adapter}}].{given['direction']}", given["level"], given)


FORMS = (
    Form("esxcli storage nmp satp set", "s|satp:satp! P|default-psp:psp! b|boot",
         "-s VMW_SATP_ALUA -P VMW_PSP_RR", why=NO_RULES, since="5.0"),
    Form("esxcli storage nmp satp rule add", _RULE, "-s VMW_SATP_ALUA -V EXARRAY -P VMW_PSP_RR -O iops=1", apply=claim,
         handled=_CLAIM, quiet=_QUIET, since="5.0"),
    Form("esxcli storage nmp satp rule remove", _RULE, "-s VMW_SATP_ALUA -V EXARRAY -P VMW_PSP_RR", why=NO_RULES,
         since="5.0"),
    Form("esxcli storage nmp device set", "d|device:disk! P|psp:psp! E|default",
         "-d naa.6000000000000001 -P VMW_PSP_RR", since="5.0", sets={"multipath[{device}].policy": "psp"}),
    Form("esxcli storage nmp psp roundrobin deviceconfig set",
         "d|device:disk! t|type:word I|iops:int B|bytes:int U|useano:bool c|cfgfile",
         "-d naa.6000000000000001 -t iops -I 1", why=NO_TUNING, since="5.0"),
    Form("esxcli storage core claimrule add",
         "r|rule:int u|autoassign c|claimrule-class:word P|plugin:word! t|type:word! V|vendor:text M|model:text"
         " D|driver:word R|transport:word A|adapter:vmhba C|channel:int T|target:int L|lun:int d|device:text f|force",
         "-r 200 -t vendor -V EXARRAY -P MASK_PATH", why=NO_RULES, since="5.0"),
    Form("esxcli storage core claimrule load", "c|claimrule-class:word", "-c MP", nothing=True, since="5.0"),
    Form("esxcli storage core claimrule run", "c|claimrule-class:word", "-c MP", nothing=True, since="5.0"),
    Form("esxcli storage core claiming reclaim", "d|device:disk!", "-d naa.6000000000000001", nothing=True,
         since="5.0"),
    Form("esxcli storage core claiming unclaim", "t|type:word! d|device:disk V|vendor:text",
         "-t device -d naa.6000000000000001", nothing=True, since="5.0"),
    Form("esxcli storage core adapter rescan", "A|adapter:vmhba a|all t|type:word S|skip-claim F|skip-fs-scan",
         "--all", nothing=True, since="5.0"),
    Form("esxcli storage core device set",
         "d|device:disk! O|sched-num-req-outstanding:int m|max-queue-depth:int q|queue-full-threshold:int"
         " s|queue-full-sample-size:int n|name:text N|no-persist D|default-name f|force o|data-integrity-enabled:int"
         " state:word", "-d naa.6000000000000001 -O 64", since="5.0",
         sets={"multipath[{device}].queue_depth": "max-queue-depth"}),
    Form("esxcli storage nfs add", "H|host:host! s|share:text! v|volume-name:text! r|readonly c|connections:int",
         "-H nfs.example.test -s /export/a -v shared", apply=_nfs, handled="volume-name", since="5.0"),
    Form("esxcli storage nfs41 add", "H|hosts:hosts! s|share:text! v|volume-name:text! r|readonly a|sec:word",
         "-H nfs.example.test -s /export/b -v shared41", apply=_nfs41, handled="volume-name", since="6.0"),
    Form("esxcli storage nfs remove", "v|volume-name:text!", "-v shared", removes=["stores[{volume-name}]"],
         since="5.0"),
    Form("esxcli storage nfs41 remove", "v|volume-name:text!", "-v shared", removes=["stores[{volume-name}]"],
         since="6.0"),
    Form("esxcli iscsi software set", "e|enabled:bool!", "-e true", why=NO_ISCSI, since="5.0"),
    Form("esxcli iscsi networkportal add", "A|adapter:vmhba! n|nic:vmk! f|force", "-A vmhba64 -n vmk2", why=NO_ISCSI,
         since="5.0"),
    Form("esxcli iscsi adapter discovery sendtarget add", "A|adapter:vmhba! a|address:text!",
         "-A vmhba64 -a 10.30.0.5:3260", why=NO_ISCSI, since="5.0"),
    Form("esxcli iscsi adapter discovery rediscover", "A|adapter:vmhba!", "-A vmhba64", nothing=True, since="5.0"),
    Form("esxcli iscsi adapter auth chap set",
         "A|adapter:vmhba! d|direction:direction! l|level:chap! N|authname:text S|secret:text D|default I|inherit",
         "-A vmhba64 -d uni -l required -N initiator -S secret", apply=_chap, handled="adapter direction level",
         quiet="authname secret", since="5.0"),
    Form("esxcli vsan cluster join", "u|cluster-uuid:text! w|wait", "-u 52000000-0000-0000-0000-000000000001",
         why="membership of vSAN is a role that vCenter shows, not the uuid", since="5.5"),
    # release 4
    Form("esxcli nmp satp setdefaultpsp", "satp:satp! psp:psp!", "--satp VMW_SATP_SYMM --psp VMW_PSP_RR", why=NO_RULES,
         until="5.0"),
    Form("esxcli nmp satp addrule", _RULE, "-s VMW_SATP_SYMM -V EXARRAY -P VMW_PSP_RR", apply=claim,
         handled=_CLAIM, quiet=_QUIET, until="5.0"),
    Form("esxcli nmp device setpolicy", "device:disk! psp:psp!", "--device naa.6000000000000001 --psp VMW_PSP_RR",
         sets={"multipath[{device}].policy": "psp"}, until="5.0"),
    Form("esxcli nmp roundrobin setconfig", "device:disk! type:word iops:int bytes:int useANO:bool",
         "--device naa.6000000000000001 --type iops --iops 1", why=NO_TUNING, until="5.0"),
    Form("esxcli corestorage claimrule load", nothing=True, until="5.0"),
    Form("esxcli corestorage claiming unclaim", "t|type:word! device:disk", "--type device", nothing=True,
         until="5.0"),
    Form("esxcli swiscsi nic add", "n|nic:vmk! d|adapter:vmhba!", "-n vmk2 -d vmhba33", why=NO_ISCSI, until="5.0"),
)  # fmt: skip
