// SPDX-License-Identifier: MIT OR Apache-2.0
//! The directories that specs are looked for in.

use nix::sys::utsname::uname;
use std::env;
use std::ffi::OsString;
use std::fs::DirEntry;
use std::path::{Path, PathBuf};

fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

fn home(variable_name: &str, below_home: &str) -> Option<PathBuf> {
    let given = variable(variable_name)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    given.or_else(|| Some(PathBuf::from(variable("HOME")?).join(below_home)))
}

/// What `$GENLKIT_SPECS` names.
pub(super) fn named() -> Vec<PathBuf> {
    variable("GENLKIT_SPECS")
        .map(|paths| env::split_paths(&paths).collect())
        .unwrap_or_default()
}

/// Data directories, the user's first.
pub(super) fn data() -> Vec<PathBuf> {
    let system = variable("XDG_DATA_DIRS").unwrap_or_else(|| "/usr/local/share:/usr/share".into());
    let system = env::split_paths(&system)
        .filter(|path| path.is_absolute())
        .collect::<Vec<_>>();
    let all = home("XDG_DATA_HOME", ".local/share")
        .into_iter()
        .chain(system);
    let ours = all.map(|path| path.join("genlkit/specs"));
    ours.chain([PathBuf::from("/usr/share/ynl/specs")])
        .collect()
}

/// Kernel trees, the running kernel's first; those that are kept are looked for where that is not
/// enough.
pub(super) fn kernels() -> impl Iterator<Item = PathBuf> {
    const SPECS: &str = "Documentation/netlink/specs";
    let running = uname().ok().map(|system| {
        let modules = Path::new("/lib/modules").join(system.release());
        modules.join("source").join(SPECS)
    });
    let kept = std::iter::once_with(|| cache().map(|cache| cache.join("source"))).flatten();
    let kept = kept.flat_map(|sources| subdirectories(&sources));
    // Some keys hold the tree itself, some a directory with the tree.
    let trees = kept.filter_map(|key| {
        let itself = key.join(SPECS);
        if itself.is_dir() {
            return Some(itself);
        }
        let mut inner = subdirectories(&key).into_iter();
        inner.find_map(|tree| Some(tree.join(SPECS)).filter(|path| path.is_dir()))
    });
    running.into_iter().chain(trees)
}

/// Where this program keeps what it can make again.
pub(super) fn cache() -> Option<PathBuf> {
    home("XDG_CACHE_HOME", ".cache").map(|cache| cache.join("genlkit"))
}

fn subdirectories(path: &Path) -> Vec<PathBuf> {
    let Ok(entries) = path.read_dir() else {
        return Vec::new();
    };
    // What an entry is stands beside its name; only where a link leads has to be asked.
    let is_directory = |entry: &DirEntry| match entry.file_type() {
        Ok(kind) if kind.is_symlink() => entry.path().is_dir(),
        kind => kind.is_ok_and(|kind| kind.is_dir()),
    };
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .filter(is_directory)
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}

/// The spec file of this name in a directory, or the one that the path is.
pub(super) fn spec(path: &Path, name: &str) -> Option<PathBuf> {
    let inside = path.join(format!("{name}.yaml"));
    if inside.is_file() {
        return Some(inside);
    }
    let is_it = path.file_stem()? == name && path.extension()? == "yaml" && path.is_file();
    is_it.then(|| path.to_owned())
}

/// The spec files of a directory, or the one that the path is: the name without its ending, and
/// the path.
pub(super) fn specs(path: &Path) -> Vec<(String, PathBuf)> {
    let named = |path: PathBuf| {
        let is_yaml = path
            .extension()
            .is_some_and(|extension| extension == "yaml");
        let stem = path.file_stem()?.to_str()?.to_owned();
        is_yaml.then_some((stem, path))
    };
    match path.read_dir() {
        Ok(entries) => entries
            .flatten()
            .filter_map(|entry| named(entry.path()))
            .collect(),
        Err(_) if path.is_file() => named(path.to_owned()).into_iter().collect(),
        Err(_) => Vec::new(),
    }
}
