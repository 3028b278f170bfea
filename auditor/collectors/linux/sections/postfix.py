"""A Postfix mail server: `postconf` prints what is in force, defaults of its own version included."""

import re
from collections.abc import Mapping

from auditor.collectors.linux.config import Files
from auditor.collectors.linux.draft import Draft, number
from auditor.collectors.linux.evidence import Absent, Evidence, Unread
from auditor.collectors.linux.sections.postfix_relay import Verdict, networks, relay, split, words_of
from auditor.facts.linux_roles import Postfix, SmtpService

# What rules and people ask about; the other 800 parameters stay on the host.
_KEPT = (
    "mail_version compatibility_level myhostname mydomain myorigin mydestination relayhost relay_domains "
    "inet_interfaces inet_protocols mynetworks mynetworks_style message_size_limit mailbox_size_limit mail_owner "
    "default_privs local_recipient_maps smtpd_reject_unlisted_recipient smtpd_relay_before_recipient_restrictions "
    "smtp_tls_security_level smtp_use_tls smtp_tls_mandatory_protocols smtp_tls_protocols smtp_tls_loglevel "
    "smtpd_tls_loglevel smtpd_tls_mandatory_ciphers smtpd_authorized_xclient_hosts smtpd_authorized_xforward_hosts "
    "smtpd_forbid_bare_newline smtpd_forbid_unauth_pipelining smtpd_client_connection_rate_limit "
    "smtpd_client_message_rate_limit anvil_rate_time_unit alias_maps alias_database allow_mail_to_commands "
    "allow_mail_to_files smtp_sasl_auth_enable smtp_sasl_security_options smtp_sasl_tls_security_options "
    "soft_bounce notify_classes disable_vrfy_command"
)
_PROTOCOLS = ("SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_LOOPBACK = re.compile(r"^(?:loopback-only|localhost|127\.[\d.]+|\[?::1\]?)$")
_PORTS = {"smtp": "smtp", "25": "smtp", "submission": "submission", "587": "submission"}
_PORTS |= {"smtps": "smtps", "465": "smtps", "submissions": "smtps"}
_OURS = ("relay_domains", "mydestination", "virtual_alias_domains", "virtual_mailbox_domains")
_NAMES = re.compile(r"postfix|\b\d+\.\d+\.\d+\b|debian|ubuntu|red ?hat|centos|rocky|suse|linux", re.I)


def postfix(evidence: Evidence, draft: Draft) -> None:
    """postfix. What a table would decide is a gap of that service, as tables are not read."""
    if "roles" in draft.gaps:
        draft.gap("postfix", draft.gaps["roles"])
        return
    if "postfix" not in draft.facts.get("roles", ()):
        draft.missing("postfix", "derived: roles")
        return
    try:
        main = dict(_settings(evidence.text("postconf")))
        master = evidence.text("postconf_master")
        own = dict(_settings(evidence.text("postconf_own")))
        if not main:
            raise Unread("postconf printed no parameter")
    except (Unread, Absent) as why:
        draft.gap("postfix", str(why))
        return
    members, wide, everyone = networks(main.get("mynetworks", ""))
    facts: dict[str, object] = {
        "parameters": {name: number(main[name]) for name in _KEPT.split() if name in main},
        "networks": members,
        "wide_networks": wide,
        "interfaces": split(main.get("inet_interfaces", "")),
        "local_recipients_checked": main.get("local_recipient_maps", "") != ""
        and main.get("smtpd_reject_unlisted_recipient", "yes") == "yes",
    }
    facts["services"] = _services(main, master, own, everyone, draft)
    facts |= _aliases(evidence, draft, main)
    draft.put("postfix", Postfix.model_validate(facts), "postconf -x, postconf -M, postconf -P")


def _settings(text: str) -> list[tuple[str, str]]:
    found = (re.match(r"(\S+) =(?: (.*))?$", line) for line in text.splitlines())
    return [(one[1], (one[2] or "").strip()[:4000]) for one in found if one]


def _services(
    main: Mapping[str, str], master: str, own: Mapping[str, str], everyone: bool, draft: Draft
) -> dict[str, SmtpService]:
    found: dict[str, SmtpService] = {}
    screened = any(line.split()[7:8] == ["postscreen"] for line in master.splitlines())
    for line in master.splitlines():
        fields = line.split()
        if len(fields) < 8 or fields[7] != "smtpd" or fields[1] not in ("inet", "pass", "unix"):
            continue
        name = f"{fields[0]}/{fields[1]}"
        prefix = f"{name}/"
        mine = {key.removeprefix(prefix): value for key, value in own.items() if key.startswith(prefix)}
        values = {**main, **mine}
        _, _, all_mine = networks(values.get("mynetworks", "")) if "mynetworks" in mine else ([], [], everyone)
        verdict = relay(values, all_mine)
        if verdict.state == "closed" and (ours := next((n for n in _OURS if "static:" in values.get(n, "")), "")):
            verdict = Verdict("open", f"{ours} takes every domain for ours", verdict.spoofable)
        if verdict.state == "depends":
            why = f"{verdict.why} may let strangers past: what its table says was not read"
            draft.gap(f"postfix.services[{name}].relay", why)
        found[name] = _service(fields, values, exposed=_exposed(fields, values, screened=screened)).model_copy(
            update={
                "relay": None if verdict.state == "depends" else verdict.state,
                "relay_reason": verdict.why[:300],
                "spoofable_permits": list(verdict.spoofable),
            }
        )
    return found


def _exposed(fields: list[str], values: Mapping[str, str], *, screened: bool) -> bool:
    if fields[1] == "unix":
        return False
    if fields[1] == "pass":
        return screened
    host, colon, _ = fields[0].rpartition(":")
    if colon:
        return not _LOOPBACK.match(host)
    return not all(_LOOPBACK.match(word) for word in split(values.get("inet_interfaces", "all")) or ["all"])


def _service(fields: list[str], values: Mapping[str, str], *, exposed: bool) -> SmtpService:
    port = fields[0].rpartition(":")[2]
    level = values.get("smtpd_tls_security_level", "").lower()
    wrapped = values.get("smtpd_tls_wrappermode") == "yes"
    if wrapped or values.get("smtpd_enforce_tls") == "yes":
        level = "encrypt"
    elif level not in ("may", "encrypt"):
        level = "may" if not level and values.get("smtpd_use_tls") == "yes" else "none"
    certificates = ("smtpd_tls_cert_file", "smtpd_tls_eccert_file", "smtpd_tls_chain_files", "smtpd_tls_dcert_file")
    sasl = values.get("smtpd_sasl_auth_enable") == "yes"
    newline = values.get("smtpd_forbid_bare_newline")
    limit = values.get("smtpd_client_connection_count_limit", "50")
    option = "smtpd_sasl_tls_security_options" if level == "encrypt" else "smtpd_sasl_security_options"
    return SmtpService(
        port=port,
        kind=_PORTS.get(port, "smtps" if wrapped else "submission" if sasl and level == "encrypt" else "smtp"),
        exposed=exposed,
        chroot=fields[4] in ("y", "-") if _old_default(values) else fields[4] == "y",
        restrictions=words_of(values)[:200],
        helo_required=values.get("smtpd_helo_required") == "yes",
        vrfy=values.get("disable_vrfy_command") != "yes",
        banner_discloses=bool(_NAMES.search(values.get("smtpd_banner", "").partition(" ")[2])),
        tls=level,
        tls_certificate=any(values.get(name, "none") not in ("", "none") for name in certificates),
        tls_old_protocols=_old_protocols(
            values.get("smtpd_tls_mandatory_protocols" if level == "encrypt" else "smtpd_tls_protocols", "")
        )
        if level != "none"
        else [],
        sasl=sasl,
        sasl_needs_tls=level == "encrypt" or values.get("smtpd_tls_auth_only") == "yes",
        sasl_anonymous=sasl and "noanonymous" not in split(values.get(option, "").lower()),
        connection_limit=int(limit) if limit.isdecimal() and len(limit) < 10 else 0,
        bare_newline_refused=None if newline is None else newline.lower() in ("yes", "normalize", "reject"),
    )


def _old_default(values: Mapping[str, str]) -> bool:
    """Below compatibility level 1 a `-` in the chroot column means yes."""
    return values.get("compatibility_level", "0").split(".")[0] == "0"


def _old_protocols(text: str) -> list[str]:
    """Protocols before TLS 1.2 that a list lets through: `>=TLSv1.2`, or names of which `!` takes one away."""
    named = {name.lower(): n for n, name in enumerate(_PROTOCOLS)}
    low, high = 0, len(_PROTOCOLS) - 1
    only: set[int] = set()
    without: set[int] = set()
    for word in re.split(r"[\s,:]+", text.strip()):
        found = re.match(r"^(>=|<=|!)?(\S+)$", word)
        if not found or (n := named.get(found[2].lower())) is None:
            continue
        if found[1] == ">=":
            low = n
        elif found[1] == "<=":
            high = n
        elif found[1] == "!":
            without.add(n)
        else:
            only.add(n)
    spoken = (only or set(range(low, high + 1))) - without
    # OpenSSL has no SSLv2 any more, so that it is listed only where somebody names it.
    return [name for n, name in enumerate(_PROTOCOLS[:4]) if n in spoken and (n or 0 in only)]


def _aliases(evidence: Evidence, draft: Draft, main: Mapping[str, str]) -> dict[str, object]:
    paths = [word.partition(":")[2] for word in split(main.get("alias_maps", "")) if re.match(r"^\w+:/", word)]
    root: str | None = None
    programs: list[str] = []
    try:
        files = Files(evidence, "aliases")
        for path in paths:
            if path not in ("/etc/aliases", "/etc/postfix/aliases"):
                raise Unread(f"{path}: a table in another place than usual was not read")
            for name, value in _entries(files.get(path) or []):
                if name == "root":
                    root = root or value[:200]
                if re.search(r"(?:^|[\s,\"])(?:\||/|:include:)", value):
                    programs.append(f"{name}: {value}"[:200])
    except (Unread, Absent) as why:
        draft.gap("postfix.root_alias", str(why))
        draft.gap("postfix.alias_programs", str(why))
        return {}
    return {"root_alias": root, "alias_programs": programs[:100]}


def _entries(lines: list[tuple[int, str]]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for _, text in lines:
        if text[:1].isspace() and found and text.strip() and not text.lstrip().startswith("#"):
            found[-1] = (found[-1][0], f"{found[-1][1]} {text.strip()}")
        elif (entry := re.match(r'"?([^\s:#"]+)"?\s*:\s*(.*)$', text)) and not text.startswith("#"):
            found.append((entry[1].lower(), entry[2].strip()))
    return found
