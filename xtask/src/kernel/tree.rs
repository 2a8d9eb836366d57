// SPDX-License-Identifier: MIT OR Apache-2.0

//! A kernel tree of the user's own, built elsewhere, with the host's compilers.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::{Kernel, Machine, config};

/// Takes a build tree as it is; nothing in it is changed.
pub(crate) fn get(dir: &Path) -> Result<Kernel> {
    let build =
        fs::canonicalize(dir).with_context(|| format!("no kernel tree at {}", dir.display()))?;
    let missing = |what: &str, how: &str| format!("{} has no {what}: {how}", build.display());
    let text = fs::read_to_string(build.join(".config"))
        .with_context(|| missing(".config", "configure the kernel first"))?;
    if config::value(&text, "CONFIG_RUST") != Some("y") {
        bail!(missing("CONFIG_RUST=y", "configure the kernel with Rust"));
    }
    let release = fs::read_to_string(build.join("include/config/kernel.release"))
        .with_context(|| missing("include/config/kernel.release", "run `make` in it"))?;
    if !build.join("Module.symvers").exists() {
        bail!(missing("Module.symvers", "run `make` in it"));
    }
    let images = ["vmlinux", "arch/x86/boot/bzImage"].map(|i| build.join(i));
    let image = images.into_iter().find(|i| i.exists());
    let clang = config::value(&text, "CONFIG_CC_IS_CLANG") == Some("y");
    let pci = config::value(&text, "CONFIG_PCI") == Some("y");
    Ok(Kernel {
        name: build.display().to_string(),
        release: release.trim().to_owned(),
        source: fs::canonicalize(build.join("source")).unwrap_or_else(|_| build.clone()),
        image: image.with_context(|| missing("vmlinux", "run `make` in it"))?,
        modules: Some(build.clone()),
        build,
        root: None,
        vars: if clang {
            vec!["LLVM=1".into()]
        } else {
            Vec::new()
        },
        machine: if pci { Machine::Q35 } else { Machine::Microvm },
        cmdline: "",
    })
}
