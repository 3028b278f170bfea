"""Whether a stranger's mail to other domains is refused: the restriction lists of smtpd, read as smtpd does.

postconf(5) and SMTPD_ACCESS_README: each list is walked in order; a permit ends that list only, a reject ends all. So
one list that refuses is enough, and only what stands before the refusing word in it can let a stranger past.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass

LISTS = (
    "smtpd_client_restrictions", "smtpd_helo_restrictions", "smtpd_sender_restrictions", "smtpd_relay_restrictions",
    "smtpd_recipient_restrictions", "smtpd_data_restrictions",
)  # fmt: skip
_GUARDS = {"reject", "defer", "reject_unauth_destination", "defer_unauth_destination"}
_OLD = {
    "reject_unknown_client": "reject_unknown_client_hostname",
    "reject_unknown_hostname": "reject_unknown_helo_hostname",
    "reject_invalid_hostname": "reject_invalid_helo_hostname",
    "reject_non_fqdn_hostname": "reject_non_fqdn_helo_hostname",
    "reject_rhsbl_client": "reject_rhsbl_client",
    "reject_maps_rbl": "reject_rbl_client",
}
# Permits that a stranger does not get: his own network or login is known, or the destination is ours.
_SAFE = {
    "permit_auth_destination", "permit_sasl_authenticated", "permit_inet_interfaces", "permit_tls_clientcerts",
    "permit_mynetworks",
}  # fmt: skip
_SPOOFABLE = {"check_sender_access", "check_helo_access", "check_sender_mx_access", "check_sender_ns_access",
              "check_sender_a_access", "check_helo_a_access", "check_helo_mx_access", "check_helo_ns_access",
              "check_reverse_client_hostname_access", "permit_mx_backup", "permit_tls_all_clientcerts"}  # fmt: skip
_LOOKUPS = re.compile(r"^(?:check_\w+|permit_dnswl_client|permit_rhswl_client|permit_mx_backup)$")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`state`: closed | open | depends; `why` names the word; `spoofable` lists such permits before the guard."""

    state: str
    why: str
    spoofable: tuple[str, ...] = ()


def split(text: str) -> list[str]:
    """Words of a list; a part in braces (an inline table, a policy with settings) is one word."""
    return re.findall(r"\{[^{}]*\}|[^\s,{}]+", text)[:500]


def words_of(values: Mapping[str, str]) -> list[str]:
    """Restriction words of all lists in order, old names made new; those that only warn are left out."""
    found: list[str] = []
    for name in LISTS:
        warn = False
        for word in split(values.get(name, "")):
            if word == "warn_if_reject":
                warn = True
                continue
            if re.match(r"^(?:reject|permit|defer|check|sleep)", word) and not warn:
                found.append(_OLD.get(word, word))
            warn = False
    return found


def relay(values: Mapping[str, str], everyone_is_mine: bool) -> Verdict:
    """What becomes of a stranger's mail to a domain that is not ours; `values` are the lists and their classes."""
    verdicts = [_walk(split(values.get(name, "")), values, everyone_is_mine, name) for name in LISTS[:5]]
    spoofable = tuple(dict.fromkeys(word for one in verdicts if one.state != "none" for word in one.spoofable))
    closed = [one for one in verdicts if one.state == "closed"]
    if closed:
        best = min(closed, key=lambda one: len(one.spoofable))
        return Verdict("closed", best.why, best.spoofable)
    maybe = next((one for one in verdicts if one.state == "depends"), None)
    if maybe:
        return Verdict("depends", maybe.why, spoofable)
    wide = next((one for one in verdicts if one.state == "open"), None)
    return Verdict("open", wide.why if wide else "no list refuses it", spoofable)


def _walk(words: list[str], values: Mapping[str, str], everyone: bool, name: str, depth: int = 0) -> Verdict:
    doubt, warn = "", False
    spoofable: list[str] = []
    for n, written in enumerate(words):
        word = _OLD.get(written, written)
        if word == "warn_if_reject":
            warn = True
            continue
        warned, warn = warn, False
        if word in _GUARDS:
            if warned:
                continue
            state = "depends" if doubt else "closed"
            return Verdict(state, f"{name}: {doubt or word}", tuple(spoofable))
        if word in ("permit", "permit_tls_all_clientcerts") or (word == "permit_mynetworks" and everyone):
            return Verdict("open" if not doubt else "depends", f"{name}: {word}", (*spoofable, word))
        if word in _SPOOFABLE:
            spoofable.append(word)
        if _LOOKUPS.match(word):
            table = words[n + 1] if n + 1 < len(words) and word.startswith("check_") else ""
            doubt = doubt or f"{word} {table}".strip()[:200]
        elif word in _classes(values) and depth < 5:
            inner = _walk(split(values.get(word, "")), values, everyone, f"{name}: {word}", depth + 1)
            if inner.state in ("closed", "open"):
                return Verdict("depends" if doubt else inner.state, inner.why, (*spoofable, *inner.spoofable))
            doubt = doubt or (inner.why if inner.state == "depends" else "")
    return Verdict("depends" if doubt else "none", f"{name}: {doubt}" if doubt else "", tuple(spoofable))


def _classes(values: Mapping[str, str]) -> list[str]:
    return split(values.get("smtpd_restriction_classes", ""))


def networks(text: str) -> tuple[list[str], list[str], bool]:
    """(members of mynetworks, those in public space or not to be told, whether everyone is one of them)."""
    members = split(text)
    wide: list[str] = []
    everyone = False
    for member in members:
        if member.startswith("!"):
            continue
        try:
            network = ipaddress.ip_network(member.replace("[", "").replace("]", ""), strict=False)
        except ValueError:
            wide.append(member)
            everyone = everyone or member == "static:all"
            continue
        mapped = network.version == 6 and network.subnet_of(ipaddress.IPv6Network("::ffff:0:0/96"))
        if mapped:
            network = ipaddress.ip_network((int(network.network_address) & 0xFFFFFFFF, network.prefixlen - 96))
        if not (network.is_private or network.is_loopback or network.is_link_local):
            wide.append(member)
            everyone = everyone or network.prefixlen < 4
    return members[:500], wide[:200], everyone


__all__ = ["LISTS", "Verdict", "networks", "relay", "split", "words_of"]
