"""Facts of an X.509 certificate."""

from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

from auditor.collectors.vsphere.draft import Missing

_MANY = 1000  # a host trusts a handful; a longer list is no list of a host
_BEGIN = "-----BEGIN CERTIFICATE-----"
_END = "-----END CERTIFICATE-----"


def certificate(pem: Any, at: datetime) -> dict[str, Any]:
    """The `Certificate` facts of the first certificate in `pem`; days are counted from `at`. Raises Missing."""
    found = _parsed(pem)
    try:
        hash_algorithm = found.signature_hash_algorithm
        key_type, key_bits = _key(found.public_key())
    except Exception as problem:
        raise Missing(f"the certificate could not be parsed: {type(problem).__name__}") from problem
    return {
        "issuer": found.issuer.rfc4514_string(),
        "subject": found.subject.rfc4514_string(),
        "serial": f"{found.serial_number:x}",
        "not_before": _iso(found.not_valid_before_utc),
        "not_after": _iso(found.not_valid_after_utc),
        "days_left": (found.not_valid_after_utc - at.astimezone(UTC)).days,
        "self_signed": found.issuer == found.subject,
        "key_type": key_type,
        "key_bits": key_bits,
        "signature_hash": hash_algorithm.name if hash_algorithm else None,
    }


def authorities(pems: Any, managed: bool) -> dict[str, Any]:
    """The `TrustedCa` facts of a list of PEM certificates, by fingerprint. Raises Missing: one unread could be any."""
    if not isinstance(pems, list) or (managed and not pems):
        raise Missing("no trusted authority came back, though a host behind a vCenter trusts that one at least")
    if len(pems) > _MANY:
        raise Missing(f"more than {_MANY} trusted authorities came back: they were not read")
    found = [_parsed(pem) for pem in pems]
    return {
        one.fingerprint(hashes.SHA256()).hex(): {
            "subject": one.subject.rfc4514_string(),
            "not_after": _iso(one.not_valid_after_utc),
        }
        for one in found
    }


def _parsed(pem: Any) -> x509.Certificate:
    text = str(pem)
    if _BEGIN not in text or _END not in text:
        raise Missing("no PEM certificate came back")
    text = text[text.index(_BEGIN) : text.index(_END) + len(_END)]
    try:
        return x509.load_pem_x509_certificate(text.encode("ascii", "replace"))
    except Exception as problem:
        raise Missing(f"the certificate could not be parsed: {type(problem).__name__}") from problem


def _key(key: Any) -> tuple[str, int | None]:
    if isinstance(key, rsa.RSAPublicKey):
        return "rsa", key.key_size
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "ec", key.key_size
    if isinstance(key, dsa.DSAPublicKey):
        return "dsa", key.key_size
    if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        return "ed25519" if isinstance(key, ed25519.Ed25519PublicKey) else "ed448", None
    return type(key).__name__, None


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
