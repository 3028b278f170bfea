"""Keywords of sshd_config(5): how each is written, how `sshd -T` prints it, and where it may stand.

Printed forms were taken from `sshd -T` of OpenSSH 9.2; keywords by version from the release notes of OpenSSH.
"""

import re


def _words(text: str) -> list[str]:
    return text.split()


# Keyword -> words it takes, as `sshd -T` prints them.
CHOICES: dict[str, dict[str, str]] = {
    name: {"yes": "yes", "no": "no"}
    for name in _words(
        "allowagentforwarding disableforwarding exposeauthinfo hostbasedauthentication "
        "hostbasedusesnamefrompacketonly ignoreuserknownhosts kbdinteractiveauthentication "
        "passwordauthentication permitemptypasswords permittty permituserrc printlastlog printmotd "
        "pubkeyauthentication streamlocalbindunlink strictmodes tcpkeepalive usedns usepam x11forwarding "
        "x11uselocalhost gssapiauthentication gssapicleanupcredentials gssapikeyexchange "
        "gssapistorecredentialsonrekey gssapistrictacceptorcheck kerberosauthentication kerberosorlocalpasswd "
        "kerberosticketcleanup kerberosgetafstoken debianbanner "
    )
} | {
    "permitrootlogin": {"yes": "yes", "no": "no", "prohibit-password": "without-password",
                        "without-password": "without-password", "forced-commands-only": "forced-commands-only"},
    "compression": {"yes": "yes", "delayed": "yes", "no": "no"},
    "gatewayports": {"yes": "yes", "no": "no", "clientspecified": "clientspecified"},
    "allowtcpforwarding": {"yes": "yes", "all": "yes", "no": "no", "local": "local", "remote": "remote"},
    "allowstreamlocalforwarding": {"yes": "yes", "all": "yes", "no": "no", "local": "local", "remote": "remote"},
    "permittunnel": {"yes": "yes", "no": "no", "point-to-point": "point-to-point", "ethernet": "ethernet"},
    "ignorerhosts": {"yes": "yes", "no": "no", "shosts-only": "shosts-only"},
    "fingerprinthash": {"md5": "MD5", "sha256": "SHA256"},
    "addressfamily": {"any": "any", "inet": "inet", "inet6": "inet6"},
    "loglevel": {w.lower(): w for w in ("QUIET", "FATAL", "ERROR", "INFO", "VERBOSE", "DEBUG1", "DEBUG2", "DEBUG3")}
    | {"debug": "DEBUG"},
    "syslogfacility": {w.lower(): w for w in ("DAEMON", "USER", "AUTH", "AUTHPRIV", *(f"LOCAL{n}" for n in range(8)))},
}  # fmt: skip
TIMES = {"logingracetime", "clientaliveinterval"}
NUMBERS = {"maxauthtries": 0, "maxsessions": 0, "clientalivecountmax": 0, "x11displayoffset": 0, "requiredrsasize": 0}
LISTS = {
    "ciphers", "macs", "kexalgorithms", "hostkeyalgorithms", "pubkeyacceptedalgorithms", "casignaturealgorithms",
    "hostbasedacceptedalgorithms", "gssapikexalgorithms",
}  # fmt: skip
ONE_EACH = {"allowusers", "allowgroups", "denyusers", "denygroups", "acceptenv", "setenv"}  # of each word one line
JOINED = {"authenticationmethods", "authorizedkeysfile", "permitopen"}  # all words on one line, the first line counts
PATHS = {
    "banner", "trustedusercakeys", "revokedkeys", "pidfile", "modulifile", "xauthlocation", "chrootdirectory",
    "authorizedprincipalsfile", "authorizedprincipalscommanduser", "authorizedkeyscommanduser", "hostkeyagent",
    "securitykeyprovider",
}  # fmt: skip
REST = {"forcecommand", "authorizedkeyscommand", "authorizedprincipalscommand", "versionaddendum"}  # the rest of a line
# Known, and left to the gap: their printed form is not modelled.
OTHERS = {
    "ipqos", "rekeylimit", "maxstartups", "persourcemaxstartups", "persourcenetblocksize", "permitlisten", "rdomain",
    "permituserenvironment", "streamlocalbindmask", "pubkeyauthoptions", "logverbose", "channeltimeout",
    "unusedconnectiontimeout", "listenaddress", "port", "hostkey", "hostcertificate", "subsystem",
    "persourcepenalties", "persourcepenaltyexemptlist", "refuseconnection", "sshdsessionpath", "sshdauthpath",
}  # fmt: skip
ALIASES = {
    "challengeresponseauthentication": "kbdinteractiveauthentication", "skeyauthentication":
    "kbdinteractiveauthentication", "dsaauthentication": "pubkeyauthentication", "pubkeyacceptedkeytypes":
    "pubkeyacceptedalgorithms", "hostbasedacceptedkeytypes": "hostbasedacceptedalgorithms",
    "authorizedkeysfile2": "", "keepalive": "tcpkeepalive", "requiredrsaminsize": "requiredrsasize",
}  # fmt: skip
DEPRECATED = {
    "protocol", "useprivilegeseparation", "rsaauthentication", "rhostsrsaauthentication", "serverkeybits",
    "keyregenerationinterval", "uselogin", "rhostsauthentication", "checkmail", "pamauthenticationviakbdint",
    "usersakey", "afstokenpassing", "kerberostgtpassing", "reversemappingcheck", "verifyreversemapping",
    "authorizedkeysfile2", "useroaming", "gssapidelegatecredentials", "gssusesessionccache",
    "gssapiusesessioncredcache", "hpnbuffersize", "hpndisabled",
}  # fmt: skip
KNOWN = {*CHOICES, *TIMES, *NUMBERS, *LISTS, *ONE_EACH, *JOINED, *PATHS, *REST, *OTHERS, *ALIASES, *DEPRECATED,
         "match", "include"}  # fmt: skip
SINCE = {  # the version that knows a keyword first, where hosts in use may be older
    "requiredrsasize": (9, 1), "channeltimeout": (9, 2), "unusedconnectiontimeout": (9, 2), "persourcepenalties":
    (9, 8), "persourcepenaltyexemptlist": (9, 8), "refuseconnection": (9, 9), "sshdsessionpath": (9, 8),
    "sshdauthpath": (10, 0), "logverbose": (8, 5), "persourcemaxstartups": (8, 5), "persourcenetblocksize": (8, 5),
    "include": (8, 2), "pubkeyacceptedalgorithms": (8, 5), "hostbasedacceptedalgorithms": (8, 5), "modulifile": (8, 5),
}  # fmt: skip
IN_MATCH = {
    "acceptenv", "allowagentforwarding", "allowgroups", "allowstreamlocalforwarding", "allowtcpforwarding",
    "allowusers", "authenticationmethods", "authorizedkeyscommand", "authorizedkeyscommanduser", "authorizedkeysfile",
    "authorizedprincipalscommand", "authorizedprincipalscommanduser", "authorizedprincipalsfile", "banner",
    "casignaturealgorithms", "channeltimeout", "chrootdirectory", "clientalivecountmax", "clientaliveinterval",
    "denygroups", "denyusers", "disableforwarding", "exposeauthinfo", "forcecommand", "gatewayports",
    "gssapiauthentication", "hostbasedacceptedalgorithms", "hostbasedauthentication",
    "hostbasedusesnamefrompacketonly", "ignorerhosts", "include", "ipqos", "kbdinteractiveauthentication",
    "kerberosauthentication", "loglevel", "logverbose", "maxauthtries", "maxsessions", "passwordauthentication",
    "permitemptypasswords", "permitlisten", "permitopen", "permitrootlogin", "permittty", "permittunnel",
    "permituserrc", "pubkeyacceptedalgorithms", "pubkeyauthentication", "pubkeyauthoptions", "rdomain",
    "refuseconnection", "rekeylimit", "requiredrsasize", "revokedkeys", "setenv", "streamlocalbindmask",
    "streamlocalbindunlink", "subsystem", "trustedusercakeys", "unusedconnectiontimeout", "x11displayoffset",
    "x11forwarding", "x11uselocalhost", "kbdinteractivedevices", "match", "kerberosorlocalpasswd",
}  # fmt: skip
CRITERIA = {"user", "group", "host", "address", "localaddress", "localport", "rdomain"}
# What `sshd -T` prints where no line sets a keyword; only those that are the same in OpenSSH 8.2 to 10.
DEFAULTS: dict[str, str] = {
    "addressfamily": "any", "allowagentforwarding": "yes", "allowstreamlocalforwarding": "yes",
    "allowtcpforwarding": "yes", "authenticationmethods": "any", "authorizedkeyscommand": "none",
    "authorizedkeyscommanduser": "none", "authorizedkeysfile": ".ssh/authorized_keys .ssh/authorized_keys2",
    "authorizedprincipalscommand": "none", "authorizedprincipalscommanduser": "none",
    "authorizedprincipalsfile": "none", "banner": "none", "chrootdirectory": "none", "clientalivecountmax": "3",
    "clientaliveinterval": "0", "compression": "yes", "disableforwarding": "no", "exposeauthinfo": "no",
    "fingerprinthash": "SHA256", "forcecommand": "none", "gatewayports": "no", "hostbasedauthentication": "no",
    "hostbasedusesnamefrompacketonly": "no", "ignorerhosts": "yes", "ignoreuserknownhosts": "no",
    "logingracetime": "120", "loglevel": "INFO", "maxauthtries": "6", "maxsessions": "10",
    "maxstartups": "10:30:100", "passwordauthentication": "yes", "permitemptypasswords": "no",
    "permitlisten": "any", "permitopen": "any", "permitrootlogin": "without-password", "permittty": "yes",
    "permittunnel": "no", "permituserenvironment": "no", "permituserrc": "yes", "printlastlog": "yes",
    "printmotd": "yes", "pubkeyauthentication": "yes", "rekeylimit": "0 0", "revokedkeys": "none",
    "streamlocalbindmask": "0177", "streamlocalbindunlink": "no", "strictmodes": "yes", "syslogfacility": "AUTH",
    "tcpkeepalive": "yes", "trustedusercakeys": "none", "usedns": "no", "versionaddendum": "none",
    "x11displayoffset": "10", "x11forwarding": "no", "x11uselocalhost": "yes", "kbdinteractiveauthentication": "yes",
}  # fmt: skip
EMPTY = {*ONE_EACH, "setenv", "subsystem", "logverbose"}  # printed by no line at all where nothing sets them
NOT_ALWAYS = {*EMPTY, "hostcertificate", "channeltimeout", "rdomain"}
_TIME = re.compile(r"(?:\d{1,9}[smhdwSMHDW]?)+")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def seconds(text: str) -> int | None:
    """A time of sshd_config(5) in seconds; None where it is none."""
    if not _TIME.fullmatch(text):
        return None
    parts = re.findall(r"(\d+)([smhdw]?)", text.lower())
    found = sum(int(number) * _UNITS[unit] for number, unit in parts)
    return found if found < 2**31 else None


def canonical(keyword: str) -> str:
    """The name that `sshd -T` prints; "" for one that has no effect."""
    return "" if keyword in DEPRECATED else ALIASES.get(keyword, keyword)
