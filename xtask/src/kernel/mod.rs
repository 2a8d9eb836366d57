// SPDX-License-Identifier: MIT OR Apache-2.0

//! The kernels that a guest can boot, each with a build tree for modules.

pub(crate) mod config;
pub(crate) mod own;
pub(crate) mod source;
pub(crate) mod stock;
pub(crate) mod tree;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

use crate::cache::{Cache, Key};
use crate::root::Root;
use crate::sh::Cmd;

/// The machine QEMU plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Machine {
    /// PCI, ACPI: what a distribution's kernel expects.
    Q35,
    /// virtio-mmio only, for the kernels that we configure: boots in a second.
    Microvm,
}

/// A kernel that is ready: bootable, and with what building a module needs.
#[derive(Clone, Debug)]
pub(crate) struct Kernel {
    /// The name on the command line.
    pub(crate) name: String,
    /// `uname -r`.
    pub(crate) release: String,
    /// What `make -C` gets to build a module.
    pub(crate) build: PathBuf,
    /// The kernel's source.
    pub(crate) source: PathBuf,
    /// What QEMU boots: an ELF image with a PVH note, or a bzImage.
    pub(crate) image: PathBuf,
    /// The tree that holds its own modules, if it has any.
    pub(crate) modules: Option<PathBuf>,
    /// Where compilers come from; `None` is the host.
    pub(crate) root: Option<Root>,
    /// Variables that every `make` of this kernel needs.
    pub(crate) vars: Vec<String>,
    /// The machine that it runs on.
    pub(crate) machine: Machine,
    /// Added to the kernel's command line.
    pub(crate) cmdline: &'static str,
}

/// Which kernel the user asked for.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct KernelArgs {
    /// stock: Debian's own; own: a small one built from source; debug: own with KASAN, lockdep and
    /// others; families: own with every netlink family
    #[arg(long, default_value = "stock", value_name = "NAME")]
    pub(crate) kernel: String,
    /// A configured and built kernel tree of yours, used with the host's tools instead of --kernel
    #[arg(long, value_name = "DIR", env = "KDIR")]
    pub(crate) kernel_src: Option<PathBuf>,
}

impl KernelArgs {
    /// Makes the kernel ready, building whatever is not cached.
    pub(crate) fn get(&self, cache: &Cache) -> Result<Kernel> {
        if let Some(dir) = &self.kernel_src {
            return tree::get(dir);
        }
        match self.kernel.as_str() {
            "stock" => stock::get(cache),
            name => match own::recipe(name) {
                Some(recipe) => own::get(cache, recipe),
                None => bail!(
                    "no kernel is named {name}: there are stock, {}; or name a tree with --kernel-src DIR",
                    own::names().join(", ")
                ),
            },
        }
    }

    /// The kernel's source alone; of the kernels that have names it is the same.
    pub(crate) fn source(&self, cache: &Cache) -> Result<PathBuf> {
        match &self.kernel_src {
            Some(dir) => Ok(dir.clone()),
            None => source::tree(cache, &source::choose(cache)?.source),
        }
    }
}

/// How many times longer than elsewhere things may take on a kernel with KASAN, lockdep and the like.
const CHECKED_SLOWNESS: u32 = 10;

impl Kernel {
    /// Whether it watches its memory and locks (KASAN), as `--kernel debug` does.
    pub(crate) fn is_checked(&self) -> bool {
        self.has("CONFIG_KASAN")
    }

    /// Whether it was built with an option.
    pub(crate) fn has(&self, option: &str) -> bool {
        let config = std::fs::read_to_string(self.build.join(".config")).unwrap_or_default();
        config::value(&config, option).is_some()
    }

    /// What deadlines are multiplied with.
    pub(crate) fn slowness(&self) -> u32 {
        if self.is_checked() {
            CHECKED_SLOWNESS
        } else {
            1
        }
    }

    /// `make` with this kernel's compilers and variables. Inside, `checkout` is what `copy` holds outside:
    /// messages show the checkout's paths, and products land in the copy.
    pub(crate) fn make(&self, checkout: &Path, copy: &Path) -> Cmd {
        let (make, module) = match &self.root {
            Some(root) => (
                root.enter()
                    .arg("--bind")
                    .args([copy, checkout])
                    .arg("make"),
                checkout,
            ),
            None => (Cmd::new("make"), copy),
        };
        make.arg("-C")
            .arg(&self.build)
            .args(&self.vars)
            .arg(format!("M={}", module.display()))
    }

    /// What a module build depends on.
    pub(crate) fn key(&self) -> Key {
        Key::new()
            .with(self.build.as_os_str().as_encoded_bytes())
            .with(&self.release)
    }
}
