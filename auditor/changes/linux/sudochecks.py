"""Lines that `visudo -c` would refuse, as far as the grammar of sudoers(5) is followed here."""

import re
from collections.abc import Sequence

from auditor.changes.linux.work import Line

_MEND = "Try it with `visudo -cf FILE`."
_ALIAS = re.compile(r"(User|Runas|Host|Cmnd|Cmd)_Alias\s+(.*)", re.S)
_NAMED = re.compile(r"[A-Z][A-Z0-9_]*\s*=\s*\S")
_TAGS = re.compile(r"(?:(?:NO)?(?:PASSWD|EXEC|SETENV|LOG_INPUT|LOG_OUTPUT|MAIL|FOLLOW|INTERCEPT))\s*:\s*")
_OPTION = re.compile(
    r"(?:ROLE|TYPE|CWD|CHROOT|TIMEOUT|NOTBEFORE|NOTAFTER|PRIVS|LIMITPRIVS|APPARMOR_PROFILE)\s*=\s*\S+\s*"
)
_DEFAULTS = re.compile(r"Defaults(?:[@:!>]\s*(?:\"[^\"]*\"|[^\s\"])+(?:\s*,\s*(?:\"[^\"]*\"|[^\s\"])+)*)?\s+(.*)", re.S)
_DIGEST = re.compile(r"sha(?:224|256|384|512)\s*:\s*\S+\s+")


def _words(text: str) -> list[str]:
    return text.split()


_FLAGS = frozenset(
    _words(
        "always_query_group_plugin always_set_home authenticate case_insensitive_group case_insensitive_user "
        "closefrom_override compress_io exec_background env_editor env_reset fast_glob fqdn ignore_audit_errors "
        "ignore_dot ignore_iolog_errors ignore_logfile_errors ignore_local_sudoers ignore_unknown_defaults insults "
        "intercept intercept_allow_setid intercept_authenticate intercept_verify iolog_flush log_allowed log_denied "
        "log_exit_status log_host log_input log_output log_passwords log_server_keepalive log_server_verify "
        "log_stderr log_stdin log_stdout log_subcmds log_ttyin log_ttyout log_year long_otp_prompt mail_all_cmnds "
        "mail_always mail_badpass mail_no_host mail_no_perms mail_no_user match_group_by_gid netgroup_tuple noexec "
        "noninteractive_auth pam_acct_mgmt pam_rhost pam_ruser pam_session pam_setcred pam_silent passprompt_override "
        "path_info preserve_groups pwfeedback requiretty root_sudo rootpw runas_allow_unknown_id runas_check_shell "
        "runaspw selinux set_home set_logname set_utmp setenv shell_noargs stay_setuid sudoedit_checkdir "
        "sudoedit_follow syslog_pid targetpw tty_tickets umask_override use_loginclass use_netgroups use_pty "
        "user_command_timeouts utmp_runas visudo admin_flag"
    )
)
_VALUES = frozenset(
    _words(
        "closefrom command_timeout log_server_timeout loglinelen maxseq passwd_tries syslog_maxlen timestamp_timeout "
        "passwd_timeout umask apparmor_profile authfail_message badpass_message editor iolog_dir iolog_file "
        "iolog_group iolog_mode iolog_user lecture_status_dir limitprivs log_server_cabundle log_server_peer_cert "
        "log_server_peer_key mailsub noexec_file pam_askpass_service pam_login_service pam_service passprompt privs "
        "role runas_default rlimit_as rlimit_core rlimit_cpu rlimit_data rlimit_fsize rlimit_locks rlimit_memlock "
        "rlimit_nofile rlimit_nproc rlimit_rss rlimit_stack sudoers_locale syslog_badpri syslog_goodpri "
        "timestamp_type timestampdir timestampowner type admin_flag askpass env_file exempt_group fdexec group_plugin "
        "lecture lecture_file listpw log_format logfile mailerflags mailerpath mailfrom mailto restricted_env_file "
        "secure_path syslog verifypw env_check env_delete env_keep log_servers passprompt_regex sudo_version "
        "intercept_type"
    )
)
_NUMBERS = {"timestamp_timeout", "passwd_timeout", "passwd_tries", "loglinelen", "closefrom", "command_timeout"}
_OPTIONAL = {"logfile", "syslog", "mailto", "secure_path", "lecture", "exempt_group", "env_check", "env_delete",
             "env_keep", "askpass", "env_file", "log_servers", "mailerpath", "umask", "mailfrom"}  # fmt: skip


def faults(lines: Sequence[Line]) -> list[tuple[Line, str, str]]:
    """(line, what, mend) of each logical line that is none of sudoers(5)."""
    found: list[tuple[Line, str, str]] = []
    held = ""
    for line in lines:
        if line.text.endswith("\\"):
            held += line.text[:-1] + " "
            continue
        text, held = _bare(held + line.text), ""
        what = _fault(text) if text else ""
        if what:
            found.append((line, f"visudo: {what}", _MEND))
    if held.strip():
        found.append((lines[-1], "visudo: the file ends in the middle of a line", _MEND))
    return found


def _bare(text: str) -> str:
    if re.match(r"\s*[#@]include", text):
        return text.strip()
    out, quoted, at = [], False, 0
    while at < len(text):
        char = text[at]
        if char == "\\":
            out.append(text[at : at + 2])
            at += 2
            continue
        quoted = quoted != (char == '"')
        if char == "#" and not quoted and not text[at + 1 : at + 2].isdigit():
            break
        out.append(char)
        at += 1
    return "".join(out).strip()


def _fault(text: str) -> str:
    if (text.count('"') - text.count('\\"')) % 2:
        return "a quote without its other half"
    if re.match(r"[#@]include", text):
        return "" if re.fullmatch(r"[#@]include(?:dir)?\s+\S.*", text) else "an include names a path"
    if found := _ALIAS.match(text):
        parts = re.split(r"\s:\s", found[2])
        return (
            ""
            if all(_NAMED.match(part.strip()) for part in parts)
            else "an alias has a name in capitals, = and members"
        )
    if text.startswith("Defaults"):
        return _defaults(text)
    return _specification(text)


def _defaults(text: str) -> str:
    found = re.match(
        r"Defaults(?:[@:!>]\s*(?:\"[^\"]*\"|[^\s\"])+(?:\s*,\s*(?:\"[^\"]*\"|[^\s\"])+)*)?\s+(.*)", text, re.S
    )
    if found is None:
        return "Defaults without a setting"
    for item in _items(found[1], ","):
        match = re.fullmatch(r"(!*)\s*([a-z_]+)\s*(?:([+-]?=)\s*(.*))?", item, re.S)
        if match is None:
            return f"{item[:60]!r} is no setting"
        off, name, equals, value = match[1], match[2], match[3], (match[4] or "").strip().strip('"')
        if name not in _FLAGS and name not in _VALUES:
            return f"there is no setting {name[:60]!r}"
        if name in _FLAGS and equals and name not in _VALUES:
            return f"{name} takes no value"
        if name in _VALUES and not equals and not off and name not in _OPTIONAL and name not in _FLAGS:
            return f"{name} needs a value"
        if name in _NUMBERS and equals and not re.fullmatch(r"-?\d{1,9}(?:\.\d{1,9})?[smhd]?", value):
            return f"{name}: {value[:40]!r} is no number"
    return ""


def _items(text: str, at: str) -> list[str]:
    parts, quoted, held, i = [], False, "", 0
    while i < len(text):
        if text[i] == "\\":
            held += text[i : i + 2]
            i += 2
            continue
        quoted = quoted != (text[i] == '"')
        if text[i] == at and not quoted:
            parts.append(held.strip())
            held = ""
        else:
            held += text[i]
        i += 1
    return [*parts, held.strip()]


def _specification(text: str) -> str:
    """users hosts = (runas) TAG: command, ... : hosts = ..."""
    head, equals, _ = text.partition("=")
    if not equals:
        return "a line grants with `who host = commands`"
    users = [part for part in re.split(r"\s+", re.sub(r"\s*,\s*", ",", head.strip())) if part]
    if len(users) < 2:
        return "a user and a host stand before the `=`"
    for part in _specifications(text):
        hosts, sign, commands = part.partition("=")
        if not sign or not hosts.strip():
            return "a colon stands between two grants, each with a host and `=`"
        for item in _items(re.sub(r"\([^()]*\)", "", commands), ","):
            if what := _command(item):
                return what
    return ""


def _specifications(text: str) -> list[str]:
    """Grants of one line: a colon between them stands in no tag, in no parentheses and before another `=`."""
    plain = re.sub(r"\([^()]*\)", lambda found: found[0].replace(":", "\x01"), text)
    plain = re.sub(_TAGS, lambda found: found[0].replace(":", "\x01"), plain)
    plain = re.sub(_DIGEST, lambda found: found[0].replace(":", "\x01"), plain)
    return [part.replace("\x01", ":") for part in _items(plain, ":")]


def _command(item: str) -> str:
    rest = item.strip()
    if "(" in rest or ")" in rest:
        return "parentheses without their other half" if not re.search(r"\S\s+\S", rest) or rest[0] in "()" else ""
    while True:
        if match := _OPTION.match(rest) or _TAGS.match(rest) or _DIGEST.match(rest):
            rest = rest[match.end() :].lstrip()
            continue
        break
    rest = rest.lstrip("! ")
    if not rest:
        return "a command is missing"
    first = rest.split()[0]
    if first == "ALL" or re.fullmatch(r"[A-Z][A-Z0-9_]*", first):
        return "" if rest == first else f"nothing stands after {first[:40]!r}"
    if first in ("sudoedit", "list") or first.startswith(("/", "^")):
        return ""
    return f"{first[:60]!r} is no command with its whole path"
