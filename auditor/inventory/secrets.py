"""References to secrets become secrets, at the moment a run begins."""

import os
from collections.abc import Callable
from pathlib import Path

from auditor.domain import Credential, Secret
from auditor.errors import InputError
from auditor.inventory.model import CredentialForm, SecretReference

Complain = Callable[[str, str, str], InputError]  # (field, what, mend) -> error at the credential's line


def resolve(name: str, form: CredentialForm, base: Path, complain: Complain) -> Credential:
    """The credential with its secrets read. Raises InputError when one resolves to nothing."""
    secrets: dict[str, Secret] = {}
    for field in ("password", "passphrase", "auth_key", "priv_key"):
        reference: SecretReference | None = getattr(form, field)
        if reference is not None:
            secrets[field] = Secret(_text(reference, field, base, complain))
    if form.key_file is not None:
        path = base / Path(form.key_file).expanduser()
        if not path.is_file():
            raise complain("key_file", f"there is no key file {form.key_file}", "Correct the path.")
        secrets["key_file"] = Secret(str(path))
    if not secrets:
        raise complain("", f"the credential {name!r} resolves to nothing", "Give it a password or a key_file.")
    return Credential(name, form.username, secrets)


def _text(reference: SecretReference, field: str, base: Path, complain: Complain) -> str:
    if reference.env is not None:
        if not (text := os.environ.get(reference.env)):
            raise complain(field, f"the environment variable {reference.env} is not set", f"export {reference.env}=...")
        return text
    path = base / Path(reference.file or "").expanduser()
    try:
        text = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as problem:  # ValueError: not UTF-8, or a NUL in the path
        why = getattr(problem, "strerror", None) or "not text"
        raise complain(field, f"the secret's file {reference.file} cannot be read: {why}", "Correct it.") from None
    if not text:
        raise complain(field, f"the secret's file {reference.file} is empty", "Write the secret into it.")
    return text
