// SPDX-License-Identifier: MIT OR Apache-2.0

//! Debian's kernel packages: chosen once, remembered, downloaded, unpacked.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::apt::{Apt, BACKPORTS};
use crate::cache::{Cache, Key, write_whole};
use crate::debian::{self, Package, SERIES, StockKernel};
use crate::sh::Cmd;
use crate::ui;

/// Where the choice is remembered: what is cached keeps working while the archive moves on.
fn choice_path(cache: &Cache) -> PathBuf {
    cache.root().join("kernel-choice.json")
}

/// The kernel that was chosen earlier.
pub(crate) fn remembered(cache: &Cache) -> Option<StockKernel> {
    serde_json::from_slice(&fs::read(choice_path(cache)).ok()?).ok()
}

/// Forgets the choice, so that the next use asks the archive again.
pub(crate) fn forget(cache: &Cache) {
    let _ = fs::remove_file(choice_path(cache));
}

/// The chosen kernel; asks the archive when none is remembered.
pub(crate) fn choose(cache: &Cache) -> Result<StockKernel> {
    if let Some(kernel) = remembered(cache) {
        return Ok(kernel);
    }
    let _lock = cache.lock("apt")?;
    if let Some(kernel) = remembered(cache) {
        return Ok(kernel);
    }
    let step = cache.step("kernel choice");
    let packages = Apt::update(cache, &step)?.linux_packages(&step)?;
    let kernel = debian::choose_kernel(&packages).with_context(|| {
        format!("{BACKPORTS} has no generic amd64 kernel with headers, modules and source of one version: \
                 use a kernel tree of your own with --kernel-src DIR")
    })?;
    ui::say(&format!(
        "kernel: Debian's {} ({})",
        kernel.release, kernel.source.version
    ));
    if kernel.series != SERIES {
        ui::say(&format!(
            "note: the archive has no {SERIES} kernel any more; {} is taken instead",
            kernel.series
        ));
    }
    write_whole(&choice_path(cache), &serde_json::to_vec_pretty(&kernel)?)?;
    step.done();
    Ok(kernel)
}

/// Downloads packages that are not there yet, and returns their paths.
fn download(cache: &Cache, packages: &[Package], name: &str) -> Result<Vec<PathBuf>> {
    let dir = cache.root().join("debs");
    let paths: Vec<PathBuf> = packages.iter().map(|p| dir.join(p.deb_name())).collect();
    if paths.iter().all(|p| p.exists()) {
        return Ok(paths);
    }
    let _lock = cache.lock("apt")?;
    let step = cache.step(name);
    let apt = Apt::existing(cache).map_or_else(|| Apt::update(cache, &step), Ok)?;
    for package in packages {
        apt.download(package, &dir, &step)?;
    }
    step.done();
    Ok(paths)
}

/// The kernel's source tree, unpacked.
pub(crate) fn tree(cache: &Cache, source: &Package) -> Result<PathBuf> {
    let entry = cache.entry("source", &Key::new().with("source 1").with(&source.sha256));
    entry.get_or_build(|new| {
        let deb = download(cache, std::slice::from_ref(source), "download source")?.remove(0);
        let step = cache.step("unpack source");
        let unpacked = tempfile::tempdir_in(cache.root())?;
        Cmd::new("dpkg-deb")
            .arg("-x")
            .arg(&deb)
            .arg(unpacked.path())
            .run(&step)?;
        let tarball = find(unpacked.path(), |name| {
            name.starts_with("linux-source-") && name.contains(".tar.")
        })
        .with_context(|| format!("{} holds no source tarball", deb.display()))?;
        Cmd::new("tar")
            .args(["-I", "xz -T0", "-xf"])
            .arg(tarball)
            .arg("-C")
            .arg(new)
            .arg("--strip-components=1")
            .run(&step)?;
        step.done();
        Ok(source.version.clone())
    })?;
    Ok(entry.dir())
}

/// Image, modules, headers and configuration, unpacked over each other.
pub(crate) fn binaries(cache: &Cache, kernel: &StockKernel) -> Result<PathBuf> {
    let key = kernel
        .packages
        .iter()
        .fold(Key::new().with("binaries 1"), |k, p| k.with(&p.sha256));
    let entry = cache.entry("debian", &key);
    entry.get_or_build(|new| {
        let debs = download(cache, &kernel.packages, "download kernel")?;
        let step = cache.step("unpack kernel");
        for deb in debs {
            Cmd::new("dpkg-deb")
                .arg("-x")
                .arg(deb)
                .arg(new)
                .run(&step)?;
        }
        step.done();
        Ok(kernel.release.clone())
    })?;
    Ok(entry.dir())
}

/// The first file below `dir` whose name satisfies `wanted`.
pub(crate) fn find(dir: &std::path::Path, wanted: impl Fn(&str) -> bool) -> Option<PathBuf> {
    let files = walkdir::WalkDir::new(dir)
        .sort_by_file_name()
        .into_iter()
        .flatten();
    let mut files = files.filter(|e| e.file_type().is_file());
    files
        .find(|e| e.file_name().to_str().is_some_and(&wanted))
        .map(walkdir::DirEntry::into_path)
}
