"""`show ip dhcp snooping` after the change: where snooping works."""

from auditor.changes.nxos.handle_vlans import defined, listed_now
from auditor.changes.nxos.state import State
from auditor.collectors.nexus1000v.show import read_snooped
from auditor.collectors.nexus1000v.vlans import format_vlans, parse_vlans

COMMAND = "show ip dhcp snooping"
_LIST = "ip dhcp snooping vlan"


def operational(state: State) -> None:
    """Edit the answer. Where configured VLANs that do not exist are counted differs, so that is a gap."""
    before = state.texts.get(COMMAND)
    if before is None or (not state.unsaved and not state.saved_at):
        return
    if not any(word in line for line in (*state.added, *state.removed) for word in ("dhcp", "vlan")) and (
        len(state.added) < 1000 and len(state.removed) < 1000
    ):
        return
    was = read_snooped(before)
    works = state.running.text("ip dhcp snooping") == "ip dhcp snooping" and state.on("dhcp") is not False
    listed = listed_now(state.top, _LIST)
    there = listed & defined(state)
    if not works:
        state.edit_text(COMMAND, "Switch DHCP snooping is disabled\n")
        return
    missing = listed - defined(state)
    if (
        was is not None
        and parse_vlans(format_vlans(was)) & listed == there
        and missing == listed - there
        and (set(was) == set(there))
    ):
        return
    text = (
        "Switch DHCP snooping is enabled\nDHCP snooping is configured on the following VLANs:\n"
        f"{format_vlans(listed)}\nDHCP snooping is operational on the following VLANs:\n{format_vlans(there)}\n"
    )
    state.edit_text(COMMAND, text)
    state.because("dhcp_snooping.operational_vlans", "dhcp_snooping.protected_vlans")
    if missing:
        state.cannot_tell(
            f"VLANs {format_vlans(missing)[:80]} are listed and not there: whether snooping counts as working on them "
            "is not known",
            "dhcp_snooping.operational_vlans", "dhcp_snooping.protected_vlans", "dhcp_snooping.unprotected_vlans",
            "arp_inspection.vlans_without_snooping", *(f"vlans[{vlan}].dhcp_snooping" for vlan in sorted(missing)[:50]),
        )  # fmt: skip
