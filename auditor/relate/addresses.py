"""MAC addresses that stand twice: two virtual adapters with one address take each other's frames.

Compared are adapters of virtual machines, VMkernel adapters and adapters of KVM domains, of all sources. A Linux
target's own links are not: a Linux host may well be one of these machines. A vCenter gives out its own addresses: what
was not read behind the same source leaves the question open, a whole source that failed does not.
"""

from collections.abc import Iterator

from auditor.relate.draft import Draft, Drafts, some

Adapter = tuple[str, str]  # (MAC in small letters, name of the adapter)


def compare(drafts: Drafts) -> None:
    """Give each host and machine the other owners of its addresses."""
    owners: dict[str, list[tuple[Draft, str]]] = {}
    everyone = list(drafts.of("vm", "esxi", "linux"))
    for draft in everyone:
        for mac, adapter in _adapters(draft):
            owners.setdefault(mac, []).append((draft, adapter))
    for draft in everyone:
        mine = dict.fromkeys(mac for mac, _ in _adapters(draft))
        if draft.target.platform == "linux" and draft.fact("kvm") is None and not draft.gap_at("kvm"):
            continue
        draft.put("macs", {}, f"adapters of {len(everyone)} hosts and machines of this run")
        if reason := draft.gap_at(".".join(_ADAPTERS[draft.target.platform])):
            draft.gap("macs", reason)
            continue
        unread = [target.name for target in drafts.unread("vm", "esxi", "vcenter", source=draft.target.source)]
        for mac in mine:
            others = _others(draft, owners[mac])
            if unread and not others:
                draft.gap(f"macs[{mac}]", f"not read: {some(unread)}")
            else:
                draft.facts["macs"][mac] = {"others": others}


_ADAPTERS = {"vm": ("nics",), "esxi": ("vmkernel",), "linux": ("kvm", "nics")}
_IDENTITY = {"vm": ("instance_uuid",), "esxi": ("hardware", "uuid")}


def _others(draft: Draft, owners: list[tuple[Draft, str]]) -> list[str]:
    """Other adapters with the address; the same machine seen through another source is no other."""
    own = [adapter for owner, adapter in owners if owner is draft]
    found = {
        f"{owner.target.name} {adapter}" for owner, adapter in owners if owner is not draft and not _same(owner, draft)
    }
    return sorted(found | {f"{draft.target.name} {adapter}" for adapter in own[1:]})


def _same(one: Draft, other: Draft) -> bool:
    path = _IDENTITY.get(one.target.platform)
    if not path or one.target.platform != other.target.platform or one.target.source == other.target.source:
        return False
    identity = one.fact(*path)
    return identity is not None and identity == other.fact(*path)


def _adapters(draft: Draft) -> Iterator[Adapter]:
    for name, adapter in (draft.fact(*_ADAPTERS[draft.target.platform]) or {}).items():
        if mac := adapter.get("mac"):
            yield str(mac).lower(), name
