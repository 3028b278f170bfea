"""Which values kernel parameters take, where that is known: Documentation/admin-guide/sysctl and ip-sysctl of Linux."""

import re

EITHER = ("secure_redirects", "shared_media", "accept_local", "arp_filter", "route_localnet")
_JOINED = ("rp_filter", "accept_redirects", "send_redirects", "accept_source_route", "log_martians", "forwarding")
_BIG = 2**31 - 1
# Key -> least, greatest. What the kernel takes beyond them is not foretold.
_RANGES: tuple[tuple[str, int, int], ...] = (
    (r"net\.ipv4\.conf\.[^.]+\.rp_filter", 0, 2),
    (r"net\.ipv4\.conf\.[^.]+\.(?:accept_redirects|send_redirects|accept_source_route|log_martians|secure_redirects|"
     r"shared_media|accept_local|arp_filter|route_localnet|forwarding|drop_gratuitous_arp)", 0, 1),
    (r"net\.ipv4\.conf\.[^.]+\.arp_ignore", 0, 8),
    (r"net\.ipv4\.conf\.[^.]+\.arp_announce", 0, 2),
    (r"net\.ipv6\.conf\.[^.]+\.(?:accept_redirects|accept_source_route|autoconf|disable_ipv6|accept_ra_defrtr|"
     r"accept_ra_pinfo|accept_ra_rtr_pref|forwarding)", 0, 1),
    (r"net\.ipv6\.conf\.[^.]+\.accept_ra", 0, 2),
    (r"net\.ipv6\.conf\.[^.]+\.router_solicitations", -1, _BIG),
    (r"net\.ipv6\.conf\.[^.]+\.max_addresses", 0, _BIG),
    (r"net\.ipv4\.icmp_(?:echo_ignore_all|echo_ignore_broadcasts|ignore_bogus_error_responses)", 0, 1),
    (r"net\.ipv4\.icmp_errors_use_inbound_ifaddr", 0, 1),
    (r"net\.ipv6\.icmp\.echo_ignore_(?:all|multicast|anycast)", 0, 1),
    (r"net\.ipv4\.tcp_syncookies", 0, 2),
    (r"net\.ipv4\.tcp_(?:timestamps)", 0, 2),
    (r"net\.ipv4\.tcp_(?:rfc1337|sack|dsack|window_scaling|slow_start_after_idle|no_metrics_save)", 0, 1),
    (r"net\.ipv4\.tcp_max_syn_backlog", 1, _BIG),
    (r"net\.ipv4\.tcp_(?:fin_timeout)", 1, 120),
    (r"net\.ipv4\.tcp_syn_retries", 1, 127),
    (r"net\.ipv4\.tcp_synack_retries", 0, 255),
    (r"net\.ipv4\.tcp_keepalive_(?:time|intvl)", 1, 32767),
    (r"net\.ipv4\.tcp_keepalive_probes", 1, 127),
    (r"net\.ipv4\.ip_forward", 0, 1),
    (r"net\.ipv4\.ip_nonlocal_bind", 0, 1),
    (r"net\.ipv6\.ip_nonlocal_bind", 0, 1),
    (r"net\.core\.somaxconn", 1, 65535),
    (r"net\.core\.bpf_jit_harden", 0, 2),
    (r"net\.core\.netdev_max_backlog", 1, _BIG),
    (r"kernel\.(?:dmesg_restrict|core_uses_pid)", 0, 1),
    (r"kernel\.kptr_restrict", 0, 2),
    (r"kernel\.randomize_va_space", 0, 2),
    (r"kernel\.perf_event_paranoid", -1, 4),
    (r"kernel\.sysrq", 0, 511),
    (r"kernel\.panic", -1, 3600),
    (r"kernel\.panic_on_oops", 0, 1),
    (r"fs\.suid_dumpable", 0, 2),
    (r"fs\.protected_(?:hardlinks|symlinks)", 0, 1),
    (r"fs\.protected_(?:fifos|regular)", 0, 2),
    (r"vm\.swappiness", 0, 100),
    (r"vm\.mmap_min_addr", 4096, 1 << 20),
)  # fmt: skip
# Once set they do not go back before the next boot.
_ONE_WAY = re.compile(r"kernel\.(?:modules_disabled|kexec_load_disabled)")
_STICKY = {"kernel.yama.ptrace_scope": 3, "kernel.unprivileged_bpf_disabled": 1}
_STICKY_RANGE = {"kernel.yama.ptrace_scope": (0, 3), "kernel.unprivileged_bpf_disabled": (0, 2)}
_COMPILED = tuple((re.compile(pattern), least, most) for pattern, least, most in _RANGES)


def stands() -> tuple[str, ...]:
    """Parameters of an IPv4 interface that are joined with those of `all`."""
    return _JOINED


def settable(key: str, now: int | str, wanted: int | str) -> str:
    """Nothing where the kernel will then show `wanted`; else why that is not known."""
    if isinstance(wanted, str) or isinstance(now, str):
        return "the kernel may write this value in another way"
    if _ONE_WAY.fullmatch(key):
        return "" if (now, wanted) == (0, 1) else f"{key} does not go back before the next boot"
    if key in _STICKY:
        least, most = _STICKY_RANGE[key]
        if now == _STICKY[key]:
            return f"{key} does not change any more before the next boot"
        return "" if least <= wanted <= most else f"the kernel takes {least} to {most} here"
    for pattern, least, most in _COMPILED:
        if pattern.fullmatch(key):
            return "" if least <= wanted <= most else f"the kernel is known to take {least} to {most} here"
    return "which values the kernel takes here is not known to this release"
