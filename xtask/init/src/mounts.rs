// SPDX-License-Identifier: MIT OR Apache-2.0

//! The guest's file systems and its loopback interface.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use rustix::mount::{MountFlags, mount, mount_bind, mount_bind_recursive};

/// Where the host's root is mounted.
pub(crate) const HOST: &str = "/host";

/// Where the guest's own programs are seen from within the host's root.
pub(crate) const HOST_BIN: &str = "/run/genlkit/bin";

/// What PID 1 itself needs: proc, sys, dev.
pub(crate) fn early() -> Result<()> {
    fs_on("proc", "/proc", "")?;
    fs_on("sysfs", "/sys", "")?;
    fs_on("devtmpfs", "/dev", "")
}

/// What commands expect; a kernel may lack any of them, and the command that needs it will say so.
pub(crate) fn late() {
    let wanted = [
        ("devpts", "/dev/pts", "mode=620,ptmxmode=666"),
        ("tmpfs", "/dev/shm", ""),
        ("tmpfs", "/tmp", "mode=1777"),
        ("tmpfs", "/run", "mode=755"),
        ("cgroup2", "/sys/fs/cgroup", ""),
        ("debugfs", "/sys/kernel/debug", ""),
        ("tracefs", "/sys/kernel/tracing", ""),
        ("configfs", "/sys/kernel/config", ""),
    ];
    for (kind, at, data) in wanted {
        let _ = fs_on(kind, at, data);
    }
    let _ = std::os::unix::fs::symlink("/proc/self/fd", "/dev/fd");
    if let Err(e) = loopback_up() {
        eprintln!("genlkit-init: lo stays down: {e}");
    }
}

/// Mounts the host's root read-only with scratch space where programs write, and the guest's own /proc, /sys, /dev.
pub(crate) fn host_root() -> Result<()> {
    fs::create_dir_all(HOST)?;
    let options = c"trans=virtio,version=9p2000.L,cache=loose,msize=512000";
    mount("host", HOST, "9p", MountFlags::RDONLY, options)
        .context("mounting the host's root over 9p")?;
    for (kind, at, data) in [
        ("tmpfs", "/tmp", "mode=1777"),
        ("tmpfs", "/run", "mode=755"),
        ("tmpfs", "/var/tmp", ""),
    ] {
        let at = format!("{HOST}{at}");
        if Path::new(&at).is_dir() {
            fs_on(kind, &at, data)?;
        }
    }
    for at in ["/proc", "/sys", "/dev"] {
        mount_bind_recursive(at, format!("{HOST}{at}")).with_context(|| format!("binding {at}"))?;
    }
    for (from, to) in [("/bin", HOST_BIN), ("/root", "/run/genlkit/root")] {
        let to = format!("{HOST}{to}");
        fs::create_dir_all(&to)?;
        mount_bind(from, &to).with_context(|| format!("binding {from}"))?;
    }
    Ok(())
}

fn fs_on(kind: &str, at: &str, data: &str) -> Result<()> {
    if !Path::new(at).is_dir() {
        fs::create_dir_all(at).with_context(|| format!("creating {at}"))?;
    }
    let data = std::ffi::CString::new(data)?;
    let result = mount(kind, at, kind, MountFlags::empty(), data.as_c_str());
    match result {
        // The kernel mounts /dev itself before it starts PID 1 (CONFIG_DEVTMPFS_MOUNT) on some configurations.
        Err(rustix::io::Errno::BUSY) => Ok(()),
        other => other.with_context(|| format!("mounting {kind} on {at}")),
    }
}

/// Sets IFF_UP on `lo`, as `ip link set lo up` would.
fn loopback_up() -> std::io::Result<()> {
    use std::os::fd::AsRawFd;
    let socket = std::net::UdpSocket::bind("0.0.0.0:0")?;
    // SAFETY: ifreq is plain old data; all zeroes is a valid value.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(b"lo\0") {
        *to = *from as libc::c_char;
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
    // SAFETY: SIOCSIFFLAGS reads one ifreq, which lives across the call; the socket is open.
    match unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const request) } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}
