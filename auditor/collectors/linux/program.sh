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

# as TOOL ARGS...: the same without a record.
as() { c=$(command -v "$1" || echo "$1"); shift
  if [ "$U" != 0 ] && [ "$BECOME" = sudo ] && [ -x "$c" ]; then lim 10 sudo -n "$c" "$@"; else lim 10 "$c" "$@"; fi; }

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
    accept_ra_defrtr accept_ra_pinfo accept_ra_rtr_pref router_solicitations accept_local arp_filter route_localnet \
    drop_gratuitous_arp; do
    [ ! -e "$i/$n" ] || set -- "$@" "/proc/sys/net/$i/$n"; done; done; grep -H "" "$@"'
r sysctl_files 5 find /etc/sysctl.d/ /run/sysctl.d/ /usr/local/lib/sysctl.d/ /usr/lib/sysctl.d/ /lib/sysctl.d/ /etc/sysctl.conf -name '*.conf' -print
r sysctl_text 5 grep -RnH $SKIP '' /etc/sysctl.d/ /run/sysctl.d/ /usr/local/lib/sysctl.d/ /usr/lib/sysctl.d/ /lib/sysctl.d/ /etc/sysctl.conf

r conf 10 grep -RnH $SKIP '' $CONF
# What is neither a file nor a folder (a FIFO, a socket) or a folder in place of a file: grep says nothing about those.
r odd 5 find -L $CONF /etc/sudoers /etc/sudoers.d /etc/audit -maxdepth 1 ! -type f ! -type c ! -type l -printf '%y %p\n'
# What was asked for by name: what a later version asks for must not seem absent here.
r asked 2 printf '%s\n' $UNITS $CONF $AUDIT_CONF
r repositories 5 grep -RnHiE $SKIP '^[[:space:]]*(\[|(gpgcheck|enabled|localpkg_gpgcheck)[[:space:]]*=)' /etc/dnf/dnf.conf /etc/yum.conf /etc/yum.repos.d
r profile 5 grep -RnHE $SKIP 'TMOUT|umask|PATH=' /etc/profile /etc/profile.d /etc/bash.bashrc /etc/bashrc
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
"; set -- $FILES; set +f; IFS=" "; for f in /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub /etc/cron.d/* /etc/sudoers.d/* /boot/System.map*; do
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
[ "$U" = 0 ] || p modprobe_text 5 grep -RnH -D skip ^ /etc/modprobe.d /run/modprobe.d /usr/local/lib/modprobe.d /usr/lib/modprobe.d /lib/modprobe.d
r module_files 10 sh -c 'cd "/lib/modules/$(uname -r)" || exit 1; for m in $MODULES; do
  grep -qE "(^|/)$m\.ko(\.[a-z0-9]+)?:" modules.dep && echo "file $m"; grep -qE "(^|/)$m\.ko" modules.builtin && echo "builtin $m"; done; true'
r net 5 ls /sys/class/net
r wireless 5 sh -c 'for f in /sys/class/net/*/wireless /sys/class/net/*/phy80211; do [ ! -e "$f" ] || echo "$f"; done; true'
r chronyd_user 5 ps -C chronyd -o user:32=
r listeners 10 ss -tulnH
[ "$U" != 0 ] && [ "$BECOME" != sudo ] || p listeners_p 10 ss -tulpnH
r cmdline 5 cat /proc/cmdline
r grub_default 5 grep -RnH $SKIP '' /etc/default/grub /etc/default/grub.d
r crypto_files 5 grep -RnH $SKIP '' /etc/crypto-policies/config /etc/crypto-policies/local.d
r coredump 5 ls -d /usr/lib/systemd/systemd-coredump
r livepatch 5 ls /sys/kernel/livepatch
r rescue 5 sh -c 'command -v systemctl >/dev/null || exit 127; systemctl show --no-pager -p Id,LoadState,ExecStart,Environment -- rescue.service emergency.service'
r marks 5 sh -c 'for f in /var/log/journal /run/reboot-required /var/run/reboot-required /etc/grub.d /boot/grub/grub.cfg /boot/grub2/grub.cfg; do [ ! -e "$f" ] || echo "$f"; done'
r selinux 5 getenforce
r apparmor 5 cat /sys/module/apparmor/parameters/enabled
[ "$U" = 0 ] || p stat_root 5 stat -L -c '%a|%U|%G|%s|%F|%n' $ROOT_FILES
p aa_status 10 aa-status --json
p sshd 10 sshd -T
[ "$U" = 0 ] || p sshd_text 5 grep -RnH -D skip ^ /etc/ssh/sshd_config /etc/ssh/sshd_config.d
# For each Match block a connection that it is meant for, made up from its own line; then what that one would get.
G=$(as grep -RnH -D skip ^ /etc/ssh/sshd_config /etc/ssh/sshd_config.d 2>/dev/null | tr -d '\000' | head -c "$CAP")
[ -n "$G" ] || G=$(grep -RnH $SKIP '' /etc/ssh/sshd_config /etc/ssh/sshd_config.d 2>/dev/null | tr -d '\000' | head -c "$CAP")
M=$(printf '%s\n' "$G" | awk '
  function first(list, n, i, part) { n = split(list, part, ","); for (i = 1; i <= n; i++) if (part[i] !~ /^!/) return part[i]; return "" }
  BEGIN { while ((getline l < "/etc/passwd") == 1) { split(l, f, ":"); if (!(f[4] in own)) own[f[4]] = f[1] }
    while ((getline l < "/etc/group") == 1) { split(l, f, ":"); split(f[4], m, ","); in_[f[1]] = m[1] != "" ? m[1] : own[f[3]] } }
  !match($0, /^[^:]*:[0-9]+:/) { next }
  { place = substr($0, 1, RLENGTH - 1); text = substr($0, RLENGTH + 1); sub(/\r$/, "", text); sub(/#.*/, "", text); gsub(/"/, "", text)
    sub(/^[ \t]+/, "", text); if (tolower(text) !~ /^match[ \t=]/) next
    text = substr(text, 6); sub(/^[ \t=]+/, "", text); n = split(text, w, /[ \t=]+/)
    u = "root"; h = "host.invalid"; a = "192.0.2.1"; la = "192.0.2.2"; lp = "22"
    for (i = 1; i <= n; i++) { k = tolower(w[i]); if (k == "all" || k == "") continue; v = first(w[++i])
      if (k == "user") { gsub(/[*?]/, "x", v); u = v }
      else if (k == "group") u = in_[v] == "" ? "-" : in_[v]
      else if (k == "host") { gsub(/[*?]/, "x", v); h = v }
      else if (k == "localport") lp = v
      else if (k == "address" || k == "localaddress") { sub(/\/.*/, "", v)
        if (v == "*" || v == "") v = "192.0.2.1"
        gsub(/[*?]/, "1", v); while (v !~ /:/ && split(v, q, ".") < 4) v = v ".1"
        if (k == "address") a = v; else la = v } }
    c = "user=" u ",host=" h ",addr=" a ",laddr=" la ",lport=" lp
    if (u != "-" && c ~ /^[A-Za-z0-9_.:,=@+-]+$/ && length(c) < 400) print place "\t" c }' | head -n 17)
r sshd_matches 2 printf '%s\n' "$M"
# A bare -T stops at a Match by local port or address; this connection is one that hardly any block is meant for.
[ -z "$M" ] || p sshd_plain 10 sshd -T -C user=auditor-none,host=none.invalid,addr=192.0.2.9,laddr=192.0.2.8,lport=65535
[ "$U" != 0 ] && [ "$BECOME" != sudo ] || printf '%s\n' "$M" | head -n 16 | { N=0; while IFS='	' read -r _ C; do
  N=$((N + 1)); [ -z "$C" ] || p "sshd_match_$N" 10 sshd -T -C "$C"; done; }
# The options that the running one was started with (RHEL 8 hands it its algorithms that way): its title, or its words.
r sshd_cmdline 5 sh -c 'command -v systemctl >/dev/null || exit 127; for u in ssh sshd; do P=$(systemctl show -p MainPID "$u.service"); P=${P#*=}
  [ "${P:-0}" = 0 ] || { tr "\000" "\n" <"/proc/$P/cmdline"; exit; }; done'
r daemons 5 sh -c 'command -v systemctl >/dev/null || exit 127; TZ=UTC systemctl show -p Id,ActiveState,ExecMainStartTimestamp,StateChangeTimestamp,ReloadResult \
  ssh.service sshd.service auditd.service rsyslog.service chrony.service chronyd.service systemd-journald.service'
r daemon_files 5 sh -c 'set -- /etc/ssh/sshd_config /etc/ssh/sshd_config.d /etc/rsyslog.conf /etc/rsyslog.d /etc/chrony.conf /etc/chrony.d \
  /etc/chrony/chrony.conf /etc/chrony/conf.d /etc/chrony/sources.d /etc/systemd/journald.conf /etc/systemd/journald.conf.d /etc/sysconfig/sshd
  for f in /etc/ssh/sshd_config.d/*.conf /etc/rsyslog.d/*.conf /etc/chrony.d/*.conf /etc/chrony/conf.d/*.conf /etc/chrony/sources.d/*.sources \
    /etc/systemd/journald.conf.d/*.conf; do [ ! -e "$f" ] || set -- "$@" "$f"; done
  for d in /etc/ssh/sshd_config.d /etc/rsyslog.d /etc/chrony.d /etc/chrony/conf.d /etc/chrony/sources.d /etc/systemd/journald.conf.d; do
    if [ -d "$d" ] && ! { [ -r "$d" ] && [ -x "$d" ]; }; then printf "stat: cannot stat \047%s\047: Permission denied\n" "$d" >&2; fi; done
  [ ! -e /etc/crypto-policies/back-ends/opensshserver.config ] || stat -c "%Y|%n" /etc/crypto-policies/back-ends/opensshserver.config
  stat -L -c "%Y|%n" "$@"'
p auditd_file 5 stat -L -c '%Y|%n' /etc/audit/auditd.conf
p root_shell 5 grep -nHi -e path= -e umask /root/.profile /root/.bash_profile /root/.bash_login /root/.bashrc
r path_folders 5 sh -c '{ grep -hE "^ENV_SUPATH|^ENV_PATH" /etc/login.defs; grep -hE "PATH=" /etc/environment /etc/profile /root/.profile \
    /root/.bash_profile /root/.bash_login /root/.bashrc; echo /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; } 2>/dev/null |
  tr ":=\"\047 \t;" "\n" | grep -E "^/[A-Za-z0-9_./+-]{1,200}$" | sort -u | head -n 200 | while IFS= read -r d; do stat -L -c "%a|%U|%F|%n" "$d"; done; true'
p dot_files 20 find /home /root -maxdepth 2 -type f '(' -name .rhosts -o -name .shosts -o -name .forward -o -name .netrc -o -name .bash_history -o -perm /022 ')' -ls
r dot_files_elsewhere 10 sh -c 'awk -F: "(\$3 >= 1000 || \$3 == 0) && \$6 != \"/root\" && \$6 !~ /^\/home\/[^\/]+\/?$/ && \$6 ~ /^\/./ {print \$6}" /etc/passwd | sort -u | head -n 200 | while IFS= read -r h; do
  [ ! -d "$h" ] || find "$h/" -maxdepth 1 -type f "(" -name .rhosts -o -name .shosts -o -name .forward -o -name .netrc -o -name .bash_history -o -perm /022 ")" -ls; done; true'
p sudoers 5 grep -RnH -D skip ^ /etc/sudoers /etc/sudoers.d
p audit_rules 5 grep -RnH -D skip ^ $AUDIT_CONF
p aide_conf 5 grep -RnH -D skip ^ /etc/aide.conf /etc/aide
p aide_jobs 5 grep -rnHw -D skip aide /etc/crontab /etc/cron.d /etc/cron.hourly /etc/cron.daily /etc/cron.weekly /etc/cron.monthly /var/spool/cron
p stat_folders 5 find -L /etc/audit /etc/ssh/sshd_config.d -maxdepth 2 -type f -ls
p auditctl_l 10 auditctl -l
p auditctl_s 5 auditctl -s
p grub_debian 5 grep -c ^password_pbkdf2 /boot/grub/grub.cfg
p grub_superusers 5 grep -c superusers /boot/grub/grub.cfg
p boot_entries 5 grep -RnH -D skip -e vmlinuz -e ^options -e ^kernelopts /boot/loader/entries /boot/grub/grub.cfg /boot/grub2/grub.cfg /boot/grub2/grubenv
p grub_efi 5 grep -rho -D skip --include user.cfg ^GRUB2_PASSWORD=grub.pbkdf2 /boot/efi/EFI
p grub_rhel 5 grep -c ^GRUB2_PASSWORD=grub.pbkdf2 /boot/grub2/user.cfg
# What a host is there for: asked only where the software has left its folder.
r role_marks 5 sh -c 'for f in /dev/kvm /etc/libvirt /etc/postfix/main.cf /etc/bind/named.conf /etc/named.conf /proc/net/bonding; do [ ! -e "$f" ] || echo "$f"; done'
r ip 5 ip -j -d addr
r bonding 5 sh -c 'for f in /proc/net/bonding/*; do [ ! -f "$f" ] || grep -H "" "$f"; done'
r resolv 5 grep -nH $SKIP '' /etc/resolv.conf /run/systemd/resolve/resolv.conf /etc/hostname
# Its name and its addresses, as its own resolver answers, all asked at once; 124 says that no answer came in time.
r names 15 sh -c 'q() { k=$1; shift; o=$(timeout 5 "$@" </dev/null 2>/dev/null); c=$?; printf "%s|%s|%s|%s\n" "$k" "$c" "${3-}" "$(printf %s "$o" | tr -s " \t\n" " ")"; }
  command -v getent >/dev/null || exit 127
  if command -v hostname >/dev/null; then q fqdn hostname -f & fi
  q forward getent ahosts "$(uname -n)" &
  for a in $(ip -o addr show scope global | awk "{print \$4}" | cut -d/ -f1 | head -n 16); do q reverse getent hosts "$a" & done; wait'
if [ -e /etc/postfix/main.cf ]; then
r postconf 10 postconf -x
r postconf_master 10 postconf -M
r postconf_own 10 postconf -Px
r aliases 5 grep -nH $SKIP '' /etc/aliases /etc/postfix/aliases
fi
if [ -e /etc/bind/named.conf ] || [ -e /etc/named.conf ]; then
p named 10 named-checkconf -px
r named_version 5 named-checkconf -v
r named_ps 5 ps -C named -o user:32=,args=
r named_files 5 sh -c 'set --; for f in /etc/bind/named.conf* /etc/bind/zones.* /etc/bind/*.conf /etc/named.conf /etc/named.rfc1912.zones /etc/named.root.key /etc/named/* /etc/crypto-policies/back-ends/bind.config; do
    case "$f: $* " in *~:*|*.dpkg-*|*.rpm*|*:*" $f "*) ;; *) [ ! -f "$f" ] || set -- "$@" "$f";; esac; done; [ $# -gt 0 ] || exit 0; grep -nH "" "$@"'
fi
if [ -e /dev/kvm ] || [ -e /etc/libvirt ]; then
r kvm_kernel 5 sh -c 'for f in /sys/kernel/mm/hugepages/*/nr_hugepages /sys/kernel/mm/ksm/run /sys/module/kvm_*/parameters/nested; do [ ! -e "$f" ] || grep -H "" "$f"; done'
p libvirt 10 grep -rnH -D skip ^ /etc/libvirt/qemu
p libvirt_links 5 find /etc/libvirt/qemu -type l
p libvirt_conf 5 grep -nH -D skip ^ /etc/libvirt/libvirtd.conf /etc/libvirt/virtproxyd.conf /etc/libvirt/virtqemud.conf /etc/libvirt/qemu.conf
fi
p nft 15 nft -j list ruleset
p iptables 10 iptables-save
p ip6tables 10 ip6tables-save
# Who did what: the latest entries of the logs that tell. Of them a capture keeps only what names a deed.
if [ "$ACTIVITY" = yes ]; then
r log_reader 2 sh -c 'id -Gn; date +%z'
p log_journal 15 journalctl -q --no-pager -o short-unix -n 5000 SYSLOG_FACILITY=10
p log_auth 5 tail -c 1000000 /var/log/auth.log
p log_secure 5 tail -c 1000000 /var/log/secure
p log_audit 5 tail -c 2000000 /var/log/audit/audit.log
fi
printf 'END\0\0000\0\0'
