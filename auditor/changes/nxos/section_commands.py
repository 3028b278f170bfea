"""Commands of every other mode."""

from auditor.changes.nxos.grammar import Command, Kind
from auditor.changes.nxos.rows import LEANING, LISTS, inert, row

_LINE = (
    row("exec-timeout <0-525600>", Kind.SINGLE, "{in}.exec_timeout_minutes", default=None),
    row("session-limit <1-64>", Kind.SINGLE, "{in}.session_limit", default=None),
    row("access-class <word> {in|out}", Kind.KEYED, "{in}", *LISTS),
    row("ip access-class <word> {in|out}", Kind.KEYED, "{in}", *LISTS),
    row("ipv6 access-class <word> {in|out}", Kind.KEYED, *LISTS),
    *inert("absolute-timeout <text>", "databits <text>", "flowcontrol <text>", "logout-warning <text>", "modem <text>",
           "parity <text>", "speed <text>", "stopbits <text>", "terminal <text>"),
)  # fmt: skip

MODES: dict[str, tuple[Command, ...]] = {
    "line": _LINE,
    "group": (
        row("server {host}", Kind.KEYED, "{in}", "aaa", do="group_server"),
        row("use-vrf <word>", Kind.SINGLE, "{in}"),
        *inert("deadtime <text>", "source-interface <text>"),
    ),
    "vlan": (
        row("name <word>", Kind.SINGLE, "{in}"),
        row("private-vlan <primary|isolated|community>", Kind.SINGLE, "{in}", "private_vlans", needs="private-vlan"),
        row("private-vlan association <text>", Kind.SINGLE),
        row("shutdown", Kind.FLAG),
        row("state <active|suspend>", Kind.SINGLE),
        row("ip igmp snooping", Kind.FLAG, "vlans", "igmp_snooping", on="*"),
        *inert("vn-segment <text>", "mode <text>", "ip igmp <text>"),
    ),
    "vlan-configuration": (
        row("ip igmp snooping", Kind.FLAG, "vlans", "igmp_snooping", on="*"),
        *inert("ip igmp <text>", "ip arp <text>", "service-policy <text>"),
    ),
    "acl": (
        row("permit <text>", Kind.SPECIAL, do="entry"),
        row("deny <text>", Kind.SPECIAL, do="entry"),
        row("remark <text>", Kind.SPECIAL, do="entry"),
        *inert("statistics per-entry", "fragments <text>", "ignore <text>"),
    ),
    "numbered": (
        row("host <text>", Kind.SPECIAL, *LISTS, do="entry"),
        *(row(f"{word} <text>", Kind.SPECIAL, do="entry") for word in ("eq", "gt", "lt", "neq", "range")),
    ),
    "svs-domain": (
        row("domain id <1-4095>", Kind.SINGLE, "svs.domain_id", do="svs_change"),
        row("control vlan <0-4094>", Kind.SINGLE, "svs.control_vlan", *LEANING, do="svs_change"),
        row("packet vlan <0-4094>", Kind.SINGLE, "svs.packet_vlan", *LEANING, do="svs_change"),
        row("svs mode L2", Kind.SPECIAL, "svs", *LEANING, do="svs_mode"),
        row("svs mode L3 interface <mgmt0|control0>", Kind.SPECIAL, "svs", *LEANING, do="svs_mode"),
        *inert("svs veth <text>", "switch-guid <text>", "svs license <text>"),
    ),
    "svs-connection": (
        row("connect", Kind.FLAG, "{in}", do="svs_line"),
        row("protocol <text>", Kind.SINGLE, "{in}", do="svs_line"),
        row("remote ip address <text>", Kind.SPECIAL, "{in}", do="remote"),
        row("remote hostname <text>", Kind.SPECIAL, "{in}", do="remote"),
        row("remote port <1-65535>", Kind.SINGLE, "{in}", do="svs_line"),
        row("vmware dvs <text>", Kind.SINGLE, "{in}", do="svs_line"),
        *inert("max-ports <text>", "admin <text>", "register-plugin <text>", "dvs-name <text>"),
    ),
    "vem": (
        row("host id <word>", Kind.SINGLE, "{in}"),
        row("host vmware id <word>", Kind.SINGLE, "{in}"),
    ),
    "control-plane": (row("service-policy input <word>", Kind.SINGLE, "copp", default=None, do="copp"),),
    "callhome": (
        row("enable", Kind.FLAG, "call_home"),
        *inert("contract-id <text>", "customer-id <text>", "destination-profile <text>", "email-contact <text>",
               "phone-contact <text>", "site-id <text>", "streetaddress <text>", "switch-priority <text>",
               "transport <text>", "periodic-inventory <text>", "duplicate-message <text>", "alert-group <text>"),
    ),
    "monitor": (
        row("shut", Kind.SPECIAL, "{in}", do="shut"),
        row("shutdown", Kind.SPECIAL, "{in}", do="shut"),
        *inert("source <text>", "destination <text>", "description <text>", "erspan-id <text>", "filter <text>",
               "ip <text>", "mtu <text>", "header-type <text>", "vrf <text>"),
    ),
    "exporter": (
        row("destination <word> [use-vrf <word>]", Kind.SINGLE, "{in}"),
        *inert("source <text>", "transport <text>", "version <text>", "dscp <text>", "description <text>"),
    ),
    "key-chain": (row("key {0-65535}", Kind.SECTION, "key_chains", mode="key"),),
    "key": (
        row("key-string <text>", Kind.SINGLE),
        row("cryptographic-algorithm <word>", Kind.SINGLE, "key_chains"),
        row("send-lifetime <text>", Kind.SINGLE, "key_chains"),
        row("accept-lifetime <text>", Kind.SINGLE),
    ),
    "router": (
        row("neighbor {word} remote-as <word>", Kind.SPECIAL, "bgp_neighbors", "routing_sessions", do="neighbor",
            mode="peer"),
        row("neighbor {word}", Kind.SPECIAL, "bgp_neighbors", "routing_sessions", do="neighbor", mode="peer"),
        row("template {peer|peer-session|peer-policy} {word}", Kind.SECTION, "bgp_neighbors", "routing_sessions",
            mode="peer"),
        row("vrf {word}", Kind.SECTION, "bgp_neighbors", "routing_sessions", mode="router"),
        row("address-family {word} {word}", Kind.SECTION, "routing_sessions", mode="family"),
        row("area {word} authentication [message-digest]", Kind.KEYED, "routing_sessions", do="area"),
        row("passive-interface default", Kind.FLAG, "routing_sessions"),
        row("enforce-first-as", Kind.FLAG, "bgp", on="*"),
        row("authentication mode md5", Kind.FLAG, "routing_sessions"),
        row("router-id <word>", Kind.SINGLE),
        *inert("log-adjacency-changes <text>", "log-neighbor-changes", "bestpath <text>", "timers <text>",
               "autonomous-system <text>", "authentication key-chain <text>", "auto-cost <text>", "redistribute <text>",
               "maximum-paths <text>", "network <text>", "default-information <text>", "area <text>"),
    ),
    "peer": (
        row("remote-as <word>", Kind.SINGLE, "bgp_neighbors"),
        row("inherit {peer|peer-session|peer-policy} <text>", Kind.KEYED, "bgp_neighbors", "routing_sessions"),
        row("password <text>", Kind.SINGLE, "routing_sessions"),
        row("disable-connected-check", Kind.FLAG, "bgp_neighbors"),
        row("description <text>", Kind.SINGLE),
        row("update-source <text>", Kind.SINGLE),
        row("address-family {word} {word}", Kind.SECTION, "bgp_neighbors", mode="family"),
        *inert("bfd", "ebgp-multihop <text>", "timers <text>", "shutdown", "local-as <text>", "dynamic-capability",
               "ttl-security <text>", "transport <text>", "log-neighbor-changes"),
    ),
    "family": (
        row("maximum-prefix <1-300000> <text>", Kind.SINGLE, "bgp_neighbors"),
        row("maximum-prefix <1-300000>", Kind.SINGLE, "bgp_neighbors"),
        row("inherit peer-policy <text>", Kind.KEYED, "bgp_neighbors"),
        row("authentication mode md5", Kind.FLAG, "routing_sessions"),
        *inert("network <text>", "prefix-list <text>", "route-map <text>", "next-hop-self", "send-community <text>",
               "send-community", "soft-reconfiguration <text>", "allowas-in <text>", "weight <text>",
               "route-reflector-client", "redistribute <text>", "maximum-paths <text>", "aggregate-address <text>",
               "default-originate <text>", "default-originate", "as-override", "filter-list <text>"),
    ),
    "vrf": (
        row("address-family {word} {word}", Kind.SECTION, mode="plain"),
        *inert("ip route <text>", "ipv6 route <text>", "ip name-server <text>", "ip domain-name <text>",
               "ip domain-list <text>", "description <text>", "rd <text>", "vni <text>", "route-target <text>"),
    ),
    "matching": (
        row("match <text>", Kind.MULTI, *LISTS),
        *inert("set <text>", "action <text>", "description <text>", "continue <text>", "statistics per-entry"),
    ),
}  # fmt: skip
# What stands under these is kept word for word: only whole lines are compared.
WORDS = {
    "plain": (),  # no fact is read from it
    "tree": ("jobs", *LISTS),
}
