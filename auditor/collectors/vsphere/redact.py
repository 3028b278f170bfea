"""What must not leave a collector in clear: communities and passwords among settings and agent configurations."""

import re
from collections.abc import Mapping
from typing import Any

from auditor.evidence.redaction import redactor

# The last part of a key says it; `Security.PasswordMaxDays` and `hostPasswordLength` are policy, not secrets.
_SECRET_KEY = re.compile(
    r"(?:^|\.)(?:community|communities|password|passwd|passphrase|secret|privatekey|authkey|privkey|token)$",
    re.IGNORECASE,
)


def redact_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options with the values of secret keys replaced by keyed fingerprints; empty values stay empty."""
    return {
        key: str(redactor().token(value)) if isinstance(value, str) and value and _SECRET_KEY.search(key) else value
        for key, value in options.items()
    }


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
