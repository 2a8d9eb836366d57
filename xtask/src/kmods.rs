// SPDX-License-Identifier: MIT OR Apache-2.0

//! The kernel's own modules: which files a module needs, in load order, decompressed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::kernel::Kernel;

/// A module ready for the initramfs.
#[derive(Clone, Debug)]
pub(crate) struct Module {
    /// Its name as `lsmod` shows it.
    pub(crate) name: String,
    /// The object file, not compressed.
    pub(crate) data: Vec<u8>,
}

/// Resolves the modules named, with everything they depend on, dependencies first.
///
/// Names that the kernel has built in need nothing and are skipped.
pub(crate) fn resolve(kernel: &Kernel, names: &[&str]) -> Result<Vec<Module>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let index = kernel.modules.as_deref().map(Index::of).unwrap_or_default();
    let builtin = builtin(kernel);
    let mut order = Order {
        index: &index,
        builtin: &builtin,
        seen: BTreeSet::new(),
        loaded: Vec::new(),
    };
    for name in names {
        order
            .add(&normal(name))
            .with_context(|| format!("kernel `{}`", kernel.name))?;
    }
    Ok(order.loaded)
}

struct Order<'a> {
    index: &'a Index,
    builtin: &'a BTreeSet<String>,
    seen: BTreeSet<String>,
    loaded: Vec<Module>,
}

impl Order<'_> {
    fn add(&mut self, name: &str) -> Result<()> {
        if self.builtin.contains(name) || !self.seen.insert(name.to_owned()) {
            return Ok(());
        }
        let Some(path) = self.index.0.get(name) else {
            bail!("it has no module {name} and has it not built in either");
        };
        let data = read(path)?;
        for needed in depends(&data) {
            let name = normal(&needed);
            // That an algorithm is wanted, whoever has it, is said in this form, too.
            let is_alias = needed.starts_with("crypto-") && !self.index.0.contains_key(&name);
            if !is_alias {
                self.add(&name)?;
            }
        }
        self.loaded.push(Module {
            name: name.to_owned(),
            data,
        });
        Ok(())
    }
}

/// Module name to file.
#[derive(Debug, Default)]
struct Index(BTreeMap<String, PathBuf>);

impl Index {
    fn of(tree: &Path) -> Self {
        let files = walkdir::WalkDir::new(tree).into_iter().flatten();
        let files = files.filter(|e| e.file_type().is_file());
        let modules = files.filter_map(|e| {
            let stem = e
                .file_name()
                .to_str()?
                .strip_suffix_any(&[".ko", ".ko.xz"])?
                .to_owned();
            Some((normal(&stem), e.into_path()))
        });
        Self(modules.collect())
    }
}

trait StripAny {
    fn strip_suffix_any(&self, suffixes: &[&str]) -> Option<&str>;
}

impl StripAny for str {
    fn strip_suffix_any(&self, suffixes: &[&str]) -> Option<&str> {
        suffixes.iter().find_map(|s| self.strip_suffix(s))
    }
}

/// Built-in modules, from `modules.builtin` of the tree that has the modules or of the build tree.
fn builtin(kernel: &Kernel) -> BTreeSet<String> {
    let trees = kernel.modules.iter().chain([&kernel.build]);
    let list = trees.filter_map(|t| {
        let installed = t
            .join("usr/lib/modules")
            .join(&kernel.release)
            .join("modules.builtin");
        fs::read_to_string(installed)
            .or_else(|_| fs::read_to_string(t.join("modules.builtin")))
            .ok()
    });
    list.flat_map(|text| builtin_names(&text)).collect()
}

fn builtin_names(text: &str) -> Vec<String> {
    let stems = text
        .lines()
        .filter_map(|l| l.rsplit('/').next()?.strip_suffix(".ko"));
    stems.map(normal).collect()
}

/// Files use either `-` or `_`; the kernel always `_`.
fn normal(name: &str) -> String {
    name.replace('-', "_")
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let raw = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    if path.extension().is_none_or(|e| e != "xz") {
        return Ok(raw);
    }
    let mut data = Vec::new();
    lzma_rs::xz_decompress(&mut raw.as_slice(), &mut data)
        .map_err(|e| anyhow::anyhow!("decompressing {}: {e:?}", path.display()))?;
    Ok(data)
}

/// What a module says it needs: the `depends=` entry of its `.modinfo`, and soft dependencies to load before.
pub(crate) fn depends(module: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    for (tag, pre) in [
        (b"\0depends=".as_slice(), false),
        (b"\0softdep=pre: ", true),
    ] {
        let mut rest = module;
        while let Some(at) = find(rest, tag) {
            rest = &rest[at + tag.len()..];
            let end = rest.iter().position(|&b| b == 0).unwrap_or(rest.len());
            let Ok(text) = std::str::from_utf8(&rest[..end]) else {
                continue;
            };
            let text = if pre {
                text.split(" post:").next().unwrap_or("")
            } else {
                text
            };
            let found = text
                .split([',', ' '])
                .filter(|n| is_name(n))
                .map(str::to_owned);
            names.extend(found);
            if !pre {
                break;
            }
        }
    }
    names
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

fn find(data: &[u8], what: &[u8]) -> Option<usize> {
    data.windows(what.len()).position(|w| w == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_are_read_from_modinfo() {
        let module = b"\x7fELF..\0license=GPL\0depends=netfs,9pnet\0name=9p\0";
        assert_eq!(depends(module), ["netfs", "9pnet"]);
        assert!(depends(b"\0depends=\0name=x\0").is_empty());
        assert_eq!(
            depends(b"\0softdep=pre: crypto-x post: y\0depends=\0"),
            ["crypto-x"]
        );
    }

    #[test]
    fn built_in_names_are_normalised() {
        assert_eq!(
            builtin_names("kernel/fs/x-y.ko\nkernel/z.ko\n"),
            ["x_y", "z"]
        );
    }

    #[test]
    fn dependencies_load_first_and_once() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &[u8]| fs::write(dir.path().join(name), text).unwrap();
        write("a.ko", b"\0depends=b-c,d\0");
        write("b-c.ko", b"\0depends=d\0");
        write("d.ko", b"\0softdep=pre: crypto-md5\0depends=\0");
        let index = Index::of(dir.path());
        let builtin = BTreeSet::new();
        let mut order = Order {
            index: &index,
            builtin: &builtin,
            seen: BTreeSet::new(),
            loaded: Vec::new(),
        };
        order.add("a").unwrap();
        let names: Vec<&str> = order.loaded.iter().map(|m| m.name.as_str()).collect();
        assert_eq!(names, ["d", "b_c", "a"]);
        assert!(order.add("none").is_err());
    }
}
