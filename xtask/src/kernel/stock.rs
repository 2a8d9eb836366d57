// SPDX-License-Identifier: MIT OR Apache-2.0

//! The stock kernel: Debian's, unmodified, with the Rust metadata that its headers package lacks made again.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::{Kernel, Machine, config, source};
use crate::cache::{Cache, Key};
use crate::debian::StockKernel;
use crate::root::Root;
use crate::ui::Step;

/// Raise when the way the build tree is made changes.
const RECIPE: &str = "stock 1";

/// The compiler Debian builds this kernel with.
const CC: &str = "CC=x86_64-linux-gnu-gcc-14";

/// Makes the stock kernel ready: root and source side by side, then the metadata.
pub(crate) fn get(cache: &Cache) -> Result<Kernel> {
    let chosen = source::choose(cache)?;
    let (root, files) = std::thread::scope(|scope| {
        let root = scope.spawn(|| Root::get(cache));
        let files = unpacked(cache, &chosen);
        let root = root
            .join()
            .map_err(|_| anyhow::anyhow!("making the toolchain root panicked"))?;
        anyhow::Ok((root?, files?))
    })?;
    let entry = cache.entry("kernel", &key(&root, &chosen));
    let final_dir = entry.dir();
    entry.get_or_build(|new| {
        let step = cache.step("kernel metadata");
        let make = Make {
            root: &root,
            chosen: &chosen,
            source: &files.0,
            new,
            dir: &final_dir,
        };
        make.prepare(&files.1, &step)?;
        step.done();
        Ok(chosen.release.clone())
    })?;
    Ok(Kernel {
        name: "stock".into(),
        release: chosen.release.clone(),
        build: final_dir.join("build"),
        source: files.0,
        image: final_dir.join("vmlinux"),
        modules: Some(files.1),
        root: Some(root),
        vars: vec![CC.into(), format!("KERNELRELEASE={}", chosen.release)],
        machine: Machine::Q35,
        cmdline: "",
    })
}

/// Whether [`get`] would find everything cached.
pub(crate) fn is_ready(cache: &Cache) -> bool {
    let chosen = source::remembered(cache);
    let (Some(root), Some(chosen)) = (Root::existing(cache), chosen) else {
        return false;
    };
    cache
        .entry("kernel", &key(&root, &chosen))
        .read::<String>()
        .is_some()
}

fn key(root: &Root, chosen: &StockKernel) -> Key {
    let key = root.id().with(RECIPE).with(&chosen.source.sha256);
    chosen.packages.iter().fold(key, |k, p| k.with(&p.sha256))
}

/// Source tree and Debian's files.
fn unpacked(cache: &Cache, chosen: &StockKernel) -> Result<(PathBuf, PathBuf)> {
    Ok((
        source::tree(cache, &chosen.source)?,
        source::binaries(cache, chosen)?,
    ))
}

struct Make<'a> {
    root: &'a Root,
    chosen: &'a StockKernel,
    source: &'a Path,
    new: &'a Path,
    dir: &'a Path,
}

impl Make<'_> {
    fn prepare(&self, debian: &Path, step: &Step) -> Result<()> {
        let build = self.new.join("build");
        fs::create_dir_all(&build)?;
        let headers = find_headers(debian)?;
        let debian_config = fs::read_to_string(headers.join(".config"))?;
        self.check_config(&debian_config)?;
        fs::write(build.join(".config"), &debian_config)?;
        self.make(&["olddefconfig"], step)?;
        let jobs = format!("-j{}", crate::jobs());
        self.make(&[&jobs, "prepare", "modules_prepare"], step)?;
        fs::copy(headers.join("Module.symvers"), build.join("Module.symvers"))?;
        self.check_symbols(&build)?;
        let image = source::find(debian, |n| n.starts_with("vmlinuz"))
            .with_context(|| self.unusable("its packages hold no vmlinuz"))?;
        let script = self.source.join("scripts/extract-vmlinux");
        let extract = self.root.enter().arg("--bind").args([self.new, self.dir]);
        let vmlinux = extract.arg("sh").arg(script).arg(image).output(step)?;
        fs::write(self.new.join("vmlinux"), vmlinux)?;
        Ok(())
    }

    /// Builds in the new directory, which the tools see at its final path.
    fn make(&self, args: &[&str], step: &Step) -> Result<()> {
        let cmd = self
            .root
            .enter()
            .arg("--bind")
            .args([self.new, self.dir])
            .arg("make");
        let cmd = cmd
            .arg("-C")
            .arg(self.source)
            .arg(format!("O={}/build", self.dir.display()));
        cmd.arg(CC)
            .arg(format!("KERNELRELEASE={}", self.chosen.release))
            .args(args)
            .run(step)
    }

    fn unusable(&self, why: &str) -> String {
        format!(
            "Debian's kernel {} cannot serve: {why}. `--kernel own` builds one from source",
            self.chosen.release
        )
    }

    /// Rust on, and built by the very compiler that the root has: metadata of another one does not fit.
    fn check_config(&self, text: &str) -> Result<()> {
        if config::value(text, "CONFIG_RUST") != Some("y") {
            bail!(self.unusable("it is built without CONFIG_RUST"));
        }
        if config::value(text, "CONFIG_MODVERSIONS").is_some() {
            bail!(self.unusable("it is built with CONFIG_MODVERSIONS"));
        }
        let theirs = config::value(text, "CONFIG_RUSTC_VERSION_TEXT")
            .unwrap_or("")
            .trim_matches('"');
        let ours = self.root.rustc_version()?;
        if theirs != ours {
            bail!(self.unusable(&format!(
                "it was built by `{theirs}`, and the toolchain root has `{ours}`"
            )));
        }
        Ok(())
    }

    /// Every Rust symbol that the regenerated crates export must be one that the booted kernel has, and conversely.
    fn check_symbols(&self, build: &Path) -> Result<()> {
        let theirs = config::rust_symbols(&fs::read_to_string(build.join("Module.symvers"))?);
        let mut ours = std::collections::BTreeSet::new();
        for file in fs::read_dir(build.join("rust"))?.flatten() {
            let name = file.file_name().to_string_lossy().into_owned();
            if name.starts_with("exports_") && name.ends_with("_generated.h") {
                ours.extend(config::exported_symbols(&fs::read_to_string(file.path())?));
            }
        }
        ours.retain(|s| s.starts_with("_R"));
        if ours.is_empty() || ours != theirs {
            let differ = ours.symmetric_difference(&theirs).count();
            bail!(self.unusable(&format!(
                "{differ} of {} Rust symbols differ from its own",
                theirs.len()
            )));
        }
        Ok(())
    }
}

fn find_headers(debian: &Path) -> Result<PathBuf> {
    let dirs = fs::read_dir(debian.join("usr/src"))?
        .flatten()
        .map(|e| e.path());
    let mut dirs = dirs.filter(|d| d.join("Module.symvers").exists() && d.join(".config").exists());
    dirs.next()
        .context("the headers package holds no .config and Module.symvers")
}
