// SPDX-License-Identifier: MIT OR Apache-2.0

//! The host: the programs xtask needs on it, and how to become root for the two things that need it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::cache::Cache;
use crate::sh::Cmd;
use crate::ui;

/// The keys that sign Debian's archive, wherever the root's suites come from.
pub(crate) const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// A program or file, and the Debian package that brings it.
pub(crate) struct Need {
    /// A program looked up in PATH (and the sbin directories), or an absolute path.
    pub(crate) name: &'static str,
    /// The package's name in Debian and its descendants.
    pub(crate) package: &'static str,
    /// What xtask does with it.
    pub(crate) purpose: &'static str,
}

/// Everything the host must have besides Rust.
pub(crate) const NEEDS: &[Need] = &[
    need("cc", "gcc", "links the guest's programs"),
    need(
        "/usr/include/stdio.h",
        "libc6-dev",
        "links the guest's programs",
    ),
    need("qemu-system-x86_64", "qemu-system-x86", "boots the guest"),
    need("mmdebstrap", "mmdebstrap", "makes the toolchain root"),
    need("bwrap", "bubblewrap", "runs commands in the toolchain root"),
    need("dpkg-deb", "dpkg", "unpacks the kernel's packages"),
    need("xz", "xz-utils", "unpacks the kernel's source"),
    need("tar", "tar", "unpacks the kernel's source"),
    need(
        KEYRING,
        "debian-archive-keyring",
        "checks the archive's signatures",
    ),
];

const fn need(name: &'static str, package: &'static str, purpose: &'static str) -> Need {
    Need {
        name,
        package,
        purpose,
    }
}

impl Need {
    /// Where it is, if it is there.
    pub(crate) fn find(&self) -> Option<PathBuf> {
        if self.name.starts_with('/') {
            return Path::new(self.name)
                .exists()
                .then(|| PathBuf::from(self.name));
        }
        which(self.name)
    }
}

/// Looks a program up in PATH and in the directories that an ordinary user's PATH lacks.
pub(crate) fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let more = ["/usr/sbin", "/sbin"].map(PathBuf::from);
    std::env::split_paths(&path)
        .chain(more)
        .map(|dir| dir.join(program))
        .find(|p| p.is_file())
}

/// Whether this process is root.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Whether `sudo` is there for those who are not root.
pub(crate) fn has_sudo() -> bool {
    which("sudo").is_some()
}

/// The command as root: as it is for root, through sudo otherwise.
///
/// # Errors
/// When the user is not root and has no sudo: the text shows what to run as root.
pub(crate) fn as_root(command: Cmd) -> Result<Cmd> {
    if is_root() {
        return Ok(command);
    }
    if has_sudo() {
        return Ok(command.under("sudo"));
    }
    bail!(
        "this needs root, and there is no sudo. As root, run:\n    {}",
        command.line()
    )
}

/// Removes a tree that belongs to root.
pub(crate) fn sudo_remove(path: &Path) -> Result<()> {
    let command = as_root(Cmd::new("rm").args(["-rf", "--"]).arg(path))?;
    ui::say(&format!("$ {}", command.line()));
    let status = command
        .command()
        .status()
        .context("removing a tree of root's")?;
    if !status.success() {
        bail!("`{}` failed ({status})", command.line());
    }
    Ok(())
}

/// Installs the missing packages.
pub(crate) fn install_missing(cache: &Cache) -> Result<()> {
    let missing = || -> Vec<&str> {
        NEEDS
            .iter()
            .filter(|n| n.find().is_none())
            .map(|n| n.package)
            .collect()
    };
    if missing().is_empty() {
        return Ok(());
    }
    let _lock = cache.lock("host-packages")?;
    let packages = missing();
    if packages.is_empty() {
        return Ok(());
    }
    let apt = || Cmd::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive");
    if which("apt-get").is_none() {
        bail!(
            "missing: {}. Install them with your distribution's package manager",
            packages.join(" ")
        );
    }
    let step = cache.step("host packages");
    let install = as_root(
        apt()
            .args(["install", "-y", "--no-install-recommends"])
            .args(&packages),
    )?;
    // A fresh machine has no package lists, an old one stale lists: both show as a failed first try.
    if install.run(&step).is_err() {
        as_root(apt().arg("update"))?.run(&step)?;
        install.run(&step)?;
    }
    step.done();
    Ok(())
}
