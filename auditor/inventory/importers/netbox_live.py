"""NetBox itself, over HTTPS: its devices and virtual machines, page by page. It is only ever asked to read.

Its certificate is verified, no redirect is followed, and neither pages nor bytes are without end. A link to the next
page is not followed either, for it says where the token goes: pages are counted here.
"""

import http.client
import os
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson

from auditor.domain import Secret
from auditor.errors import InputError
from auditor.inventory.importers.entry import MOST, short

LISTS = ("/api/dcim/devices/", "/api/virtualization/virtual-machines/")
PAGE = 500
LARGEST = 32 << 20  # bytes of one answer
TIMEOUT = 60.0  # seconds of one exchange without a byte


def token_of(variable: str | None, file: Path | None) -> Secret:
    """The token, from the environment or a file. Raises InputError when it is not there."""
    if (variable is None) == (file is None):
        raise InputError("NetBox wants a token", mend="Say where it stands: --token-env NAME or --token-file FILE.")
    if variable is not None:
        text, where = os.environ.get(variable, ""), f"the environment variable {variable}"
    else:
        try:
            text, where = Path(file or "").expanduser().read_text("utf-8"), f"the file {file}"
        except (OSError, ValueError) as problem:
            why = getattr(problem, "strerror", None) or "not text"
            raise InputError(f"the token cannot be read: {why}", where=str(file), mend="Correct the path.") from None
    text = text.strip()
    if not text or not text.isascii() or not text.isprintable() or len(text) > 500:
        raise InputError(f"{where} holds no token", mend="Write the token of a read-only NetBox account there.")
    return Secret(text)


def ask(url: str, token: Secret, ca_file: Path | None = None, page: int = PAGE) -> list[Any]:
    """Every device and virtual machine, as the API gives them. Raises InputError with the URL."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    if parts.scheme != "https" or not host or parts.username or parts.query or parts.fragment:
        mend = "Write it like https://netbox.example.org, without a login; http would give the token to anybody."
        shown = short(url.rpartition("@")[2])  # what stands before may be a password
        raise InputError(f"{shown} is no address of NetBox", mend=mend)
    base = parts.path.rstrip("/").removesuffix("/api")
    try:
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except (OSError, ValueError) as problem:
        raise InputError(f"the CAs cannot be used: {problem}", where=str(ca_file), mend="Give a PEM file.") from None
    connection = http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=context)
    try:
        return [one for path in LISTS for one in _pages(connection, base + path, token, page, url)]
    except ssl.SSLCertVerificationError as problem:
        mend = "Give its CA with --ca-file; verification cannot be switched off."
        raise InputError(f"its certificate was not accepted: {problem.verify_message}", where=url, mend=mend) from None
    except (OSError, http.client.HTTPException) as problem:
        what = f"it cannot be reached: {getattr(problem, 'strerror', None) or type(problem).__name__}"
        raise InputError(what, where=url, mend="Is it up, and the address right?") from None
    finally:
        connection.close()


def _pages(connection: http.client.HTTPSConnection, path: str, token: Secret, page: int, url: str) -> list[Any]:
    found: list[Any] = []
    while True:
        query = urlencode({"limit": page, "offset": len(found)})
        data = _get(connection, f"{path}?{query}", token, url)
        results = data.get("results") if isinstance(data, dict) else None
        if not isinstance(results, list):
            raise InputError("it does not answer like NetBox", where=url, mend="Is this the address of its API?")
        found += results
        if not data.get("next"):
            return found
        if not results or len(found) > MOST:
            raise InputError(f"its list does not end (more than {len(found):,})", where=url, mend="Import a file.")


def _get(connection: http.client.HTTPSConnection, path: str, token: Secret, url: str) -> Any:
    headers = {"Authorization": f"Token {token.reveal()}", "Accept": "application/json"}
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read(LARGEST + 1)
    if answer.status in (401, 403):
        raise InputError("it refuses the token", where=url, mend="Give one that may read devices and machines.")
    if answer.status != 200:
        raise InputError(f"it answers with status {answer.status}", where=url, mend="Is this the address of NetBox?")
    if len(body) > LARGEST:
        raise InputError(f"an answer of more than {LARGEST >> 20} MiB", where=url, mend="Import a file.")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise InputError("it does not answer in JSON", where=url, mend="Is this the address of NetBox?") from None
