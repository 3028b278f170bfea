"""Facts about what protects the kernel of a Linux host: boot, mandatory access control, cryptography, core dumps."""

from typing import Annotated

from pydantic import Field

from auditor.facts.base import FactModel
from auditor.facts.semantics import AS_SET, DERIVED, IDENTITY, IGNORED, STATE

Names = Annotated[list[str], AS_SET]
Text = int | str


class Mac(FactModel):
    """Mandatory access control."""

    selinux: str | None = Field(None, description="enforcing | permissive | disabled, now")
    selinux_configured: str | None = None
    selinux_type: str | None = None
    apparmor: bool | None = Field(None, description="on in the running kernel")
    apparmor_enforced: int | None = Field(None, description="profiles in enforce mode (needs root)")
    apparmor_complain: int | None = Field(None, description="profiles in complain mode (needs root)")
    apparmor_unconfined: Annotated[int | None, STATE] = Field(
        None, description="processes that have a profile and run without it: started before it was loaded (needs root)"
    )
    enforcing: Annotated[bool | None, DERIVED] = Field(None, description="SELinux enforces, or AppArmor is on")


class CoreDumps(FactModel):
    """What becomes of a crashed program's memory."""

    limited: bool = Field(
        False, description="the last `* hard core` line of limits.conf and limits.d, in their order, says 0"
    )
    handler: str | None = Field(None, description="systemd-coredump | other")
    storage: str | None = Field(
        None, description="of systemd-coredump: external where nothing sets it; absent where it is not installed"
    )
    process_size_max: str | None = Field(None, description="the same: default where nothing sets it")


class CryptoPolicy(FactModel):
    """The system-wide choice of algorithms (RHEL family)."""

    base: str = Field(description="the policy in force without its subpolicies: DEFAULT, LEGACY, FUTURE, FIPS ...")
    subpolicies: Names = Field(default_factory=list, description="what changes the base: NO-SHA1, OSPP, SHA1 ...")
    configured: str | None = Field(None, description="what /etc/crypto-policies/config asks for")
    applied: Annotated[bool | None, DERIVED] = Field(
        None, description="what is configured is in force; else update-crypto-policies is due"
    )
    local: Names = Field(default_factory=list, description="files of local.d, which change single programs")


class BootParameter(FactModel):
    """One word of the kernel command line; of a word that stands twice the last counts. "" for a word without value."""

    running: Text | None = None
    pinned: Text | None = Field(
        None, description="in every boot entry but those for recovery; absent when one lacks it or they differ"
    )
    configured: Text | None = Field(None, description="in /etc/default/grub and its drop-ins, for entries made later")


class RescueShell(FactModel):
    """A unit that gives a root shell when the boot fails or is told to stop early."""

    command: str = Field(description="at most 500 characters")
    asks_password: bool = Field(description="sulogin starts the shell, and nothing lets it in without a password")


class Boot(FactModel):
    """Kernel command line and boot loader."""

    cmdline: Annotated[Names, IDENTITY] = Field(default_factory=list)
    parameters: dict[str, BootParameter] = Field(
        default_factory=dict, description="the words that matter to security, by their name"
    )
    stored_words: Annotated[list[str] | None, AS_SET, IDENTITY] = Field(
        None, description="all words of boot entries and of /etc/default/grub: what the next boot may bring"
    )
    loader_current: Annotated[bool | None, DERIVED] = Field(
        None, description="each word of /etc/default/grub stands in every boot entry; else update-grub is due"
    )
    loader_password: bool | None = Field(None, description="a hashed boot loader password is set (needs root)")
    rescue_shells: dict[str, RescueShell] = Field(default_factory=dict, description="by unit")
    live_patches: Annotated[list[str] | None, IGNORED] = Field(
        None, description="patches that the running kernel was given; absent where it has no support for them"
    )
    fips: bool | None = None
    reboot_required: Annotated[bool, STATE] = False
