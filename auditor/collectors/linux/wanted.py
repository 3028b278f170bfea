"""What the program on the host asks for by name."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# Those of the second list came later: a capture without the record `asked` was made without them.
FIRST_UNITS = _words(
    "ssh.service sshd.service ssh.socket cron.service crond.service atd.service auditd.service rsyslog.service "
    "systemd-journald.service systemd-journal-upload.service systemd-journal-remote.socket systemd-timesyncd.service "
    "chrony.service chronyd.service ntp.service ntpd.service ntpsec.service ptp4l.service nftables.service "
    "iptables.service netfilter-persistent.service firewalld.service ufw.service fail2ban.service autofs.service "
    "avahi-daemon.service avahi-daemon.socket isc-dhcp-server.service dhcpd.service kea-dhcp4-server.service "
    "bind9.service named.service dnsmasq.service vsftpd.service slapd.service dovecot.service dovecot.socket "
    "cyrus-imapd.service nfs-server.service nfs-kernel-server.service rpcbind.service rpcbind.socket ypserv.service "
    "cups.service cups.socket cups-browsed.service rsync.service rsyncd.service smbd.service smb.service nmbd.service "
    "snmpd.service tftpd-hpa.service tftp.service tftp.socket squid.service apache2.service httpd.service "
    "nginx.service xinetd.service inetd.service openbsd-inetd.service telnet.socket rsh.socket rlogin.socket "
    "rexec.socket rsh.service bluetooth.service wpa_supplicant.service apport.service whoopsie.service kdump.service "
    "kdump-tools.service debug-shell.service ctrl-alt-del.target postfix.service exim4.service sendmail.service "
    "libvirtd.socket libvirtd-tcp.socket libvirtd-tls.socket virtqemud.socket virtproxyd.service virtproxyd-tcp.socket "
    "virtproxyd-tls.socket vboxdrv.service vmware.service xen.service xencommons.service xenstored.service "
    "libvirtd.service virtqemud.service docker.service podman.socket containerd.service apparmor.service "
    "apt-daily-upgrade.timer dnf-automatic.timer unattended-upgrades.service dailyaidecheck.timer aidecheck.timer "
    "fstrim.timer tmp.mount"
)
UNITS = FIRST_UNITS + _words(
    "isc-dhcp-server6.service cockpit.socket usbguard.service "
    "fapolicyd.service rngd.service gdm.service gdm3.service tuned.service snmpd.socket rsync.socket httpd.socket "
    "xrdp.service dailyaidecheck.service aidecheck.service proftpd.service pure-ftpd.service inetutils-inetd.service "
    "rsyncd.socket"
)

FILES = _words(
    "/dev/kvm /etc/libvirt /etc/libvirt/libvirtd.conf /etc/libvirt/qemu.conf /etc/libvirt/qemu /var/lib/libvirt/images "
    "/etc/postfix /etc/postfix/main.cf /etc/postfix/master.cf /etc/aliases /etc/aliases.db /etc/postfix/sasl_passwd "
    "/etc/postfix/sasl_passwd.db /etc/bind /etc/bind/named.conf /etc/bind/rndc.key /etc/named.conf /etc/named "
    "/etc/rndc.key /etc/rndc.conf /var/named "
    "/etc/passwd /etc/passwd- /etc/group /etc/group- /etc/shadow /etc/shadow- /etc/gshadow /etc/gshadow- /etc/shells "
    "/etc/security/opasswd /etc/security/opasswd.old /etc/motd /etc/issue /etc/issue.net /etc/crontab /etc/cron.hourly "
    "/etc/cron.daily /etc/cron.weekly /etc/cron.monthly /etc/cron.d /etc/cron.allow /etc/cron.deny /etc/at.allow "
    "/etc/at.deny /var/spool/cron /var/spool/cron/crontabs /etc/ssh/sshd_config /etc/ssh/sshd_config.d /etc/sudoers "
    "/etc/sudoers.d /etc/login.defs /etc/fstab /etc/hosts /etc/hosts.allow /etc/hosts.deny /etc/resolv.conf "
    "/etc/sysctl.conf /etc/ld.so.preload /etc/audit/auditd.conf /etc/audit/audit.rules /etc/audit/rules.d /var/log "
    "/var/log/audit /var/log/audit/audit.log /var/log/journal /var/log/auth.log /var/log/secure /var/log/syslog "
    "/var/log/messages /var/log/wtmp /var/log/btmp /var/log/lastlog /boot/grub/grub.cfg /boot/grub2/grub.cfg "
    "/boot/grub2/user.cfg /root /root/.ssh /root/.ssh/authorized_keys /root/.rhosts /etc/hosts.equiv /etc/shosts.equiv "
    "/etc/exports /etc/snmp/snmpd.conf /etc/rsyslog.conf /etc/chrony.keys /etc/chrony/chrony.keys /bin /sbin /usr/bin "
    "/usr/sbin /lib /usr/lib /usr/bin/su /usr/bin/sudo /sbin/auditctl /sbin/auditd /sbin/ausearch /sbin/aureport "
    "/sbin/augenrules /sbin/autrace /tmp /var/tmp /dev/shm /etc/ssl/private /var/lib/aide/aide.db "
    "/var/lib/aide/aide.db.gz /var/lib/aide/aide.db.new /etc/crypttab /sbin/audisp-syslog /sbin/audispd"
)

# Configuration files and folders that are read whole by whoever looks. Those of the second list came later: a capture
# without the record `asked` was made by a program that did not know them.
FIRST_CONF = _words(
    "/etc/login.defs /etc/default/useradd /etc/shells /etc/fstab /etc/pam.d /etc/pam.conf "
    "/etc/security/pwquality.conf /etc/security/pwquality.conf.d /etc/security/faillock.conf "
    "/etc/security/pwhistory.conf /etc/security/limits.conf /etc/security/limits.d /etc/ssh/sshd_config "
    "/etc/ssh/sshd_config.d /etc/systemd/journald.conf /etc/systemd/journald.conf.d /usr/lib/systemd/journald.conf.d "
    "/run/systemd/journald.conf.d /etc/systemd/coredump.conf /etc/systemd/coredump.conf.d "
    "/usr/lib/systemd/coredump.conf.d /etc/systemd/timesyncd.conf /etc/systemd/timesyncd.conf.d "
    "/usr/lib/systemd/timesyncd.conf.d /etc/rsyslog.conf /etc/rsyslog.d /etc/chrony.conf /etc/chrony.d "
    "/etc/chrony/chrony.conf /etc/chrony/conf.d /etc/chrony/sources.d /etc/ntp.conf /etc/ntpsec/ntp.conf "
    "/etc/selinux/config /etc/issue /etc/issue.net /etc/motd /etc/crypto-policies/state/current "
    "/etc/crypto-policies/back-ends/opensshserver.config /usr/local/lib/systemd/journald.conf.d "
    "/run/systemd/coredump.conf.d /usr/local/lib/systemd/coredump.conf.d /run/systemd/timesyncd.conf.d "
    "/usr/local/lib/systemd/timesyncd.conf.d"
)
CONF = FIRST_CONF + _words(
    "/etc/sysconfig/sshd /etc/nsswitch.conf /etc/environment /etc/systemd/logind.conf /etc/systemd/logind.conf.d "
    "/usr/lib/systemd/logind.conf.d /usr/local/lib/systemd/logind.conf.d "
    "/run/systemd/logind.conf.d /etc/systemd/system.conf /etc/systemd/system.conf.d "
    "/usr/lib/systemd/system.conf.d /run/systemd/system.conf.d /usr/local/lib/systemd/system.conf.d /etc/default/ufw "
    "/etc/ufw/ufw.conf"
)
AUDIT_CONF = _words("/etc/audit/rules.d /etc/audit/auditd.conf /etc/audit/audit.rules")

# Of those, what stands below folders that only root may enter.
ROOT_FILES = _words(
    "/etc/libvirt/libvirtd.conf /etc/libvirt/qemu.conf /etc/libvirt/qemu "
    "/etc/audit/auditd.conf /etc/audit/audit.rules /etc/audit/rules.d /var/log/audit/audit.log /root/.ssh "
    "/root/.ssh/authorized_keys /root/.rhosts /boot/grub2/grub.cfg /boot/grub2/user.cfg /var/lib/aide/aide.db "
    "/var/lib/aide/aide.db.gz"
)

MODULES = _words(
    "cramfs freevxfs hfs hfsplus jffs2 udf squashfs overlay usb-storage dccp tipc rds sctp firewire-core atm can "
    "bluetooth afs ceph cifs exfat fat fscache fuse gfs2 nfs nfsd btusb uvcvideo"
)

MOUNT_POINTS = _words("/ /boot /boot/efi /dev/shm /home /opt /srv /tmp /usr /var /var/log /var/log/audit /var/tmp")

# Words of the kernel command line that matter to security; the rest is the host's own affair (root=, console= ...).
BOOT_WORDS = _words(
    "audit audit_backlog_limit page_poison init_on_free init_on_alloc slub_debug vsyscall pti nopti mitigations "
    "nokaslr selinux enforcing apparmor security lsm fips ipv6.disable module.sig_enforce lockdown iommu intel_iommu "
    "spectre_v2 spec_store_bypass_disable l1tf mds tsx"
)

# What a site writes into sudoers so that `become: sudo` closes the gaps, by record: exact arguments, nothing else.
# `""` means without arguments: a bare command would allow any, and `iptables-save -M PROGRAM` would be root.
SUDO_COMMANDS = {
    "passwd_s": "/usr/bin/passwd -S -a",
    "stat_root": f"/usr/bin/stat -L -c %a|%U|%G|%s|%F|%n {' '.join(ROOT_FILES)}",
    "listeners_p": "/usr/bin/ss -tulpnH",
    "aa_status": "/usr/sbin/aa-status --json",
    "sshd": "/usr/sbin/sshd -T",
    "sshd_plain": "/usr/sbin/sshd -T -C "
    "user\\=auditor-none\\,host\\=none.invalid\\,addr\\=192.0.2.9\\,laddr\\=192.0.2.8\\,lport\\=65535",
    "sshd_text": "/usr/bin/grep -RnH -D skip ^ /etc/ssh/sshd_config /etc/ssh/sshd_config.d",
    "auditd_file": "/usr/bin/stat -L -c %Y|%n /etc/audit/auditd.conf",
    "root_shell": "/usr/bin/grep -nHi -e path= -e umask /root/.profile /root/.bash_profile /root/.bash_login "
    "/root/.bashrc",
    "dot_files": "/usr/bin/find /home /root -maxdepth 2 -type f ( -name .rhosts -o -name .shosts -o -name .forward "
    "-o -name .netrc -o -name .bash_history -o -perm /022 ) -ls",
    "sudoers": "/usr/bin/grep -RnH -D skip ^ /etc/sudoers /etc/sudoers.d",
    "audit_rules": f"/usr/bin/grep -RnH -D skip ^ {' '.join(AUDIT_CONF)}",
    "aide_conf": "/usr/bin/grep -RnH -D skip ^ /etc/aide.conf /etc/aide",
    "aide_jobs": "/usr/bin/grep -rnHw -D skip aide /etc/crontab /etc/cron.d /etc/cron.hourly /etc/cron.daily "
    "/etc/cron.weekly /etc/cron.monthly /var/spool/cron",
    "stat_folders": "/usr/bin/find -L /etc/audit /etc/ssh/sshd_config.d -maxdepth 2 -type f -ls",
    "auditctl_l": "/usr/sbin/auditctl -l",
    "auditctl_s": "/usr/sbin/auditctl -s",
    "grub_debian": "/usr/bin/grep -c ^password_pbkdf2 /boot/grub/grub.cfg",
    "modprobe_text": "/usr/bin/grep -RnH -D skip ^ /etc/modprobe.d /run/modprobe.d /usr/local/lib/modprobe.d "
    "/usr/lib/modprobe.d /lib/modprobe.d",
    "grub_superusers": "/usr/bin/grep -c superusers /boot/grub/grub.cfg",
    "boot_entries": "/usr/bin/grep -RnH -D skip -e vmlinuz -e ^options -e ^kernelopts /boot/loader/entries "
    "/boot/grub/grub.cfg /boot/grub2/grub.cfg /boot/grub2/grubenv",
    "grub_efi": "/usr/bin/grep -rho -D skip --include user.cfg ^GRUB2_PASSWORD=grub.pbkdf2 /boot/efi/EFI",
    "grub_rhel": "/usr/bin/grep -c ^GRUB2_PASSWORD=grub.pbkdf2 /boot/grub2/user.cfg",
    "named": "/usr/bin/named-checkconf -px",
    "libvirt": "/usr/bin/grep -rnH -D skip ^ /etc/libvirt/qemu",
    "libvirt_links": "/usr/bin/find /etc/libvirt/qemu -type l",
    "libvirt_conf": "/usr/bin/grep -nH -D skip ^ /etc/libvirt/libvirtd.conf /etc/libvirt/virtproxyd.conf "
    "/etc/libvirt/virtqemud.conf /etc/libvirt/qemu.conf",
    "nft": "/usr/sbin/nft -j list ruleset",
    "iptables": '/usr/sbin/iptables-save ""',
    "ip6tables": '/usr/sbin/ip6tables-save ""',
    # Only where the source says `activity: true`: who did what, in the last entries of the logs.
    "log_journal": "/usr/bin/journalctl -q --no-pager -o short-unix -n 5000 SYSLOG_FACILITY=10",
    "log_auth": "/usr/bin/tail -c 1000000 /var/log/auth.log",
    "log_secure": "/usr/bin/tail -c 1000000 /var/log/secure",
    "log_audit": "/usr/bin/tail -c 2000000 /var/log/audit/audit.log",
}
