"""What must not leave a collector in clear: communities and passwords among settings and agent configurations."""

import re
from collections.abc import Mapping
from typing import Any

from auditor.evidence.redaction import redactor

# The last part of a key says it; `Security.PasswordMaxDays` and `hostPasswordLength` are policy, not secrets.
_SECRET_KEY = re.compile(
    r"(?:^|[._-])(?i:community|communities|password|passwd|passphrase|secret|privatekey|authkey|privkey|token)$|"
    r"[a-z0-9](?:Community|Communities|Password|Passwd|Passphrase|Secret|PrivateKey|Token)$"
)
_URL = re.compile(r"(?P<head>\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s:/@]{1,100}:)(?P<secret>[^\s@/]{1,200})(?=@)")


def redact_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options with the values of secret keys, and passwords in addresses, replaced by keyed fingerprints.

    Empty values stay empty.
    """
    return {key: _option(key, value) if isinstance(value, str) and value else value for key, value in options.items()}


def _option(key: str, value: str) -> str:
    if _SECRET_KEY.search(key):
        return str(redactor().token(value))
    return _URL.sub(lambda found: found["head"] + str(redactor().token(found["secret"])), value)


def redact_snmp(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """An SNMP agent configuration with its communities replaced by keyed fingerprints."""
    token = redactor().token
    return {
        **configuration,
        "readOnlyCommunities": [str(token(text)) for text in configuration.get("readOnlyCommunities") or []],
        "trapTargets": [
            {**target, "community": str(token(target.get("community") or ""))}
            for target in configuration.get("trapTargets") or []
        ],
    }
