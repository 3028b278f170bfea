"""A TLS context for each way of verifying; always explicit, for pyVmomi would leave loopback addresses unverified."""

import hashlib
import ssl

from auditor.collectors.vsphere.options import Tls


class Peer:
    """Verifies the far end: `context` during the handshake, `check` right after it, before the first byte is sent."""

    def __init__(self, options: Tls) -> None:
        """Raises OSError or ssl.SSLError when a named file cannot be used."""
        self._pin = b""
        if not options.verify:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            self.context.check_hostname = False
            self.context.verify_mode = ssl.CERT_NONE
        elif options.pinned_leaf:
            pem = options.pinned_leaf.read_text("ascii")
            self._pin = hashlib.sha256(ssl.PEM_cert_to_DER_cert(_first(pem))).digest()
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            self.context.check_hostname = False  # the certificate itself is expected, whatever name it bears
            self.context.verify_mode = ssl.CERT_REQUIRED
            self.context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
            self.context.load_verify_locations(cadata=_first(pem))
        else:
            self.context = ssl.create_default_context(cafile=str(options.ca_file) if options.ca_file else None)

    def check(self, sock: ssl.SSLSocket) -> None:
        """Refuse a peer that the pinned certificate merely signed. Raises ssl.SSLCertVerificationError."""
        if self._pin and hashlib.sha256(sock.getpeercert(binary_form=True) or b"").digest() != self._pin:
            raise ssl.SSLCertVerificationError("the peer's certificate is not the pinned one")


def _first(pem: str) -> str:
    end = "-----END CERTIFICATE-----"
    head, found, _ = pem.partition(end)
    if not found:
        raise ssl.SSLError("the file of the pinned certificate holds no PEM certificate")
    return head[head.index("-----BEGIN CERTIFICATE-----") :] + end + "\n" if "-----BEGIN" in head else head + end
