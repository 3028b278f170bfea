"""A vCenter: its settings, permissions and clusters; and the cluster of a host, which shows the same."""

from collections.abc import Mapping
from typing import Any, ClassVar

from auditor.changes.vsphere.options import typed
from auditor.changes.vsphere.plan import UNREAD, Plan, Refusal
from auditor.changes.vsphere.target import Keys, Remove, Set, Target, boolean, choice, inner, members, seen
from auditor.collectors.vsphere.redact_vm import redact_extra_config
from auditor.evidence.redaction import parse_token

ADMINISTRATOR = -1  # id of the built-in Administrator role
MAX_PERMISSIONS = 10_000
MAX_KEYS = 5_000


class VCenter(Target):
    """One vCenter."""

    SETS: ClassVar[Mapping[str, Set]]
    REMOVES: ClassVar[Mapping[str, Remove]]

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.words = False


class Machine(Target):
    """A virtual machine, of which its extra configuration is set; any other change of it is unknown."""

    SETS: ClassVar[Mapping[str, Set]]


def _setting(target: VCenter, keys: Keys, value: Any) -> None:
    settings = target.body.get("settings")
    known = {str(key).casefold(): key for key in settings} if isinstance(settings, dict) else {}
    key = known.get(keys[0].casefold())
    if key is None or not isinstance(settings, dict):
        target.plan.vague(f"settings[{keys[0]}]", "the vCenter did not show this setting: it may refuse, or make it")
        return
    settings[key] = typed(key, settings[key], value, words=target.words)
    target.plan.changed(f"settings[{key}]")


def _cluster(target: VCenter, keys: Keys) -> dict[str, Any]:
    for item in members(target.body.get("clusters")):
        if seen(item.get("props")).get("name") == keys[0]:
            return inner(item, "props", "configurationEx")
    raise Refusal(f"the vCenter has no cluster {keys[0][:60]!r}")


FIELDS: Mapping[str, tuple[str, str]] = {
    "ha": ("dasConfig", "enabled"),
    "ha_admission_control": ("dasConfig", "admissionControlEnabled"),
    "drs": ("drsConfig", "enabled"),
    "drs_behavior": ("drsConfig", "defaultVmBehavior"),
}


def set_cluster(configuration: dict[str, Any], fact: str, value: Any) -> None:
    """Sets a fact of a cluster in its configuration. Raises Refusal."""
    if fact == "ha_host_monitoring":
        inner(configuration, "dasConfig")["hostMonitoring"] = "enabled" if boolean(value, fact) else "disabled"
    elif fact == "drs_behavior":
        kinds = ("manual", "partiallyAutomated", "fullyAutomated")
        inner(configuration, "drsConfig")["defaultVmBehavior"] = choice(value, fact, *kinds)
    else:
        part, key = FIELDS[fact]
        inner(configuration, part)[key] = boolean(value, fact)


def _of_cluster(fact: str) -> Set:
    def act(target: VCenter, keys: Keys, value: Any) -> None:
        set_cluster(_cluster(target, keys), fact, value)
        target.plan.changed(f"clusters[{keys[0]}].{fact}")

    return act


def grant(target: VCenter, principal: str, role: int, group: bool) -> None:
    """A permission of a principal at the root."""
    found = target.body.get("permissions")
    if not isinstance(found, list):
        target.plan.vague("authorization.admins", "permissions could not be read before the change either")
        return
    if len(found) >= MAX_PERMISSIONS:
        raise Refusal(f"more than {MAX_PERMISSIONS} permissions")
    found.append({"principal": principal, "group": group, "role": role, "propagate": True})
    target.plan.changed("authorization.admins")


def _extra(target: Machine, keys: Keys, value: Any) -> None:
    found, path = target.props.get("config.extraConfig"), f"extra_config[{keys[0]}]"
    if not isinstance(found, dict):
        target.plan.vague(path, UNREAD)
        return
    if len(found) >= MAX_KEYS:
        raise Refusal(f"more than {MAX_KEYS} settings of a machine")
    key = next((one for one in found if str(one).casefold() == keys[0].casefold()), keys[0])
    text = str(value).upper() if isinstance(value, bool) else str(value)
    if text:
        found[key] = text if parse_token(text) else redact_extra_config({key: text})[key]
    else:
        found.pop(key, None)  # an empty value takes a setting away
    target.plan.changed(f"extra_config[{key}]")
    if target.props.get("runtime.powerState") == "poweredOn":
        target.plan.note(f"{key}: the machine runs with the old value until it is switched off and on")


Machine.SETS = {"extra_config[*]": _extra}
VCenter.SETS = {
    "settings[*]": _setting,
    **{f"clusters[*].{fact}": _of_cluster(fact) for fact in (*FIELDS, "ha_host_monitoring")},
}
VCenter.REMOVES = {}
