"""Banners, lines, management access, local users, password policy."""

import re
from typing import Any

from auditor.collectors.nexus1000v.read_acls import acls_of
from auditor.collectors.nexus1000v.reading import Reading, last_of
from auditor.collectors.nexus1000v.redact import NO_PASSWORD
from auditor.evidence.redaction import parse_token
from auditor.facts.nxos_access import Banner, Line, ManagementAccess, PasswordPolicy, User

_FACTORY = re.compile(r"(?i:(?:cisco )?nexus [\w ]{1,20} switch|user access verification)")
_ADMIN_ROLES = {"network-admin", "vdc-admin"}
_NEVER = 99_999  # days: the shipped default, which says that a password does not end


def banners(reading: Reading) -> dict[str, Any]:
    """Texts shown at login, by kind, white space normalised."""
    found: dict[str, Banner] = {}
    for line in reading.config.top:
        if line.kind == "banner":
            kind = line.text.removeprefix("banner ")
            text = " ".join(line.content.split())[:4000]
            found[kind] = Banner(text=text, is_factory_default=bool(_FACTORY.fullmatch(text)))
            reading.source(f"banners[{kind}]", line)
    return {"banners": found}


def lines(reading: Reading) -> dict[str, Any]:
    """`line console` and `line vty`, which exist always, and who reaches the management plane."""
    found: dict[str, Line] = {}
    lists: list[str] = []
    for name in ("console", "vty"):
        own = reading.config.section(f"line {name}")
        everything = reading.all.section(f"line {name}") if reading.all else []
        said: dict[str, Any] = {}
        for field, pattern in (
            ("exec_timeout_minutes", r"exec-timeout (\d{1,6})"),
            ("session_limit", r"session-limit (\d{1,4})"),
            ("access_class_in", r"(?:ip )?access-class (\S+) in"),
        ):
            if hit := last_of(own, everything, pattern):
                said[field] = hit.match[1] if field == "access_class_in" else int(hit.match[1])
                reading.sources[f"lines[{name}].{field}"] = hit.source
        header = reading.config.line(f"line {name}")
        if header:
            reading.source(f"lines[{name}]", header)
        found[name] = Line(**said)
    if vty := found["vty"].access_class_in:
        lists.append(vty)
    if hit := last_of(reading.config.section("interface mgmt0"), (), r"ip access-group (\S+) in"):
        lists.append(hit.match[1])
        reading.sources["management_access"] = hit.source
    known = acls_of(reading)
    exist = [known[name] for name in lists if name in known]
    filters = [acl for acl in exist if acl.entries and not acl.permits_any_source]
    access = ManagementAccess(
        acls=sorted(set(lists)),
        filtered=bool(filters),
        ends_with_logged_deny=any(acl.ends_with_logged_deny for acl in filters or exist),
    )
    return {"lines": found, "management_access": access}


def users(reading: Reading) -> dict[str, Any]:
    """Local accounts with all their roles."""
    said: dict[str, dict[str, Any]] = {}
    for hit in reading.hits(r"username (\S{1,64})(?: (.*))?"):
        name, rest = hit.match[1], hit.match[2] or ""
        user = said.setdefault(name, {"roles": set()})
        reading.sources.setdefault(f"users[{name}]", hit.source)
        if found := re.search(r"\brole (\S+)", rest):
            user["roles"].add(found[1])
        user["key"] = user.get("key") or rest.startswith(("sshkey ", "keypair "))
        if found := re.match(r"password (?:(\d) )?(\S+)", rest):
            token = parse_token(found[2])
            if found[2] in NO_PASSWORD:
                user["locked"] = True
            elif token:
                user["password"], user["algorithm"] = str(token), "plain" if found[1] == "0" else token.algorithm
            else:
                user["masked"] = True
                reading.gap(f"users[{name}].password", "the device masks it")
                reading.gap(f"users[{name}].algorithm", "the device masks it")
        if found := re.match(r"passphrase +lifetime (\d{1,6})", rest):
            user["lifetime_days"] = int(found[1])
    common = reading.value("password_policy.default_lifetime_days", r"userpassphrase .*?default-lifetime (\d{1,6}).*")
    lifetime = int(common) if common else None
    found_users = {name: _user(user, lifetime or _NEVER) for name, user in said.items()}
    length = reading.value("password_policy.min_length", r"userpassphrase min-length (\d{1,4}).*")
    policy = PasswordPolicy(
        strength_check=reading.flag("password_policy.strength_check", "password strength-check"),
        min_length=int(length) if length else None,
        default_lifetime_days=lifetime,
    )
    admins = sorted(name for name, user in found_users.items() if user.admin and not user.locked)
    return {"users": found_users, "admin_users": admins, "password_policy": policy}


def _user(said: dict[str, Any], lifetime: int) -> User:
    key = said.pop("key", False)
    locked = said.pop("locked", False) and not key
    masked = said.pop("masked", False)
    opens = not locked and (masked or "algorithm" in said)
    return User(
        **{
            **said,
            "roles": sorted(said["roles"]),
            "admin": bool(said["roles"] & _ADMIN_ROLES),
            "locked": locked,
            "password_days": said.get("lifetime_days", lifetime) if opens else None,
        }
    )
