"""Secrets among the extra configuration of a machine."""

import re
from collections.abc import Mapping

from auditor.collectors.vsphere.redact import redact_options
from auditor.evidence.redaction import redactor

# machine.id is how scripts hand data to a guest; encryption.* and dataFileKey hold wrapped keys
_SECRET_KEY = re.compile(
    r"(?i)^machine\.id$|^encryption\.|^datafilekey|\.vnc\.key$|user-?data$|cloud-?init|ovf-?env|passw|secret|credential"
)


def redact_extra_config(options: Mapping[str, str]) -> dict[str, str]:
    """`options` with secret values replaced by keyed fingerprints; empty values stay empty."""
    token = redactor().token
    return {
        key: str(token(value)) if value and _SECRET_KEY.search(key) else value
        for key, value in redact_options(options).items()
    }
