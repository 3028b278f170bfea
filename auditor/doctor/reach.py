"""What mends a source that could not be read at all: the way there, whom we trust, who we are."""

import re
from pathlib import Path
from shlex import quote

from auditor.domain import Failure, Source

_GENERAL = {
    "unreachable": "Check address, port and firewall from this machine, and that the service there runs.",
    "refused": "Check user name, key or password, and that the account may log in.",
    "untrusted": "Put its host key into `known_hosts`, or its authority or certificate under `tls:`.",
    "timeout": "Check the way there, or raise `timeout:` and `deadline:` of the source.",
    "lost": "Try again; look at the device's own log when it stays so.",
    "unreadable": "Look at what it answers: `auditor collect` keeps it.",
}
_SSH = {"linux", "nexus1000v", "nxos"}
_TLS = {"vcenter": 443, "esxi": 443}
_CONSOLE = {
    "linux": "`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` there",
    "nexus1000v": "`show ssh key` there",
    "nxos": "`show ssh key` there",
}


def mend_of(source: Source, failure: Failure) -> str:
    """What to do about it, in lines; "" where nothing is known."""
    reason = failure.reason
    if source.kind in _SSH and "host key of" in reason:
        return _host_key(source)
    if source.kind in _TLS and failure.kind == "untrusted":
        return _certificate(source, reason)
    if failure.kind == "refused" and failure.target is None:
        return _login(source)
    if failure.kind == "unreachable" and "cannot be resolved" in reason:
        return "Correct `address:` of the source, or the name servers of this machine."
    if failure.kind == "unreachable" and failure.target is None:
        return f"Check {_where(source)} and the firewall from this machine, and that the service there runs."
    return _GENERAL.get(failure.kind, "")


def known_hosts_lacks(source: Source) -> bool:
    """Whether the source's known_hosts has no key at all for its address, rather than another one."""
    import asyncssh

    address, port = _ssh_address(source)
    try:
        found = asyncssh.read_known_hosts(str(_known_hosts(source))).match(address, "", port)
    except (OSError, ValueError):
        return True
    return not any(found)


def _host_key(source: Source) -> str:
    address, port = _ssh_address(source)
    file, name = quote(str(_known_hosts(source))), address if port == 22 else f"[{address}]:{port}"
    scan = f"$ ssh-keyscan -p {port} {quote(address)} >> {file}"
    look = f"$ ssh-keygen -l -F {quote(name)} -f {file}"
    console = f"and compare the fingerprint on the console ({_CONSOLE[source.kind]}) before you go on:"
    if known_hosts_lacks(source):
        return f"Put its key into {file},\n{scan}\n{console}\n{look}"
    gone = f"$ ssh-keygen -R {quote(name)} -f {file}"
    return f"Only if it was made anew: take the old key out, put the new one in,\n{gone}\n{scan}\n{console}\n{look}"


def _certificate(source: Source, reason: str) -> str:
    if "expired" in reason or "not yet valid" in reason:
        return "Renew its certificate, and look at both clocks."
    if re.search(r"mismatch|not valid for", reason):
        return (
            "Write a name that its certificate bears as `address:`, or expect exactly that one by `tls: {pinned_leaf}`."
        )
    port, file = source.port or _TLS[source.kind], f"{re.sub(r'[^A-Za-z0-9._-]', '_', source.name)}.pem"
    peer = quote(f"[{source.address}]:{port}" if ":" in source.address else f"{source.address}:{port}")
    return (
        f"Fetch its certificate,\n"
        f"$ openssl s_client -connect {peer} </dev/null 2>/dev/null | openssl x509 -outform PEM -out {file}\n"
        "compare its fingerprint with one that you got another way (its console, its administrator),\n"
        f"$ openssl x509 -in {file} -noout -fingerprint -sha256\n"
        "and expect exactly this one: in the inventory, on the source,\n"
        f"tls: {{pinned_leaf: {file}}}\n"
        "A vCenter also offers its authority (https://HOST/certs/download.zip): `tls: {ca_file: FILE}` lasts longer."
    )


def _login(source: Source) -> str:
    credential = source.credential or next(iter(source.credentials.values()), None)
    if credential is None:
        return _GENERAL["refused"]
    who = f"user {credential.username} of credential {credential.name}"
    if key := credential.secret("key_file"):
        address, port = _ssh_address(source)
        return (
            f"Let {who} in: this key, on one line, belongs into ~{credential.username}/.ssh/authorized_keys there\n"
            f"$ ssh-keygen -y -f {quote(key)}\n"
            f"The account must not be locked or expired, and AllowUsers of sshd has to name it. {address}, port {port}."
        )
    return f"Correct the password of {who}, and see that the account is not locked. Each doctor run makes one attempt."


def _where(source: Source) -> str:
    if source.kind in _SSH:
        address, port = _ssh_address(source)
        return f"address {address}, port {port}"
    return f"address {source.address}, port {source.port or _TLS.get(source.kind, 0) or 'of the source'}"


def _ssh_address(source: Source) -> tuple[str, int]:
    inner = getattr(source.options, "ssh", None)
    return source.address, int(getattr(inner, "port", None) or source.port or 22)


def _known_hosts(source: Source) -> Path:
    options = getattr(source.options, "ssh", None) or source.options
    return Path(str(getattr(options, "known_hosts", "") or "known_hosts")).expanduser()
