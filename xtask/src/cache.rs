// SPDX-License-Identifier: MIT OR Apache-2.0

//! The cache: entries keyed by what went into them, whole or absent, safe for several invocations at once.
//!
//! An entry is a directory `<kind>/<key>` beside a record `<kind>/<key>.json`. It is built under an exclusive lock in
//! `<kind>/<key>.new`, renamed, and only then gets its record: a directory without a record is a leftover.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use rustix::fs::{FlockOperation, flock};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::{host, ui};

/// How many invocations' logs are kept.
const KEPT_LOGS: usize = 20;

/// The root of everything xtask keeps between runs.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    root: PathBuf,
}

impl Cache {
    /// `$XDG_CACHE_HOME/genlkit`, or `~/.cache/genlkit`.
    pub(crate) fn open() -> Result<Self> {
        let base = match std::env::var_os("XDG_CACHE_HOME").filter(|v| !v.is_empty()) {
            Some(dir) => std::path::absolute(dir)?,
            None => {
                PathBuf::from(std::env::var_os("HOME").context("HOME is not set")?).join(".cache")
            }
        };
        let root = base.join("genlkit");
        fs::create_dir_all(root.join("locks")).with_context(|| {
            format!(
                "creating {}: set XDG_CACHE_HOME to a writable place",
                root.display()
            )
        })?;
        let cache = Self { root };
        cache.prune_logs();
        Ok(cache)
    }

    /// The cache's own directory.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where this invocation's steps keep their commands' output.
    pub(crate) fn logs(&self) -> PathBuf {
        self.root.join("logs").join(std::process::id().to_string())
    }

    /// Removes the logs of all but the latest invocations.
    fn prune_logs(&self) {
        let dirs = fs::read_dir(self.root.join("logs"))
            .into_iter()
            .flatten()
            .flatten();
        let mut dirs: Vec<_> = dirs
            .filter_map(|d| Some((d.metadata().ok()?.modified().ok()?, d.path())))
            .collect();
        dirs.sort();
        for (_, dir) in dirs.iter().rev().skip(KEPT_LOGS) {
            let _ = fs::remove_dir_all(dir);
        }
    }

    /// A step that logs into this cache.
    pub(crate) fn step(&self, name: &str) -> ui::Step {
        ui::Step::new(name, &self.logs())
    }

    /// Waits for the exclusive lock `name` and holds it until the guard is dropped.
    pub(crate) fn lock(&self, name: &str) -> Result<Lock> {
        let path = self.root.join("locks").join(format!("{name}.lock"));
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path);
        let file = file.with_context(|| format!("opening {}", path.display()))?;
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            ui::say(&format!(
                "waiting for another cargo xtask that holds {}",
                path.display()
            ));
            loop {
                match flock(&file, FlockOperation::LockExclusive) {
                    Ok(()) => break,
                    Err(rustix::io::Errno::INTR) => {}
                    Err(e) => return Err(e).with_context(|| path.display().to_string()),
                }
            }
        }
        Ok(Lock { _file: file })
    }

    /// An entry's place and record path.
    pub(crate) fn entry(&self, kind: &str, key: &Key) -> Entry {
        Entry {
            cache: self.clone(),
            kind: kind.to_owned(),
            key: key.hex(),
        }
    }
}

/// An exclusive lock; the kernel releases it with the file, however the process ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

/// One entry of the cache, there or not.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    cache: Cache,
    kind: String,
    key: String,
}

impl Entry {
    /// Where the entry is once it is whole.
    pub(crate) fn dir(&self) -> PathBuf {
        self.cache.root.join(&self.kind).join(&self.key)
    }

    fn record(&self) -> PathBuf {
        self.cache
            .root
            .join(&self.kind)
            .join(format!("{}.json", self.key))
    }

    /// The record of a whole entry.
    pub(crate) fn read<R: DeserializeOwned>(&self) -> Option<R> {
        let text = fs::read(self.record()).ok()?;
        serde_json::from_slice(&text)
            .ok()
            .filter(|_| self.dir().is_dir())
    }

    /// Returns the entry's record, building the entry first when it is not whole.
    ///
    /// `build` fills the directory that it is given, which is not the final one.
    pub(crate) fn get_or_build<R: Serialize + DeserializeOwned>(
        &self,
        build: impl FnOnce(&Path) -> Result<R>,
    ) -> Result<R> {
        if let Some(record) = self.read() {
            return Ok(record);
        }
        let _lock = self.cache.lock(&format!("{}-{}", self.kind, self.key))?;
        if let Some(record) = self.read() {
            return Ok(record);
        }
        let dir = self.dir();
        let new = dir.with_extension("new");
        for leftover in [&dir, &new] {
            remove_tree(leftover)?;
        }
        fs::create_dir_all(&new).with_context(|| format!("creating {}", new.display()))?;
        let record = build(&new)?;
        // The record must not reach the disk before what it vouches for.
        sync_file_system(&new)?;
        remove_tree(&dir)?;
        fs::rename(&new, &dir).with_context(|| format!("renaming {}", new.display()))?;
        write_whole(&self.record(), &serde_json::to_vec_pretty(&record)?)?;
        Ok(record)
    }
}

/// Removes a tree, through sudo if parts of it belong to root.
pub(crate) fn remove_tree(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(e) if e.kind() == std::io::ErrorKind::PermissionDenied => host::sudo_remove(path),
        Err(e) => Err(anyhow!(e).context(format!("removing {}", path.display()))),
    }
}

/// Writes a file so that readers see the old content or the new, never a part.
pub(crate) fn write_whole(path: &Path, data: &[u8]) -> Result<()> {
    let dir = path.parent().context("a file without a directory")?;
    fs::create_dir_all(dir)?;
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.write_all(data)?;
    file.as_file().sync_all()?;
    file.persist(path)
        .with_context(|| format!("writing {}", path.display()))?;
    Ok(())
}

fn sync_file_system(path: &Path) -> Result<()> {
    let dir = File::open(path)?;
    rustix::fs::syncfs(&dir).with_context(|| format!("syncing {}", path.display()))
}

/// Collects everything that an entry depends on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Key(Sha256);

impl Key {
    /// A key of nothing yet.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds one input; the lengths keep neighbours apart.
    pub(crate) fn with(mut self, input: impl AsRef<[u8]>) -> Self {
        let input = input.as_ref();
        self.0.update((input.len() as u64).to_le_bytes());
        self.0.update(input);
        self
    }

    /// The first 16 hexadecimal digits.
    pub(crate) fn hex(&self) -> String {
        self.0
            .clone()
            .finalize()
            .iter()
            .take(8)
            .map(|b| format!("{b:02x}"))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache() -> (tempfile::TempDir, Cache) {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("locks")).unwrap();
        let cache = Cache {
            root: dir.path().to_owned(),
        };
        (dir, cache)
    }

    #[test]
    fn a_failed_build_leaves_no_entry() {
        let (_dir, cache) = cache();
        let entry = cache.entry("x", &Key::new().with("a"));
        let failed: Result<u32> = entry.get_or_build(|new| {
            fs::write(new.join("half"), "1")?;
            anyhow::bail!("power cut")
        });
        assert!(failed.is_err());
        assert_eq!(entry.read::<u32>(), None);
        let built = entry.get_or_build(|new| {
            assert!(!new.join("half").exists());
            Ok(7)
        });
        assert_eq!(built.unwrap(), 7);
    }

    #[test]
    fn a_directory_without_record_is_built_again() {
        let (_dir, cache) = cache();
        let entry = cache.entry("x", &Key::new());
        fs::create_dir_all(entry.dir()).unwrap();
        assert_eq!(entry.get_or_build(|_| Ok(1)).unwrap(), 1);
        assert_eq!(
            entry
                .get_or_build(|_| -> Result<u32> { panic!("already whole") })
                .unwrap(),
            1
        );
    }

    #[test]
    fn two_threads_build_once() {
        let (_dir, cache) = cache();
        let built = std::sync::atomic::AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let entry = cache.entry("x", &Key::new().with("t"));
                    entry
                        .get_or_build(|_| {
                            std::thread::sleep(std::time::Duration::from_millis(20));
                            built.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                            Ok(0)
                        })
                        .unwrap();
                });
            }
        });
        assert_eq!(built.into_inner(), 1);
    }

    #[test]
    fn keys_tell_neighbours_apart() {
        assert_ne!(
            Key::new().with("ab").with("c").hex(),
            Key::new().with("a").with("bc").hex()
        );
    }
}
