"""Changes to Postfix, BIND, libvirt and the network of a lab host, and the findings that each must flip."""

from dataclasses import dataclass

from auditor.domain import Status
from tests.flips.linux_lab import FAIL, NOT_APPLICABLE, PASS, UNKNOWN

Pair = tuple[Status | None, Status | None]
BAD: Pair = (PASS, FAIL)
GOOD: Pair = (FAIL, PASS)
OPTIONS, LOCAL = "/etc/bind/named.conf.options", "/etc/bind/named.conf.local"
WEB1 = "/etc/libvirt/qemu/web1.xml"
MAIN, MASTER = "/etc/postfix/main.cf", "/etc/postfix/master.cf"
SMTP, VIEW, ZONE, VNC = "smtp/inet", "_default", "example.org", "web1/vnc"


@dataclass(frozen=True)
class Flip:
    """`do` runs in the host, `keeps` are files given back after it, `undo` is what else that takes.

    `wanted` is all that flips, with the status before and after.
    """

    name: str
    do: str
    wanted: dict[tuple[str, str | None], Pair]
    keeps: tuple[str, ...] = ()
    undo: str = "true"


def mail(name: str, setting: str, rule: str, pair: Pair = BAD, *more: str) -> Flip:
    """Settings of main.cf; `more` names rules that fail by the same change."""
    wanted: dict[tuple[str, str | None], Pair] = {(f"linux-postfix-{one}", SMTP): pair for one in (rule, *more)}
    return Flip(name, f"postconf -e {setting}", wanted, (MAIN,))


def whole_mail(name: str, setting: str, rule: str, pair: Pair = BAD) -> Flip:
    """The same, of a rule about the whole server."""
    return Flip(name, f"postconf -e {setting}", {(f"linux-postfix-{rule}", None): pair}, (MAIN,))


def named(name: str, path: str, text: str, wanted: dict[tuple[str, str | None], Pair]) -> Flip:
    """A line more in named.conf, where the word `flip` stands in its comment."""
    found = {(f"linux-bind-{rule}", subject): pair for (rule, subject), pair in wanted.items()}
    return Flip(name, f"sed -i 's,^    [/#]* flip$,{text},' {path}", found, (path,))


def guest(name: str, edit: str, wanted: dict[tuple[str, str | None], Pair]) -> Flip:
    """A guest's file, edited."""
    return Flip(
        name, f'sed -i "{edit}" {WEB1}', {(f"linux-kvm-{r}", s): pair for (r, s), pair in wanted.items()}, (WEB1,)
    )


def net(name: str, do: str, undo: str, rule: str, pair: Pair = BAD, subject: str | None = None) -> Flip:
    """A running setting of the network."""
    return Flip(name, do, {(f"linux-net-{rule}", subject): pair}, undo=undo)


NEW_BAD: Pair = (None, FAIL)
WAS_NONE: Pair = (NOT_APPLICABLE, None)
NEW_PASS: Pair = (None, PASS)
QEMU, LIBVIRTD = "/etc/libvirt/qemu.conf", "/etc/libvirt/libvirtd.conf"
NFT = "nft add table ip lab; nft 'add chain ip lab post { type nat hook postrouting priority 100; }'; "
FLIPS = [
    guest("emulated-disk", "s/bus='virtio'/bus='sata'/", {("disk-virtio", "web1/vda"): BAD}),
    guest("unsafe-cache", "s/cache='none'/cache='unsafe'/", {("disk-cache", "web1/vda"): BAD}),
    guest("default-cache", "s/ cache='none'//", {("disk-cache", "web1/vda"): BAD}),
    guest("emulated-card", "s/<model type='virtio'/<model type='e1000'/", {("nic-virtio", "web1/0"): BAD}),
    guest("same-mac", "s/00:01'/00:02'/", {("mac-unique", "web1/0"): BAD, ("mac-unique", "web2/0"): BAD}),
    guest("open-console", "s/listen='127.0.0.1'/listen='0.0.0.0'/",
          {("console-closed", VNC): BAD, ("console-encrypted", None): WAS_NONE, ("console-encrypted", VNC): NEW_BAD}),
    guest("console-with-password", "s/listen='127.0.0.1'/listen='0.0.0.0' passwd='geheim99'/",
          {("console-encrypted", None): WAS_NONE, ("console-encrypted", VNC): NEW_BAD}),
    guest("unconfined", "s,<!-- backing -->,<seclabel type='none'/>,", {("guest-confined", "web1"): BAD}),
    guest("hugepages-without-pool", "s,<!-- backing -->,<memoryBacking><hugepages/></memoryBacking>,",
          {("hugepages-there", None): WAS_NONE, ("hugepages-there", "web1"): NEW_BAD,
           ("hugepages-mounted", None): WAS_NONE, ("hugepages-mounted", "web1"): NEW_PASS}),
    guest("missing-bridge", "s/type='network'/type='bridge'/; s/network='default'/bridge='br77'/",
          {("bridge-there", "web1/0"): (FAIL, FAIL)}),
    Flip("autostart", "mkdir /etc/libvirt/qemu/autostart; ln -s ../web1.xml /etc/libvirt/qemu/autostart/web1.xml",
         {("linux-kvm-network-autostart", None): WAS_NONE, ("linux-kvm-network-autostart", "default"): NEW_BAD,
          ("linux-kvm-autostart-guests", None): BAD}, undo="rm -r /etc/libvirt/qemu/autostart"),
    Flip("another-network", "sed 's/default/lab/' /etc/libvirt/qemu/networks/default.xml "
         ">/etc/libvirt/qemu/networks/lab.xml", {("linux-kvm-networks-declared", None): BAD},
         undo="rm /etc/libvirt/qemu/networks/lab.xml"),
    Flip("plain-tcp", f"echo 'listen_tcp = 1' >>{LIBVIRTD}", {("linux-kvm-libvirt-no-plain-tcp", None): BAD},
         (LIBVIRTD,)),
    Flip("open-socket", f"printf 'auth_unix_rw = \"none\"\\nunix_sock_rw_perms = \"0777\"\\n' >>{LIBVIRTD}",
         {("linux-kvm-libvirt-socket", None): BAD}, (LIBVIRTD,)),
    Flip("qemu-as-root", f"echo 'user = \"root\"' >>{QEMU}", {("linux-kvm-qemu-user", None): BAD}, (QEMU,)),
    Flip("no-security-driver", f"printf 'security_driver = [\\n \"none\"\\n]\\n' >>{QEMU}",
         {("linux-kvm-security-driver", None): BAD}, (QEMU,)),
    Flip("no-sandbox", f"echo 'seccomp_sandbox = 0' >>{QEMU}", {("linux-kvm-sandbox", None): BAD}, (QEMU,)),
    Flip("libvirt-folder-mode", "chmod 0777 /etc/libvirt", {("linux-kvm-files-mode", "/etc/libvirt"): BAD},
         undo="chmod 0755 /etc/libvirt"),
    Flip("bridge-filter", "sysctl -qw net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-ip6tables=0 "
         "net.bridge.bridge-nf-call-arptables=0", {("linux-kvm-bridge-filter", None): GOOD},
         undo="sysctl -qw net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1 "
         "net.bridge.bridge-nf-call-arptables=1"),
    mail("open-relay", "smtpd_relay_restrictions=permit_mynetworks,permit smtpd_recipient_restrictions=",
         "no-open-relay", BAD, "relay-order"),
    Flip("trusted-sender-first", "postconf -e 'smtpd_relay_restrictions=check_sender_access hash:/etc/postfix/friends, "
         "reject_unauth_destination'", {("linux-postfix-relay-order", SMTP): BAD,
         ("linux-postfix-no-open-relay", SMTP): (PASS, UNKNOWN)}, (MAIN,)),
    Flip("everybody-is-mine", "postconf -e mynetworks=0.0.0.0/0",
         {("linux-postfix-networks", None): BAD, ("linux-postfix-no-open-relay", SMTP): BAD,
          ("linux-postfix-relay-order", SMTP): BAD}, (MAIN,)),
    mail("no-greeting", "smtpd_helo_required=no", "helo-required"),
    mail("greeting-unchecked", "smtpd_helo_restrictions=", "helo-checked"),
    mail("warning-only", "'smtpd_client_restrictions=warn_if_reject reject_unknown_client'", "client-name"),
    mail("any-sender", "smtpd_sender_restrictions=", "sender-domain"),
    mail("no-tls", "smtpd_tls_security_level=none", "tls-offered"),
    mail("no-certificate", "smtpd_tls_cert_file=none", "tls-offered"),
    mail("old-protocols", "'smtpd_tls_protocols=!SSLv2,!SSLv3'", "tls-protocols"),
    whole_mail("clear-outbound", "smtp_tls_security_level=none", "tls-out"),
    Flip("login-in-clear", "postconf -e smtpd_sasl_auth_enable=yes",
         {("linux-postfix-login-encrypted", None): WAS_NONE, ("linux-postfix-login-encrypted", SMTP): NEW_BAD,
          ("linux-postfix-login-named", None): WAS_NONE, ("linux-postfix-login-named", SMTP): NEW_PASS}, (MAIN,)),
    mail("vrfy", "disable_vrfy_command=no", "no-vrfy"),
    mail("talkative-banner", "'smtpd_banner=$myhostname ESMTP $mail_name'", "banner"),
    whole_mail("any-size", "message_size_limit=0", "message-size"),
    mail("no-client-limit", "smtpd_client_connection_count_limit=0", "client-limit"),
    mail("smuggling", "smtpd_forbid_bare_newline=no", "smuggling"),
    whole_mail("unknown-recipients", "local_recipient_maps=", "recipients-known"),
    whole_mail("xclient", "smtpd_authorized_xclient_hosts=10.0.0.0/8", "xclient"),
    whole_mail("programs-as-root", "default_privs=root", "owner"),
    Flip("no-chroot", "postconf -F smtp/inet/chroot=n", {("linux-postfix-confined", SMTP): BAD}, (MASTER,)),
    Flip("own-setting-of-one-service", "postconf -P smtp/inet/disable_vrfy_command=no",
         {("linux-postfix-no-vrfy", SMTP): BAD}, (MASTER,)),
    Flip("nobody-reads-root", "sed -i /^root/d /etc/aliases", {("linux-postfix-root-mail", None): BAD},
         ("/etc/aliases",)),
    Flip("alias-to-a-program", "echo 'robot: \"|/bin/cat\"' >>/etc/aliases",
         {("linux-postfix-alias-programs", None): BAD}, ("/etc/aliases",)),
    Flip("master-mode", f"chmod 0666 {MASTER}", {("linux-postfix-files-mode", MASTER): BAD}, (MASTER,)),
    Flip("login-file", "echo x >/etc/postfix/sasl_passwd; chmod 0644 /etc/postfix/sasl_passwd",
         {("linux-postfix-login-files-mode", None): WAS_NONE,
          ("linux-postfix-login-files-mode", "/etc/postfix/sasl_passwd"): NEW_BAD}, undo="rm /etc/postfix/sasl_passwd"),
    Flip("open-transfer", f"sed -i /allow-transfer/d {LOCAL}",
         {("linux-bind-transfer", ZONE): BAD, ("linux-bind-transfer-signed", ZONE): BAD}, (LOCAL,)),
    Flip("transfer-by-address", f"sed -i 's/key \"peer\"; }};/10.0.0.0\\/8; }};/' {LOCAL}",
         {("linux-bind-transfer-signed", ZONE): BAD}, (LOCAL,)),
    named("open-update", LOCAL, "allow-update { any; };", {("update", ZONE): BAD, ("update-signed", ZONE): BAD}),
    named("update-by-address", LOCAL, "allow-update { 10.0.0.5; };", {("update-signed", ZONE): BAD}),
    Flip("open-recursion", f"sed -i 's,allow-recursion.*,allow-recursion {{ !192.0.2.1; any; }};,' {OPTIONS}",
         {("linux-bind-recursion", VIEW): BAD, ("linux-bind-cache", VIEW): BAD}, (OPTIONS,)),
    Flip("recursion-by-acl", f"sed -i 's,allow-recursion.*,allow-recursion {{ mine; }};,' {OPTIONS}; "
         f"echo 'acl mine {{ 10.0.0.0/8; yours; }}; acl yours {{ 0.0.0.0/0; }};' >>{LOCAL}",
         {("linux-bind-recursion", VIEW): BAD, ("linux-bind-cache", VIEW): BAD}, (OPTIONS, LOCAL)),
    named("open-cache", OPTIONS, "allow-query-cache { any; };", {("cache", VIEW): BAD}),
    named("no-validation", OPTIONS, "dnssec-validation no;", {("validation", VIEW): BAD}),
    named("rate-limit", OPTIONS, "rate-limit { responses-per-second 10; };", {("rate-limit", VIEW): GOOD}),
    named("rate-limit-that-only-logs", OPTIONS, "rate-limit { responses-per-second 10; log-only yes; };",
          {("rate-limit", VIEW): (FAIL, FAIL)}),
    named("forwarders", OPTIONS, "forwarders { 192.0.2.53; };", {("forwarders", VIEW): BAD}),
    named("duties-apart", OPTIONS, "allow-query { 10.0.0.0/8; };",
          {("duties-apart", VIEW): GOOD, ("rate-limit", None): (None, NOT_APPLICABLE),
           ("rate-limit", VIEW): (FAIL, None)}),
    Flip("version-told", f"sed -i 's/version none;//' {OPTIONS}", {("linux-bind-version-hidden", None): BAD},
         (OPTIONS,)),
    Flip("host-told", f"sed -i 's/hostname none;//' {OPTIONS}", {("linux-bind-identity-hidden", None): BAD},
         (OPTIONS,)),
    Flip("control-from-afar",
         f"echo 'controls {{ inet * port 953 allow {{ any; }} keys {{ \"peer\"; }}; }};' >>{LOCAL}",
         {("linux-bind-control", None): WAS_NONE, ("linux-bind-control", "rndc 0.0.0.0 953"): NEW_BAD}, (LOCAL,)),
    Flip("statistics", f"echo 'statistics-channels {{ inet * port 8053; }};' >>{LOCAL}",
         {("linux-bind-statistics", None): WAS_NONE,
          ("linux-bind-statistics", "statistics 0.0.0.0 8053"): NEW_BAD}, (LOCAL,)),
    Flip("old-key", f"sed -i 's/hmac-sha256/hmac-md5/' {LOCAL}", {("linux-bind-key-algorithms", "peer"): BAD},
         (LOCAL,)),
    Flip("silent-log", f"echo 'logging {{ category security {{ null; }}; }};' >>{LOCAL}",
         {("linux-bind-logging", None): BAD}, (LOCAL,)),
    Flip("rndc-key-mode", "chmod 0644 /etc/bind/rndc.key", {("linux-bind-key-files-mode", "/etc/bind/rndc.key"): BAD},
         ("/etc/bind/rndc.key",)),
    Flip("named-conf-mode", "chown bind /etc/bind/named.conf",
         {("linux-bind-files-mode", "/etc/bind/named.conf"): BAD}, ("/etc/bind/named.conf",)),
    net("window-scaling", "sysctl -qw net.ipv4.tcp_window_scaling=0", "sysctl -qw net.ipv4.tcp_window_scaling=1",
        "tcp-window-scaling"),
    net("autotuning", "sysctl -qw net.ipv4.tcp_moderate_rcvbuf=0", "sysctl -qw net.ipv4.tcp_moderate_rcvbuf=1",
        "tcp-autotuning"),
    net("small-buffers", "sysctl -n net.ipv4.tcp_rmem >/run/rmem; sysctl -qw 'net.ipv4.tcp_rmem=4096 87380 65536'",
        "sysctl -qw net.ipv4.tcp_rmem=\"$(cat /run/rmem)\"; rm /run/rmem", "tcp-buffers"),
    net("promiscuous", "ip link set host0 promisc on", "ip link set host0 promisc off", "promiscuous", BAD, "host0"),
    net("second-resolver", "sed -i '$a nameserver 10.255.255.54' /etc/resolv.conf",
        "sed -i /255.54/d /etc/resolv.conf", "resolvers-redundant", GOOD),
    Flip("masquerading", f"{NFT} nft add rule ip lab post ip saddr 10.0.0.0/8 masquerade",
         {("linux-net-nat-declared", None): BAD}, undo="nft delete table ip lab"),
]  # fmt: skip
