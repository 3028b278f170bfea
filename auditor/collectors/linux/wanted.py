"""What the program on the host asks for by name."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


UNITS = _words(
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
    "libvirtd.service virtqemud.service docker.service podman.socket containerd.service apparmor.service "
    "apt-daily-upgrade.timer dnf-automatic.timer unattended-upgrades.service dailyaidecheck.timer aidecheck.timer "
    "fstrim.timer tmp.mount"
)

FILES = _words(
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
    "/var/lib/aide/aide.db.gz"
)

# Of those, what stands below folders that only root may enter.
ROOT_FILES = _words(
    "/etc/audit/auditd.conf /etc/audit/audit.rules /etc/audit/rules.d /var/log/audit/audit.log /root/.ssh "
    "/root/.ssh/authorized_keys /root/.rhosts /boot/grub2/grub.cfg /boot/grub2/user.cfg"
)

MODULES = _words(
    "cramfs freevxfs hfs hfsplus jffs2 udf squashfs overlay usb-storage dccp tipc rds sctp firewire-core atm can "
    "bluetooth afs ceph cifs exfat fat fscache fuse gfs2 nfs nfsd btusb uvcvideo"
)

MOUNT_POINTS = _words("/ /boot /dev/shm /home /opt /srv /tmp /var /var/log /var/log/audit /var/tmp")

# What a site writes into sudoers so that `become: sudo` closes the gaps, by record: exact arguments, nothing else.
# `""` means without arguments: a bare command would allow any, and `iptables-save -M PROGRAM` would be root.
SUDO_COMMANDS = {
    "passwd_s": "/usr/bin/passwd -S -a",
    "stat_root": f"/usr/bin/stat -L -c %a|%U|%G|%s|%F|%n {' '.join(ROOT_FILES)}",
    "listeners_p": "/usr/bin/ss -tulpnH",
    "aa_status": "/usr/sbin/aa-status --json",
    "sshd": "/usr/sbin/sshd -T",
    "sudoers": "/usr/bin/grep -RnH -D skip ^ /etc/sudoers /etc/sudoers.d",
    "audit_rules": "/usr/bin/grep -RnH -D skip ^ /etc/audit/rules.d /etc/audit/auditd.conf",
    "auditctl_l": "/usr/sbin/auditctl -l",
    "auditctl_s": "/usr/sbin/auditctl -s",
    "grub_debian": "/usr/bin/grep -c ^password_pbkdf2 /boot/grub/grub.cfg",
    "grub_rhel": "/usr/bin/grep -c ^GRUB2_PASSWORD=grub.pbkdf2 /boot/grub2/user.cfg",
    "nft": "/usr/sbin/nft -j list ruleset",
    "iptables": '/usr/sbin/iptables-save ""',
    "ip6tables": '/usr/sbin/ip6tables-save ""',
}
