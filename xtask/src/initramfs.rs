// SPDX-License-Identifier: MIT OR Apache-2.0

//! Packs the guest's root file system into an initramfs.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, Result};
use cpio::newc;
use genlkit_init::Job;
use genlkit_init::job::JOB_PATH;

use crate::kmods::Module;

/// The names busybox gets besides its own.
const APPLETS: &[&str] = &[
    "ash", "awk", "basename", "cat", "chmod", "chroot", "cp", "cut", "date", "dd", "df", "dmesg",
    "du", "echo", "env", "expr", "false", "find", "free", "grep", "head", "hexdump", "id",
    "insmod", "ip", "kill", "killall", "ln", "ls", "lsmod", "mkdir", "mknod", "mount", "mv",
    "nice", "nproc", "nsenter", "od", "pgrep", "pidof", "pkill", "printf", "ps", "pwd", "rm",
    "rmdir", "rmmod", "sed", "seq", "setsid", "sh", "sleep", "sort", "stat", "stty", "su", "sync",
    "tail", "tee", "test", "time", "timeout", "top", "touch", "tr", "true", "umount", "uname",
    "uniq", "unshare", "uptime", "usleep", "vi", "wc", "which", "whoami", "xargs", "yes",
];

/// A tree of files under construction; paths are relative to the root.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, Node>,
}

#[derive(Debug)]
enum Node {
    Dir,
    Link(Vec<u8>),
    File(u32, Vec<u8>),
}

impl Tree {
    /// The directories that PID 1 expects, and the accounts that tests drop their privileges to.
    pub(crate) fn new() -> Self {
        let mut tree = Self::default();
        for dir in [
            "dev", "proc", "sys", "tmp", "run", "host", "root", "bin", "var/tmp",
        ] {
            tree.dir(dir);
        }
        tree.file(
            "etc/passwd",
            0o644,
            "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n",
        );
        tree.file("etc/group", 0o644, "root:x:0:\nnogroup:x:65534:\n");
        tree
    }

    fn dir(&mut self, path: &str) {
        let mut at = 0;
        while let Some(slash) = path[at..].find('/') {
            self.files
                .entry(path[..at + slash].to_owned())
                .or_insert(Node::Dir);
            at += slash + 1;
        }
        self.files.entry(path.to_owned()).or_insert(Node::Dir);
    }

    /// Puts a file.
    pub(crate) fn file(&mut self, path: &str, mode: u32, data: impl Into<Vec<u8>>) {
        if let Some((parent, _)) = path.rsplit_once('/') {
            self.dir(parent);
        }
        self.files
            .insert(path.to_owned(), Node::File(mode, data.into()));
    }

    /// Puts a file of the host.
    pub(crate) fn copy(&mut self, path: &str, from: &Path) -> Result<()> {
        let data = fs::read(from).with_context(|| format!("reading {}", from.display()))?;
        let mode = fs::metadata(from)?.permissions().mode() & 0o7777;
        self.file(path, mode, data);
        Ok(())
    }

    /// Puts a file or a whole directory of the host into `/root`, under its own name.
    pub(crate) fn add(&mut self, from: &Path) -> Result<()> {
        let from = fs::canonicalize(from).with_context(|| format!("--add {}", from.display()))?;
        let name = from
            .file_name()
            .context("--add needs a file or a directory")?;
        for entry in walkdir::WalkDir::new(&from) {
            let entry = entry?;
            let inside = entry.path().strip_prefix(&from)?;
            let path = Path::new("root").join(name).join(inside);
            let path = path
                .to_str()
                .context("a name that is not UTF-8")?
                .trim_end_matches('/');
            if entry.file_type().is_dir() {
                self.dir(path);
            } else if entry.file_type().is_symlink() {
                let target = fs::read_link(entry.path())?;
                self.files.insert(
                    path.to_owned(),
                    Node::Link(target.as_os_str().as_bytes().to_vec()),
                );
            } else {
                self.copy(path, entry.path())?;
            }
        }
        Ok(())
    }

    /// Puts busybox and the names it answers to.
    pub(crate) fn busybox(&mut self, from: &Path) -> Result<()> {
        self.copy("bin/busybox", from)?;
        for applet in APPLETS {
            self.files
                .entry(format!("bin/{applet}"))
                .or_insert(Node::Link(b"busybox".to_vec()));
        }
        Ok(())
    }

    /// Puts modules and returns their paths in the guest, in the same order.
    pub(crate) fn modules(&mut self, modules: &[Module]) -> Vec<String> {
        let mut paths = Vec::new();
        for module in modules {
            let path = format!("modules/{}.ko", module.name);
            self.file(&path, 0o644, module.data.clone());
            paths.push(format!("/{path}"));
        }
        paths
    }

    /// Puts the specs of a kernel's source where distributions have them; a tree without any is
    /// none of this program's business.
    pub(crate) fn specs(&mut self, source: &Path) -> Result<()> {
        let Ok(entries) = fs::read_dir(source.join("Documentation/netlink/specs")) else {
            return Ok(());
        };
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            if let Some(name) = name.filter(|name| name.ends_with(".yaml")) {
                self.copy(&format!("usr/share/ynl/specs/{name}"), &path)?;
            }
        }
        Ok(())
    }

    /// Puts the job.
    pub(crate) fn job(&mut self, job: &Job) -> Result<()> {
        self.file(
            JOB_PATH.trim_start_matches('/'),
            0o644,
            serde_json::to_vec(job)?,
        );
        Ok(())
    }

    /// Writes the archive. The same tree gives the same bytes.
    pub(crate) fn write(&self, out: impl Write) -> Result<()> {
        let mut out = out;
        for (number, (path, node)) in self.files.iter().enumerate() {
            let (mode, data): (u32, &[u8]) = match node {
                Node::Dir => (0o040_755, &[]),
                Node::Link(target) => (0o120_777, target),
                Node::File(mode, data) => (0o100_000 | mode, data),
            };
            let entry = newc::Builder::new(path)
                .mode(mode)
                .ino(number as u32 + 1)
                .nlink(1);
            let mut writer = entry.write(out, u32::try_from(data.len()).context(path.clone())?);
            writer.write_all(data)?;
            out = writer.finish()?;
        }
        newc::trailer(out)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_come_before_children_and_bytes_repeat() {
        let pack = || {
            let mut tree = Tree::new();
            tree.file("a/b/c", 0o755, "x");
            let mut bytes = Vec::new();
            tree.write(&mut bytes).unwrap();
            bytes
        };
        let bytes = pack();
        assert_eq!(bytes, pack());
        let mut names = Vec::new();
        let mut input = bytes.as_slice();
        loop {
            let reader = newc::Reader::new(input).unwrap();
            if reader.entry().is_trailer() {
                break;
            }
            names.push(reader.entry().name().to_owned());
            input = reader.finish().unwrap();
        }
        let at = |name: &str| names.iter().position(|n| n == name).unwrap();
        assert!(at("a") < at("a/b") && at("a/b") < at("a/b/c"));
    }

    #[test]
    fn added_directories_land_in_root() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("d")).unwrap();
        fs::write(dir.path().join("d/f"), "1").unwrap();
        let mut tree = Tree::default();
        tree.add(&dir.path().join("d")).unwrap();
        assert!(
            tree.files.contains_key("root/d/f"),
            "{:?}",
            tree.files.keys()
        );
    }
}
