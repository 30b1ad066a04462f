#!/bin/sh
# Runs COMMAND beside a libvirtd of its own, and ends both. For a process in namespaces of its own (mount, network, pid), so
# that nothing of this machine's is met: neither its libvirt, nor its networks, nor a process that is left.
#   virtual-host.sh FOLDER COMMAND...
set -eu
folder=$1
shift
mount --make-rprivate /
mount -t sysfs sysfs /sys
ip link set lo up

# Where libvirt keeps settings, disks and sockets is compiled in.
for place in etc/libvirt var/lib/libvirt var/cache/libvirt var/log/libvirt run/libvirt; do
  mkdir -p "/$place" "$folder/$place"
  [ "$place" != etc/libvirt ] || cp -r /etc/libvirt/. "$folder/$place"
  mount --bind "$folder/$place" "/$place"
done
# Its default network is there and down, as the package brings it; and no cgroups are handed down: a virtual machine is a
# process like any other here.
rm -f /etc/libvirt/qemu/networks/autostart/* /etc/libvirt/qemu/networks/*.xml
cp /usr/share/libvirt/networks/default.xml /etc/libvirt/qemu/networks/
cat > /etc/libvirt/qemu.conf <<'EOF'
user = "root"
group = "root"
security_driver = "none"
cgroup_controllers = [ ]
namespaces = [ ]
EOF
echo 1 > /proc/sys/net/ipv4/ip_forward 2>/dev/null || :

virtlogd > "$folder/virtlogd.log" 2>&1 &
libvirtd > "$folder/libvirtd.log" 2>&1 &
tries=0
until virsh -q -c qemu:///system list > /dev/null 2>&1; do
  tries=$((tries + 1))
  [ $tries -lt 60 ] || { cat "$folder/libvirtd.log" >&2; exit 1; }
  sleep 0.5
done
"$@"
