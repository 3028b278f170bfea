"""A lab host that is a mail server, a name server and a KVM host in one: Debian's own Postfix, BIND and libvirt.

What stands in their folders is synthetic: two guests, a network, one zone, made so that most findings are good.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.simulators.linux import lab

GUEST = """<domain type='kvm'>
  <name>{name}</name>
  <memory unit='MiB'>512</memory>
  <!-- backing -->
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2' cache='none'/>
      <source file='/var/lib/libvirt/images/{name}.qcow2'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <interface type='network'>
      <mac address='52:54:00:00:00:{number}'/>
      <source network='default'/>
      <model type='virtio'/>
    </interface>
    <graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1'/>
  </devices>
</domain>
"""
OPTIONS = """options {
    directory "/var/cache/bind";
    listen-on-v6 { any; };
    allow-recursion { localhost; 10.0.0.0/8; };
    version none; hostname none;
    # flip
};
"""
LOCAL = """key "peer" { algorithm hmac-sha256; secret "c3ludGhldGljIGtleSBvZiB0ZXN0cw=="; };
zone "example.org" {
    type primary;
    file "/var/cache/bind/example.org";
    allow-transfer { key "peer"; };
    // flip
};
"""
ALIASES = "postmaster: root\nroot: ops@example.org\n"
MAIN = (
    "smtpd_helo_required=yes smtpd_helo_restrictions=permit_mynetworks,reject_invalid_helo_hostname "
    "smtpd_client_restrictions=permit_mynetworks,reject_unknown_reverse_client_hostname "
    "smtpd_sender_restrictions=permit_mynetworks,reject_unknown_sender_domain 'smtpd_tls_protocols=>=TLSv1.2' "
    "disable_vrfy_command=yes 'smtpd_banner=$myhostname ESMTP' smtpd_forbid_bare_newline=normalize"
)
FILES: Final = {
    "/etc/libvirt/qemu/web1.xml": (GUEST.format(name="web1", number="01"), 0o600),
    "/etc/libvirt/qemu/web2.xml": (GUEST.format(name="web2", number="02"), 0o600),
    "/etc/bind/named.conf.options": (OPTIONS, 0o644),
    "/etc/bind/named.conf.local": (LOCAL, 0o644),
    "/etc/aliases": (ALIASES, 0o644),
}


@contextmanager
def booted(made: Path, folder: Path) -> Iterator[lab.LabHost]:
    """Such a host, from a root made with `lab.ROLE_PACKAGES`; it calls itself a machine of its own."""
    with lab.LabHost(made, folder) as host:
        host.call_itself_a_machine()
        for path, (text, mode) in FILES.items():
            host.put(path, text, mode)
        host.inside(["sh", "-ec", f"postconf -e {MAIN}"])
        yield host
