// SPDX-License-Identifier: MIT OR Apache-2.0

//! Builds our kernel modules: in a copy of the sources in the cache, so that the checkout stays clean.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::cache::Cache;
use crate::cmd::MODULES;
use crate::kernel::Kernel;
use crate::kmods::Module;
use crate::panics;
use crate::sh::Cmd;
use crate::ui::Step;

/// The parts of the checkout that Kbuild sees.
const SOURCES: &[&str] = &["Kbuild", "kmod"];

/// Crates and their root files, without the extension. What another links to comes first.
pub(crate) const CRATES: &[(&str, &str)] = &[
    ("genl", "kmod/genl/genl"),
    ("tally", "kmod/tally/main"),
    ("taskdiag", "kmod/taskdiag/main"),
    ("genltest", "kmod/genltest/main"),
];

/// Makes Kbuild build the modules that only tests load, too.
const WITH_TESTS: &str = "GENL_TESTS=1";

/// Builds the modules named and returns them in that order; those of the tests only where one is named.
pub(crate) fn build(
    cache: &Cache,
    kernel: &Kernel,
    checkout: &Path,
    names: &[&str],
) -> Result<Vec<Module>> {
    let work = Work::open(cache, kernel, checkout, "build")?;
    let step = cache.step("module");
    let tests = names.iter().any(|name| !MODULES.contains(name));
    let targets: &[&str] = if tests {
        &[WITH_TESTS, "modules"]
    } else {
        &["modules"]
    };
    work.make(targets).run(&step)?;
    let found = names.iter().map(|name| work.product(name, &step)).collect();
    step.done();
    found
}

/// Whether every Rust file of kmod has the format that the kernel's own rustfmt.toml asks for.
pub(crate) fn format(cache: &Cache, kernel: &Kernel, checkout: &Path) -> Result<()> {
    let step = cache.step("module format");
    let rustfmt = match &kernel.root {
        Some(root) => root
            .enter()
            .args(["--ro-bind".as_ref(), checkout, checkout])
            .arg("rustfmt"),
        None => Cmd::new("rustfmt"),
    };
    let config = kernel.source.join(".rustfmt.toml");
    let rustfmt = rustfmt.args(["--check", "--config-path"]).arg(config);
    rustfmt
        .args(rust_sources(&checkout.join("kmod")))
        .run(&step)?;
    step.done();
    Ok(())
}

/// Lints every module with the kernel's own clippy configuration; any warning is an error.
pub(crate) fn lint(cache: &Cache, kernel: &Kernel, checkout: &Path) -> Result<()> {
    // In a copy of its own: Kbuild does not build again for CLIPPY=1 what it has built without.
    let work = Work::open(cache, kernel, checkout, "lint")?;
    let step = cache.step("module lint");
    work.make(&["clean"]).run(&step)?;
    let lines = work
        .make(&[WITH_TESTS, "CLIPPY=1", "modules"])
        .lines(&step)?;
    let warnings = lines.iter().filter(|l| l.starts_with("warning")).count();
    if warnings > 0 {
        bail!(
            "clippy has {warnings} warnings about kmod:\n{}",
            lines.join("\n")
        );
    }
    step.done();
    Ok(())
}

/// The copy that a kernel's modules are built in, locked for this process.
pub(crate) struct Work<'a> {
    kernel: &'a Kernel,
    checkout: &'a Path,
    copy: PathBuf,
    _lock: crate::cache::Lock,
}

impl<'a> Work<'a> {
    pub(crate) fn open(
        cache: &Cache,
        kernel: &'a Kernel,
        checkout: &'a Path,
        purpose: &str,
    ) -> Result<Self> {
        let key = kernel
            .key()
            .with(purpose)
            .with(checkout.as_os_str().as_encoded_bytes())
            .hex();
        let lock = cache.lock(&format!("kmod-{key}"))?;
        let copy = cache.root().join("kmod").join(&key);
        for part in SOURCES {
            sync(&checkout.join(part), &copy.join(part))?;
        }
        Ok(Self {
            kernel,
            checkout,
            copy,
            _lock: lock,
        })
    }

    /// Where the copy is.
    pub(crate) fn copy(&self) -> &Path {
        &self.copy
    }

    /// The command that Kbuild compiled a Rust object with, up to what it makes.
    pub(crate) fn rustc(&self, object: &str) -> Result<String> {
        let command = self.saved(object)?;
        let (command, _) = command
            .split_once(" --out-dir ")
            .with_context(|| format!("what made {object} was no Rust compiler"))?;
        // The variables before the compiler are for the module macro, which needs the first.
        Ok(command.to_owned())
    }

    /// The command that Kbuild made a product with.
    pub(crate) fn saved(&self, product: &str) -> Result<String> {
        let product = Path::new(product);
        let name = product.file_name().unwrap_or_default().to_string_lossy();
        let saved = self
            .copy
            .join(product.with_file_name(format!(".{name}.cmd")));
        let text =
            fs::read_to_string(&saved).with_context(|| format!("reading {}", saved.display()))?;
        let command =
            saved_command(&text).with_context(|| format!("{} has no command", saved.display()))?;
        Ok(command.to_owned())
    }

    /// A shell command with the kernel's compilers, in the directory that Kbuild compiles in.
    pub(crate) fn shell(&self, script: &str) -> Cmd {
        match &self.kernel.root {
            Some(root) => root
                .enter()
                .arg("--bind")
                .args([self.copy.as_path(), self.checkout])
                .arg("--chdir")
                .arg(self.checkout)
                .args(["sh", "-c", script]),
            None => Cmd::new("sh").args(["-c", script]).dir(&self.copy),
        }
    }

    /// Kbuild, for the modules.
    pub(crate) fn make(&self, args: &[&str]) -> Cmd {
        let make = self.kernel.make(self.checkout, &self.copy);
        make.arg(format!("-j{}", crate::jobs())).args(args)
    }

    fn product(&self, name: &str, step: &Step) -> Result<Module> {
        let file = format!("{name}.ko");
        let files = walkdir::WalkDir::new(&self.copy).into_iter().flatten();
        let mut found = files.filter(|e| e.file_name().to_str() == Some(&file));
        let path = found
            .next()
            .with_context(|| format!("the build made no {file}"))?
            .into_path();
        let nm = self
            .kernel
            .root
            .as_ref()
            .map_or_else(|| Cmd::new("nm"), |root| root.enter().arg("nm"));
        let undefined = nm.arg("-u").arg(&path).output(step)?;
        // A kernel that asserts what others take for granted is there to panic.
        if !self.kernel.has("CONFIG_RUST_DEBUG_ASSERTIONS") {
            panics::refuse(&file, &String::from_utf8_lossy(&undefined))?;
        }
        let data = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        Ok(Module {
            name: name.to_owned(),
            data,
        })
    }
}

/// `savedcmd_X := RUST_MODFILE=... rustc FLAGS --out-dir ...`
fn saved_command(text: &str) -> Option<&str> {
    let line = text.lines().find(|line| line.starts_with("savedcmd_"))?;
    line.split_once(":= ").map(|(_, command)| command)
}

/// Makes `to` hold the same sources as `from`, touching only what differs: build products beside them stay.
fn sync(from: &Path, to: &Path) -> Result<()> {
    if from.is_file() {
        let new = fs::read(from)?;
        if fs::read(to).ok().as_ref() != Some(&new) {
            fs::create_dir_all(to.parent().context("a file without a directory")?)?;
            fs::write(to, new).with_context(|| format!("writing {}", to.display()))?;
        }
        return Ok(());
    }
    fs::create_dir_all(to)?;
    let names = |dir: &Path| -> Result<Vec<std::ffi::OsString>> {
        let entries = fs::read_dir(dir).with_context(|| format!("reading {}", dir.display()))?;
        Ok(entries.flatten().map(|e| e.file_name()).collect())
    };
    let sources = names(from)?;
    for name in &sources {
        if !is_product(name) {
            sync(&from.join(name), &to.join(name))?;
        }
    }
    for name in names(to)? {
        let stale = to.join(&name);
        if !sources.contains(&name) && !is_product(&name) {
            match stale.is_dir() {
                true => fs::remove_dir_all(&stale)?,
                false => fs::remove_file(&stale)?,
            }
        }
    }
    Ok(())
}

/// What Kbuild makes beside its sources. An in-place `make M=$PWD` leaves such files in the checkout, too.
fn is_product(name: &std::ffi::OsStr) -> bool {
    let name = name.to_string_lossy();
    let known = [
        "Module.symvers",
        "modules.order",
        "rust-project.json",
        "built-in.a",
    ];
    let kinds = [
        ".o",
        ".ko",
        ".mod",
        ".mod.c",
        ".cmd",
        ".rmeta",
        ".a",
        ".d",
        ".symversions",
    ];
    known.contains(&&*name)
        || kinds.iter().any(|k| name.ends_with(k))
        || name.ends_with("_generated.rs")
}

fn rust_sources(dir: &Path) -> Vec<PathBuf> {
    let files = walkdir::WalkDir::new(dir)
        .sort_by_file_name()
        .into_iter()
        .flatten();
    let files = files.filter(|e| e.path().extension().is_some_and(|x| x == "rs"));
    files
        .filter(|e| !is_product(e.file_name()))
        .map(walkdir::DirEntry::into_path)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compiler_s_command_is_what_kbuild_saved() {
        let text = "savedcmd_kmod/a.o := A=1 rustc -O --out-dir kmod/ kmod/a.rs\n\nsource := x\n";
        assert_eq!(
            saved_command(text),
            Some("A=1 rustc -O --out-dir kmod/ kmod/a.rs")
        );
    }

    #[test]
    fn sync_keeps_products_and_drops_what_is_gone() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir(from.path().join("sub")).unwrap();
        fs::write(from.path().join("sub/a.rs"), "1").unwrap();
        fs::write(from.path().join("stray.o"), "product of an in-place build").unwrap();
        fs::write(to.path().join("a.o"), "built").unwrap();
        fs::write(to.path().join("gone.rs"), "old").unwrap();
        sync(from.path(), to.path()).unwrap();
        assert_eq!(fs::read(to.path().join("sub/a.rs")).unwrap(), b"1");
        assert!(to.path().join("a.o").exists());
        assert!(!to.path().join("gone.rs").exists());
        assert!(!to.path().join("stray.o").exists());
    }

    #[test]
    fn sync_leaves_equal_files_alone() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(from.path().join("a"), "1").unwrap();
        sync(from.path(), to.path()).unwrap();
        let time = |dir: &Path| fs::metadata(dir.join("a")).unwrap().modified().unwrap();
        let before = time(to.path());
        std::thread::sleep(std::time::Duration::from_millis(20));
        sync(from.path(), to.path()).unwrap();
        assert_eq!(before, time(to.path()));
    }
}
