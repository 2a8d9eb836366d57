// SPDX-License-Identifier: MIT OR Apache-2.0

//! Contenders' libraries in C, by the packages of this machine's own Debian release.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::contenders::{Contender, Shop};
use crate::cache::Key;
use crate::kernel::source::find;
use crate::sh::Cmd;

/// A library in C; the contender's source has its name.
pub(super) struct Library {
    pub(super) name: &'static str,
    packages: &'static [&'static str],
    /// What is linked, by the starts of the files' names.
    linked: &'static [&'static str],
    /// Whether that can be linked statically.
    is_static: bool,
}

pub(super) const LIBRARIES: &[Library] = &[
    Library {
        name: "libmnl",
        packages: &["libmnl-dev", "libmnl0"],
        linked: &["libmnl.so.0."],
        is_static: false,
    },
    Library {
        name: "libnl",
        packages: &[
            "libnl-3-dev",
            "libnl-3-200",
            "libnl-genl-3-dev",
            "libnl-genl-3-200",
        ],
        linked: &["libnl-genl-3.a", "libnl-3.a"],
        is_static: true,
    },
];

impl Library {
    /// Builds the contender that uses it.
    pub(super) fn contender(&self, shop: &Shop<'_>) -> Result<Contender> {
        let dir = unpacked(shop, self.name, self.packages)?;
        let flags = self.flags(&dir)?;
        let program = match self.is_static {
            true => shop.compile_static(self.name, &flags)?,
            false => shop.compile(self.name, &flags)?,
        };
        Contender::program(shop, self.name, &program, None)
    }

    /// How a program that uses it is compiled.
    fn flags(&self, dir: &Path) -> Result<Vec<String>> {
        let include = dir.join("usr/include").display().to_string();
        let mut flags = vec![format!("-I{include}"), format!("-I{include}/libnl3")];
        for start in self.linked {
            let file = find(dir, |name| name.starts_with(start))
                .with_context(|| format!("the packages hold no {start}*"))?;
            let of = file.parent().map(Path::display);
            flags.extend(of.map(|of| format!("-Wl,-rpath,{of}")));
            flags.push(file.display().to_string());
        }
        Ok(flags)
    }
}

/// Packages, unpacked in the cache; the machine stays as it is.
pub(super) fn unpacked(shop: &Shop<'_>, name: &str, packages: &[&str]) -> Result<PathBuf> {
    let start = Key::new().with("bench library 1");
    let key = packages
        .iter()
        .fold(start, |key, package| key.with(package));
    let entry = shop.cache.entry("bench", &key);
    entry.get_or_build(|new| {
        let debs = tempfile::tempdir_in(shop.cache.root())?;
        Cmd::new("apt-get")
            .arg("download")
            .args(packages)
            .dir(debs.path())
            .run(shop.step)?;
        for deb in std::fs::read_dir(debs.path())? {
            Cmd::new("dpkg-deb")
                .arg("-x")
                .arg(deb?.path())
                .arg(new)
                .run(shop.step)?;
        }
        Ok(name.to_owned())
    })?;
    Ok(entry.dir())
}
