/**
 * Scripts of a small kernel with modules for a sandbox, since a kernel is shared by all of them:
 * /sys/module is a folder in memory, and modprobe and rmmod, first on PATH, change it. Their texts
 * are those of kmod 30. geneve needs udp_tunnel and ip6_udp_tunnel, bridge is loaded, 8021q is built
 * in, geneve and veth have devices, `net-pf-16-proto-16` is an alias of geneve.
 */
export const fakeKernel = {
  /** Makes the kernel as it was when it booted. */
  boot: `mountpoint -q /sys/module || mount -t tmpfs tmpfs /sys/module
rm -rf /sys/module/* /etc/modules-load.d /var/lib/runbook
mkdir -p /etc/modules-load.d "/lib/modules/$(uname -r)" /sys/module/bridge /sys/module/kernel
echo live > /sys/module/bridge/initstate
echo kernel/net/8021q/8021q.ko > "/lib/modules/$(uname -r)/modules.builtin"
cat > /usr/local/sbin/modprobe <<'END'
#!/bin/sh
files=/lib/modules/$(uname -r)/kernel
depends=
[ "$1" != --show-depends ] || { depends=yes; shift; }
[ "$1" != -- ] || shift
name=$(echo "$1" | tr - _)
case $name in
  geneve|net_pf_16_proto_16) all='udp_tunnel ip6_udp_tunnel geneve' ;;
  udp_tunnel|ip6_udp_tunnel|bridge|veth) all=$name ;;
  broken) all=broken ;;
  8021q) [ -z "$depends" ] || echo "builtin 8021q"; exit 0 ;;
  *) echo "modprobe: FATAL: Module $1 not found in directory /lib/modules/$(uname -r)" >&2; exit 1 ;;
esac
for m in $all; do
  if [ -n "$depends" ]; then echo "insmod $files/$m.ko "; continue; fi
  [ "$m" != broken ] || { echo "modprobe: ERROR: could not insert 'broken': Function not implemented" >&2; exit 1; }
  [ -d "/sys/module/$m" ] || { mkdir "/sys/module/$m"; echo live > "/sys/module/$m/initstate"; }
done
END
cat > /usr/local/sbin/rmmod <<'END'
#!/bin/sh
[ "$1" != -- ] || shift
[ -d "/sys/module/$1" ] || { echo "rmmod: ERROR: Module $1 is not currently loaded" >&2; exit 1; }
user=$(cat "/sys/module/$1/used" 2>/dev/null)
case $1 in *udp_tunnel) [ ! -d /sys/module/geneve ] || user=geneve ;; esac
[ -z "$user" ] || { echo "rmmod: ERROR: Module $1 is in use by: $user" >&2; exit 1; }
rm -r "/sys/module/$1"
END
cat > /usr/local/sbin/modinfo <<'END'
#!/bin/sh
case $3 in geneve|veth) echo "rtnl-link-$3" ;; esac
END
chmod +x /usr/local/sbin/modprobe /usr/local/sbin/rmmod /usr/local/sbin/modinfo`,
  /** Prints what is loaded. */
  look: 'ls /sys/module',
} as const;
