"""Derived from all accounts together: what is out of order among them."""

from collections import Counter
from collections.abc import Iterable, Mapping

from auditor.collectors.linux.draft import Draft
from auditor.facts.linux_people import Account, AccountChecks, Password

_STRONG = {"yescrypt", "gost-yescrypt", "sha512crypt", "sha256crypt", "bcrypt", "scrypt"}
_GID0_CLASSIC = {"root", "sync", "shutdown", "halt", "operator"}
_NO_SHELL, _CLASSIC = {"nologin", "false"}, {"sync", "shutdown", "halt"}


def checks(
    rows: list[list[str]],
    group_rows: list[list[str]],
    found: dict[str, Account],
    passwords: dict[str, Password],
    draft: Draft,
) -> AccountChecks:
    """`rows` of passwd and group as the program prints them."""
    gids = {row[1] for row in group_rows}
    known = bool(passwords)
    algorithms = known and "account_checks.weak_hashes" not in draft.gaps
    hashes = {name: p.algorithm for name, p in passwords.items() if p.state == "hash"}
    return AccountChecks(
        uid0_others=[row[0] for row in rows if row[2] == "0" and row[0] != "root"],
        gid0_others=[row[0] for row in rows if row[3] == "0" and row[0] not in _GID0_CLASSIC],
        duplicate_names=_repeated(row[0] for row in rows),
        duplicate_uids=_repeated(row[2] for row in rows),
        duplicate_group_names=_repeated(row[0] for row in group_rows),
        duplicate_gids=_repeated(row[1] for row in group_rows),
        gid0_groups=[row[0] for row in group_rows if row[1] == "0" and row[0] != "root"],
        system_with_shell=[
            name
            for name, a in found.items()
            if a.system and a.uid != 0 and name not in _CLASSIC and a.shell.rsplit("/", 1)[-1] not in _NO_SHELL
        ],
        no_shell_unlocked=[
            name for name, a in found.items() if not a.login_shell and a.password and a.password.state == "hash"
        ]
        if known and "shells" not in draft.gaps
        else None,
        shadow_group=_shadow(group_rows, found),
        not_shadowed=[row[0] for row in rows if row[1] != "x"],
        unknown_primary_group=[row[0] for row in rows if row[3] not in gids],
        empty_passwords=sorted(
            [n for n, p in passwords.items() if p.state == "empty"] + [r[0] for r in rows if r[1] == "empty"]
        )
        if known
        else None,
        weak_hashes=[name for name, algorithm in hashes.items() if algorithm not in _STRONG] if algorithms else None,
    )


def _repeated(values: Iterable[str]) -> list[str]:
    return sorted(value for value, count in Counter(values).items() if count > 1)


def _shadow(group_rows: list[list[str]], found: Mapping[str, Account]) -> list[str]:
    """Who may read /etc/shadow on Debian by way of its group."""
    listed = {row[0]: (row[1], row[2]) for row in group_rows}
    gid, members = listed.get("shadow", ("", ""))
    primary = [name for name, account in found.items() if gid and account.gid == int(gid)]
    return sorted({*(m for m in members.split(",") if m), *primary})
