// SPDX-License-Identifier: MIT OR Apache-2.0
//! Runs the kernel tree's `ynl_gen_c.py`.

use genlkit_spec::Family;
use genlkit_spec::model::{Numbering, Protocol};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The kernel's generator, and the specs to try it on.
pub(crate) struct Generator {
    tree: PathBuf,
    python: Vec<String>,
    /// Our own specs as the generator wants them: beside the schemas, below a MAINTAINERS file.
    ours: tempfile::TempDir,
}

impl Generator {
    /// Finds the kernel tree; says why when there is none.
    pub(crate) fn find() -> Option<Self> {
        let tree = tree()?;
        let python = std::env::var("GENLKIT_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let python = python.split_whitespace().map(str::to_owned).collect();
        let scratch =
            std::env::var_os("GENLKIT_SCRATCH").map_or_else(std::env::temp_dir, Into::into);
        let ours = tempfile::tempdir_in(scratch).expect("a temporary directory");
        std::fs::write(ours.path().join("MAINTAINERS"), "").expect("a file");
        std::fs::create_dir(ours.path().join("specs")).expect("a directory");
        for entry in yaml_files(&tree.join("Documentation/netlink")) {
            let name = entry.file_name().expect("a name");
            std::fs::copy(&entry, ours.path().join(name)).expect("a copy of a schema");
        }
        for spec in yaml_files(&our_specs()) {
            let name = spec.file_name().expect("a name");
            std::fs::copy(&spec, ours.path().join("specs").join(name)).expect("a copy of a spec");
        }
        Some(Self { tree, python, ours })
    }

    /// Every spec of a generic netlink family whose commands have one number each: the tree's and
    /// ours.
    pub(crate) fn specs(&self) -> Vec<Family> {
        let mut files = yaml_files(&self.tree.join("Documentation/netlink/specs"));
        files.extend(yaml_files(&self.ours.path().join("specs")));
        let families = files
            .iter()
            .map(|file| Family::from_file(file).unwrap_or_else(|error| panic!("{error}")));
        let generic = |family: &Family| !matches!(family.protocol, Protocol::Raw(_));
        families
            .filter(|family| generic(family) && family.numbering == Numbering::Unified)
            .collect()
    }

    /// What the generator prints for a spec.
    pub(crate) fn run(&self, family: &Family, mode: &[&str]) -> String {
        self.try_run(&family.file, mode).unwrap_or_else(|said| {
            panic!("{:?} fails on {}:\n{said}", self.python, family.file);
        })
    }

    /// What the generator prints for a spec file, or what it says is wrong with it: it checks the
    /// spec against its schema first.
    pub(crate) fn try_run(&self, spec: &str, mode: &[&str]) -> Result<String, String> {
        let output = Command::new(&self.python[0])
            .args(&self.python[1..])
            .arg("-B")
            .arg(self.tree.join("tools/net/ynl/pyynl/ynl_gen_c.py"))
            .args(["--spec", spec])
            .args(mode)
            .output()
            .unwrap_or_else(|error| panic!("cannot run {:?}: {error}", self.python));
        if output.status.success() {
            Ok(String::from_utf8(output.stdout).expect("C is ASCII"))
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    /// A place for a spec, beside the schemas.
    pub(crate) fn place(&self, name: &str) -> PathBuf {
        self.ours.path().join("specs").join(name)
    }
}

/// The kernel tree that the environment names.
pub(crate) fn tree() -> Option<PathBuf> {
    let tree = std::env::var_os("GENLKIT_KERNEL_SRC").map(PathBuf::from);
    if tree.is_none() {
        eprintln!("skipped: GENLKIT_KERNEL_SRC names no kernel tree (cargo xtask test sets it)");
    }
    tree
}

/// Where our own specs are.
pub(crate) fn our_specs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec")
}

/// The YAML files of a directory, sorted.
pub(crate) fn yaml_files(dir: &Path) -> Vec<PathBuf> {
    let entries = dir
        .read_dir()
        .unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    let paths = entries.map(|entry| entry.expect("a directory entry").path());
    let mut files: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    files.sort();
    files
}
