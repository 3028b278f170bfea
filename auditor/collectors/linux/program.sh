# Reads a Linux host and changes nothing. POSIX sh, fed to `sh -s`; the lines above set BECOME, UNITS, FILES, ROOT_FILES, MODULES.
# Answer: NUL BEGIN NUL, then records `key NUL stdout NUL rc NUL stderr NUL`, the last one with key END.
LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin
export LC_ALL PATH; unset LANGUAGE GREP_OPTIONS ENV
if printf x | grep -qD skip x 2>/dev/null; then SKIP='-D skip'; else SKIP=; fi   # FIFOs are left alone; busybox has no -D
umask 077; exec 3>&1; U=$(id -u) CAP=3000000
export UNITS FILES MODULES

if timeout 5 true 2>/dev/null; then lim() { timeout "$@"; }; LIMITS=yes   # an old busybox wants -t: then the caller's deadline alone holds
else lim() { shift; "$@"; }; LIMITS=no; fi

# r KEY SECONDS COMMAND...: one record. NULs are dropped and the size is capped, so nothing read can break the frame.
r() { k=$1 t=$2; shift 2; printf '%s\0' "$k"
  e=$({ { lim "$t" "$@" </dev/null 2>&4; printf '\nrc:%s' $? >&4; } | tr -d '\000' | head -c "$CAP" >&3; } 4>&1)
  printf '\0%s\0%.6000s\0' "${e##*rc:}" "${e%?rc:*}"; }

# p KEY SECONDS TOOL ARGS...: the same for what needs root: as root, else by `sudo -n` when asked for, else it is refused and says so.
p() { k=$1 t=$2 c=$(command -v "$3" || echo "$3"); shift 3
  if [ "$U" != 0 ] && [ "$BECOME" = sudo ] && [ -x "$c" ]; then r "$k" "$t" sudo -n "$c" "$@"; else r "$k" "$t" "$c" "$@"; fi; }

printf '\0BEGIN\0'
r meta 5 sh -c 'printf "uid=%s\nuser=%s\nkernel=%s\narch=%s\nhostname=%s\nnow=%s\nlimits=%s\nbecome=%s\npid1=%s\n" \
  "$(id -u)" "$(id -un)" "$(uname -r)" "$(uname -m)" "$(uname -n)" "$(date +%s)" "$0" "$1" "$(cat /proc/1/comm)"' "$LIMITS" "$BECOME"
r os 5 cat /etc/os-release
r virt 5 sh -c 'if command -v systemd-detect-virt >/dev/null; then
    printf "container=%s\n" "$(systemd-detect-virt -c)"; printf "any=%s\n" "$(systemd-detect-virt)"
    systemd-detect-virt -r && echo chroot=yes || echo chroot=no
  else echo tool=no; fi
  [ ! -e /.dockerenv ] || echo marker=docker; [ ! -e /run/.containerenv ] || echo marker=podman
  [ ! -e /run/systemd/container ] || printf "marker=%s\n" "$(cat /run/systemd/container)"
  grep -qsE "docker|lxc|kubepods|containerd" /proc/1/cgroup && echo marker=cgroup
  a=$(stat -Lc %d:%i /proc/1/root/. 2>/dev/null) && [ "$a" != "$(stat -Lc %d:%i /)" ] && echo chroot=yes; true'

# All of /proc/sys but for secrets (tcp_fastopen_key, stable_secret), triggers, counters, and trees that grow with processors.
# Looking into binfmt_misc would make systemd mount it.
r sysctl 15 sh -c 'find /proc/sys -path /proc/sys/fs/binfmt_misc -prune -o -type f ! -path "*/conf/*" ! -path "*/neigh/*" ! -name "*secret*" ! -name "*_key" \
    ! -path "/proc/sys/kernel/random/*" ! -path "*/sched_domain/*" ! -name stat_refresh ! -name register \
    ! -name nf_conntrack_count ! -name file-nr ! -name aio-nr ! -name "inode-*" ! -name dentry-state ! -name ns_last_pid ! -path "*/pty/nr" -perm -0400 -print |
  xargs grep -H ""'
r sysctl_net 15 sh -c 'cd /proc/sys/net 2>/dev/null || exit 1; set --
  for i in ipv4/conf/* ipv6/conf/*; do for n in rp_filter accept_redirects send_redirects accept_source_route log_martians \
    forwarding secure_redirects shared_media arp_ignore arp_announce accept_ra disable_ipv6 autoconf max_addresses \
    accept_ra_defrtr accept_ra_pinfo accept_ra_rtr_pref router_solicitations; do
    [ ! -e "$i/$n" ] || set -- "$@" "/proc/sys/net/$i/$n"; done; done; grep -H "" "$@"'
r sysctl_files 5 find /etc/sysctl.d/ /run/sysctl.d/ /usr/local/lib/sysctl.d/ /usr/lib/sysctl.d/ /lib/sysctl.d/ /etc/sysctl.conf -name '*.conf' -print
r sysctl_text 5 grep -RnH $SKIP '' /etc/sysctl.d/ /run/sysctl.d/ /usr/local/lib/sysctl.d/ /usr/lib/sysctl.d/ /lib/sysctl.d/ /etc/sysctl.conf

r conf 10 grep -RnH $SKIP '' /etc/login.defs /etc/default/useradd /etc/shells /etc/fstab /etc/pam.d /etc/pam.conf \
  /etc/security/pwquality.conf /etc/security/pwquality.conf.d /etc/security/faillock.conf /etc/security/pwhistory.conf \
  /etc/security/limits.conf /etc/security/limits.d /etc/ssh/sshd_config /etc/ssh/sshd_config.d \
  /etc/systemd/journald.conf /etc/systemd/journald.conf.d /usr/lib/systemd/journald.conf.d /run/systemd/journald.conf.d \
  /etc/systemd/coredump.conf /etc/systemd/coredump.conf.d /usr/lib/systemd/coredump.conf.d \
  /etc/systemd/timesyncd.conf /etc/systemd/timesyncd.conf.d /usr/lib/systemd/timesyncd.conf.d \
  /etc/rsyslog.conf /etc/rsyslog.d /etc/chrony.conf /etc/chrony.d /etc/chrony/chrony.conf /etc/chrony/conf.d /etc/chrony/sources.d \
  /etc/ntp.conf /etc/ntpsec/ntp.conf /etc/selinux/config /etc/issue /etc/issue.net /etc/motd \
  /etc/crypto-policies/state/current /etc/crypto-policies/back-ends/opensshserver.config
r profile 5 grep -RnHE $SKIP 'TMOUT|umask' /etc/profile /etc/profile.d /etc/bash.bashrc /etc/bashrc
r passwd 5 awk -F: '{s = $2 == "x" ? "x" : ($2 == "" ? "empty" : ($2 ~ /^[*!]+$/ ? "locked" : "other")); print $1 ":" s ":" $3 ":" $4 ":" $6 ":" $7}' /etc/passwd
r group 5 awk -F: '{print $1 ":" $3 ":" $4}' /etc/group
# A hash never leaves the host: here it becomes the name of its scheme. By sudo only `passwd -S -a` is asked for, which shows none.
if [ "$U" = 0 ]; then r shadow 5 awk -F: '{h = $2; s = "hash"; a = ""
    if (h == "") s = "empty"; else if (h ~ /^[!*]/) s = "locked"
    else if (h ~ /^\$/) {split(h, d, "$"); a = d[2]} else a = length(h) == 13 ? "des" : "other"
    print $1 ":" s ":" a ":" $3 ":" $4 ":" $5 ":" $6 ":" $7}' /etc/shadow
else p passwd_s 10 passwd -S -a; fi
r homes 10 sh -c 'awk -F: "\$3 == 0 || \$3 >= 500 {print \$6}" /etc/passwd | sort -u | head -n 2000 | while IFS= read -r h; do
  [ -z "$h" ] || stat -L -c "%a|%U|%n" "$h"; done; true'
r stat 10 sh -c 'set -f; IFS="
"; set -- $FILES; set +f; IFS=" "; for f in /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub /etc/cron.d/* /etc/sudoers.d/*; do
  [ ! -e "$f" ] || set -- "$@" "$f"; done; stat -L -c "%a|%U|%G|%s|%F|%n" "$@"'

r dpkg 20 dpkg-query -W -f '${Package} ${Version} ${db:Status-Status}\n'
r rpm 30 rpm -qa --qf '%{NAME} %{EPOCHNUM}:%{VERSION}-%{RELEASE}\n'
r units 20 sh -c 'command -v systemctl >/dev/null || exit 127; set -f
  n=$(systemctl list-units --all --full --plain --no-legend --no-pager --type=service,socket,timer,path) || exit
  w=$(find /etc/systemd/system /usr/lib/systemd/system -path "*.wants/*" -name "*.*" ! -name "*@*" -print 2>/dev/null | sed "s,.*/,,")
  systemctl show --no-pager -p Id,LoadState,UnitFileState,ActiveState,TriggeredBy -- $(
    { printf "%s\n" $UNITS $w; printf "%s\n" "$n" | sed "s/ .*//"; } | grep -E "^[A-Za-z0-9:_.\\@-]+\.(service|socket|timer|path|target|mount)$" | sort -u)'
r mount_units 5 grep -nHE '^(Where|Options) *=' /etc/systemd/system/*.mount /usr/lib/systemd/system/*.mount /etc/systemd/system/*.mount.d/*.conf
r mountinfo 5 cat /proc/self/mountinfo
r proc_modules 5 awk '{print $1}' /proc/modules
r modprobe 10 sh -c 'command -v modprobe >/dev/null || exit 127; c=$(modprobe -c) || exit; printf "%s\n" "$c" | awk "\$1 == \"blacklist\" || \$1 == \"install\""'
r module_files 10 sh -c 'cd "/lib/modules/$(uname -r)" || exit 1; for m in $MODULES; do
  grep -qE "(^|/)$m\.ko(\.[a-z0-9]+)?:" modules.dep && echo "file $m"; grep -qE "(^|/)$m\.ko" modules.builtin && echo "builtin $m"; done; true'
r net 5 ls /sys/class/net
r listeners 10 ss -tulnH
[ "$U" != 0 ] && [ "$BECOME" != sudo ] || p listeners_p 10 ss -tulpnH
r cmdline 5 cat /proc/cmdline
r marks 5 sh -c 'for f in /var/log/journal /run/reboot-required /var/run/reboot-required /etc/grub.d /boot/grub/grub.cfg /boot/grub2/grub.cfg; do [ ! -e "$f" ] || echo "$f"; done'
r selinux 5 getenforce
r apparmor 5 cat /sys/module/apparmor/parameters/enabled
[ "$U" = 0 ] || p stat_root 5 stat -L -c '%a|%U|%G|%s|%F|%n' $ROOT_FILES
p aa_status 10 aa-status --json
p sshd 10 sshd -T
p sudoers 5 grep -RnH -D skip ^ /etc/sudoers /etc/sudoers.d
p audit_rules 5 grep -RnH -D skip ^ /etc/audit/rules.d /etc/audit/auditd.conf
p auditctl_l 10 auditctl -l
p auditctl_s 5 auditctl -s
p grub_debian 5 grep -c ^password_pbkdf2 /boot/grub/grub.cfg
p grub_rhel 5 grep -c ^GRUB2_PASSWORD=grub.pbkdf2 /boot/grub2/user.cfg
p nft 15 nft -j list ruleset
p iptables 10 iptables-save
p ip6tables 10 ip6tables-save
printf 'END\0\0000\0\0'
