"""Capture -> Snapshot: pure, and never raises on what a host answered."""

from auditor.collectors.linux.draft import Draft, Section
from auditor.collectors.linux.evidence import Evidence
from auditor.collectors.linux.sections import (
    accounts,
    activity,
    audit,
    bind,
    boot,
    files,
    firewall,
    freshness,
    integrity,
    kernel,
    kvm,
    links,
    names,
    nat,
    network,
    pam,
    postfix,
    protection,
    records,
    session,
    software,
    sshd,
    sudoers,
    sysctl,
    system,
)
from auditor.domain import Capture, Snapshot
from auditor.facts import plain
from auditor.facts.linux import Facts

# In order: later sections look at the facts of earlier ones. Beside each stand the facts that become gaps if it breaks.
_SECTIONS: tuple[tuple[Section, tuple[str, ...]], ...] = (
    (system.system, ("os", "hostname", "kernel", "architecture", "container", "virtualisation")),
    (software.packages, ("packages", "signing_keys")),
    (software.units, ("units",)),
    (system.roles, ("roles",)),
    (sysctl.sysctl, ("sysctl",)),
    (sysctl.interfaces, ("interfaces", "ipv6")),
    (accounts.login_defs, ("login_defs", "useradd")),
    (files.files, ("files",)),
    (files.banners, ("banners",)),
    (kernel.mounts, ("mounts",)),
    (kernel.modules, ("modules",)),
    (accounts.shells, ("shells",)),
    (accounts.accounts, ("accounts", "groups", "account_checks")),
    (accounts.directory_accounts, ("directory_accounts",)),
    (sshd.sshd, ("sshd",)),
    (freshness.daemons, ("daemons",)),
    (pam.pam, ("pam",)),
    (sudoers.sudoers, ("sudoers",)),
    (audit.audit, ("audit",)),
    (firewall.firewall, ("firewall",)),
    (network.listeners, ("listeners",)),
    (network.wireless, ("wireless",)),
    (integrity.repositories, ("package_manager", "repositories")),
    (integrity.integrity, ("integrity",)),
    (records.time, ("time",)),
    (records.logging, ("logging",)),
    (records.manager, ("systemd",)),
    (protection.core_dumps, ("core_dumps",)),
    (session.session, ("session",)),
    (protection.mac, ("mac",)),
    (protection.crypto_policy, ("crypto_policy", "crypto")),
    (boot.boot, ("boot",)),
    (links.links, ("links",)),
    (links.bonds, ("bonds",)),
    (links.tcp, ("tcp",)),
    (nat.nat, ("nat",)),
    (names.resolver, ("resolver",)),
    (names.identity, ("identity",)),
    (postfix.postfix, ("postfix",)),
    (bind.bind, ("bind",)),
    (kvm.kvm, ("kvm",)),
    (activity.activity, ("activity",)),
)


def read(capture: Capture) -> Snapshot:
    """The facts in a capture of `fetch`."""
    evidence, draft = Evidence(capture.body), Draft()
    for section, paths in _SECTIONS:
        try:
            section(evidence, draft)
        except Exception as fault:  # hostile evidence must not end the host: what broke becomes a gap
            for path in paths:
                draft.facts.pop(path, None)
                draft.gap(path, f"the evidence could not be understood ({type(fault).__name__})")
    facts = plain(Facts.model_validate(draft.facts))
    release = draft.facts.get("os")
    return Snapshot(
        target=capture.target,
        platform=capture.platform,
        source=capture.source,
        taken_at=capture.taken_at,
        facts=facts,
        sources=draft.sources,
        gaps=draft.gaps,
        version=(release.version or "") if release else "",
        labels=capture.labels,
        synthetic=capture.synthetic,
        warnings=capture.warnings,
    )
