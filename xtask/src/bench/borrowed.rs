// SPDX-License-Identifier: MIT OR Apache-2.0

//! Programs of this machine's own for the guest, which is not built with them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::cache::Cache;
use crate::sh::Cmd;

/// What the directory is called; the guest has it where programs start.
const NAME: &str = "borrowed";

/// A directory with a program, the libraries that it is linked with, and, as `loader`, what loads it;
/// it is gone when this is dropped.
pub(crate) struct Borrowed(TempDir);

impl Borrowed {
    /// Borrows a program; none where this machine lacks it.
    pub(crate) fn new(cache: &Cache, program: &str) -> Result<Option<Self>> {
        let from = Path::new("/usr/bin").join(program);
        if !from.exists() {
            return Ok(None);
        }
        let step = cache.step("borrowed programs");
        let linked = Cmd::new("ldd").arg(&from).lines(&step)?;
        let borrowed = Self(TempDir::new()?);
        fs::create_dir(borrowed.dir())?;
        borrowed.copy(&from, program)?;
        for (name, from) in linked.iter().filter_map(|line| file(line)) {
            borrowed.copy(from, name)?;
        }
        step.done();
        Ok(Some(borrowed))
    }

    /// The directory.
    pub(crate) fn dir(&self) -> PathBuf {
        self.0.path().join(NAME)
    }

    fn copy(&self, from: &Path, name: &str) -> Result<()> {
        fs::copy(from, self.dir().join(name)).with_context(|| from.display().to_string())?;
        Ok(())
    }
}

/// The file in a line of ldd's, and what it is to be called: `NAME => FILE (ADDRESS)`, or, of the loader,
/// `FILE (ADDRESS)`.
fn file(line: &str) -> Option<(&str, &Path)> {
    let mut words = line.split_whitespace();
    let first = words.next()?;
    if first.starts_with('/') {
        return Some(("loader", Path::new(first)));
    }
    let file = words.map(Path::new).find(|word| word.is_absolute())?;
    Some((first, file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_ldd_names_a_file_or_none() {
        let libc = Path::new("/lib/x86_64-linux-gnu/libc.so.6");
        let named = "\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)";
        assert_eq!(file(named), Some(("libc.so.6", libc)));
        let loader = Path::new("/lib64/ld-linux-x86-64.so.2");
        let unnamed = "\t/lib64/ld-linux-x86-64.so.2 (0x00007f)";
        assert_eq!(file(unnamed), Some(("loader", loader)));
        assert_eq!(file("\tlinux-vdso.so.1 (0x00007f)"), None);
    }
}
