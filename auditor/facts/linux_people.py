"""Facts of a Linux host about people: accounts, PAM, sudo, sessions. Part of `auditor.facts.linux`."""

from typing import Annotated

from pydantic import Field

from auditor.facts.base import FactModel
from auditor.facts.linux_access import PathFolder
from auditor.facts.semantics import AS_SET, DAYS, DERIVED, IGNORED, MINUTES, MODE, ORDERED, SECONDS

Names = Annotated[list[str], AS_SET]


class Password(FactModel):
    """What is left of a shadow entry: never the hash. Days, counted from 1970-01-01; absent means no limit."""

    state: str = Field(description="hash | locked (begins with ! or *) | empty")
    algorithm: str | None = Field(None, description="yescrypt, sha512crypt ... when there is a hash")
    last_change: Annotated[int | None, IGNORED] = None
    changed_in_future: Annotated[bool, DERIVED] = False
    min_days: Annotated[int | None, DAYS] = None
    max_days: Annotated[int | None, DAYS] = None
    warn_days: Annotated[int | None, DAYS] = None
    inactive_days: Annotated[int | None, DAYS] = None


class Account(FactModel):
    """One line of /etc/passwd. Accounts of directories (sssd, AD) are not here."""

    uid: int
    gid: int
    home: str
    shell: str
    system: Annotated[bool, DERIVED] = Field(description="uid below UID_MIN, or nobody; root is one")
    login_shell: Annotated[bool, DERIVED] = Field(
        description="its shell is listed in /etc/shells, or is empty, and is no nologin or false"
    )
    password: Password | None = None
    home_mode: Annotated[str | None, MODE] = None
    home_owner: str | None = None
    home_owned: Annotated[bool | None, DERIVED] = Field(None, description="the home folder belongs to the account")
    risky_files: Annotated[list[str] | None, AS_SET] = Field(
        None,
        description="in its home: .rhosts, .shosts, .forward; .netrc and .bash_history open to others; "
        "dot files that others may write; as `name mode`. Root, and accounts with a login shell",
    )


class Group(FactModel):
    """One line of /etc/group."""

    gid: int
    members: Names = Field(default_factory=list)


class AccountChecks(FactModel):
    """Derived from all accounts together: names that break a rule of order."""

    uid0_others: Names = Field(default_factory=list, description="uid 0, not named root")
    gid0_others: Names = Field(
        default_factory=list, description="primary group 0, not root and not the classic sync, shutdown, halt, operator"
    )
    duplicate_names: Names = Field(default_factory=list)
    duplicate_uids: Names = Field(default_factory=list)
    duplicate_group_names: Names = Field(default_factory=list)
    duplicate_gids: Names = Field(default_factory=list)
    gid0_groups: Names = Field(default_factory=list, description="groups with id 0, not named root")
    system_with_shell: Names = Field(
        default_factory=list,
        description="system accounts, without root, whose shell is no nologin or false, listed in /etc/shells or not",
    )
    no_shell_unlocked: Annotated[list[str] | None, AS_SET] = Field(
        None, description="accounts without a shell of /etc/shells that still have a password; needs root"
    )
    shadow_group: Names = Field(default_factory=list, description="members of group shadow, primary ones included")
    not_shadowed: Names = Field(default_factory=list, description="second field of passwd is no x")
    unknown_primary_group: Names = Field(default_factory=list)
    empty_passwords: Annotated[list[str] | None, AS_SET] = Field(None, description="needs root")
    weak_hashes: Annotated[list[str] | None, AS_SET] = Field(
        None, description="neither yescrypt nor gost-yescrypt, sha512crypt, sha256crypt, bcrypt, scrypt; needs root"
    )


class PamEntry(FactModel):
    """One line of a PAM stack, includes resolved."""

    type: str
    control: str
    module: str = Field(description="without folder, pam_unix.so")
    args: list[str] = Field(default_factory=list)
    source: Annotated[str, IGNORED] = Field(description="file:line")


class Pwquality(FactModel):
    """pam_pwquality, effective: module arguments over pwquality.conf over defaults. Credit below 0: so many needed."""

    in_use: Annotated[bool, DERIVED] = Field(
        description="stands where passwd, login and sshd change passwords, and a bad one is refused"
    )
    shortest: Annotated[int, DERIVED] = Field(8, description="minlen less the credits that are granted, at least 6")
    minlen: int = 8
    minclass: int = 0
    difok: int = 1
    dcredit: int = 0
    ucredit: int = 0
    lcredit: int = 0
    ocredit: int = 0
    maxrepeat: int = 0
    maxclassrepeat: int = 0
    maxsequence: int = 0
    dictcheck: int = 1
    enforcing: int = 1
    retry: int = 1
    enforce_for_root: bool = False


class Faillock(FactModel):
    """pam_faillock, effective: module arguments over faillock.conf over defaults. Seconds; unlock_time 0: never."""

    in_use: Annotated[bool, DERIVED] = Field(
        description="in each login stack a wrong password is counted, and a locked account with the right one refused"
    )
    resets: Annotated[bool, DERIVED] = Field(
        False, description="a good login clears the count: account line, or authsucc"
    )
    deny: int = 3
    unlock_time: Annotated[int, SECONDS] = 600
    fail_interval: Annotated[int, SECONDS] = 900
    even_deny_root: bool = False
    root_unlock_time: Annotated[int, SECONDS] = 600
    audit: bool = False
    dir: str = "/var/run/faillock"


class Pwhistory(FactModel):
    """pam_pwhistory: how many old passwords are refused."""

    in_use: Annotated[bool, DERIVED] = Field(description="stands in the password stack, and an old password is refused")
    remember: int = 10
    enforce_for_root: bool = False


class Pam(FactModel):
    """PAM stacks by service, and what follows from those that logins and password changes pass."""

    stacks: Annotated[dict[str, list[PamEntry]], ORDERED] = Field(default_factory=dict)
    pwquality: Pwquality | None = None
    faillock: Faillock | None = None
    pwhistory: Pwhistory | None = None
    nullok: Annotated[Names, DERIVED] = Field(
        default_factory=list, description="services whose pam_unix accepts empty passwords"
    )
    unix_remember: Annotated[Names, DERIVED] = Field(
        default_factory=list, description="services whose pam_unix keeps old passwords"
    )
    asked_again: Annotated[Names, DERIVED] = Field(
        default_factory=list,
        description="`service module`: pam_unix or pam_pwhistory without use_authtok after a module that asked",
    )
    hash: str | None = Field(
        None, description="keyword of pam_unix in the password stack, else ENCRYPT_METHOD: yescrypt, sha512 ..."
    )
    su_restricted: Annotated[bool, DERIVED] = Field(
        False, description="su refuses who is not in the group of pam_wheel use_uid"
    )
    incomplete: Annotated[Names, DERIVED] = Field(
        default_factory=list, description="services with an include that was not found or loops"
    )


class Sudoers(FactModel):
    """Derived from /etc/sudoers and what it includes (needs root)."""

    nopasswd: Names = Field(default_factory=list, description="rules that skip the password, as `who: commands`")
    nopasswd_all: Annotated[Names, DERIVED] = Field(
        default_factory=list,
        description="those of them that amount to all, aliases resolved: ALL, a shell, an interpreter, a whole folder",
    )
    not_authenticated: Names = Field(
        default_factory=list, description="Defaults in force, for all or for some, with !authenticate or exempt_group"
    )
    use_pty: bool = Field(False, description="in force for all: a Defaults of some users that takes it back counts")
    flags: dict[str, bool] = Field(
        default_factory=dict, description="targetpw, rootpw, runaspw, where written; true if it holds for anybody"
    )
    logfile: str | None = None
    timestamp_timeout: Annotated[float | None, MINUTES] = Field(
        None,
        description="minutes a password is remembered, the longest for anybody; below 0 = for ever; absent = built-in, "
        "15 (Debian) or 5",
    )
    files: Names = Field(default_factory=list)


class Session(FactModel):
    """What a login shell gets from /etc/profile and its drop-ins."""

    timeout: Annotated[int | None, SECONDS] = Field(None, description="TMOUT in seconds, 0 = never")
    timeout_readonly: bool = False
    timeout_exported: bool = False
    umask: Annotated[str | None, MODE] = Field(
        None, description="what every umask of the start files holds back, else UMASK of login.defs"
    )
    root_umask: Annotated[str | None, MODE] = Field(
        None, description="what every umask of root's own start files holds back; absent where they set none"
    )
    root_path: Annotated[list[str] | None, AS_SET] = Field(
        None, description="folders written into root's PATH, as written; `.` also for an empty one"
    )
    path_folders: dict[str, PathFolder] = Field(default_factory=dict, description="the absolute ones of them")
    stop_idle: Annotated[int | None, SECONDS] = Field(
        None, description="StopIdleSessionSec of logind in seconds; absent = never"
    )
    max_logins: int | None = Field(None, description="`* hard maxlogins` of limits.conf and limits.d")
