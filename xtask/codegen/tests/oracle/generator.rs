// SPDX-License-Identifier: MIT OR Apache-2.0
//! Runs the kernel tree's `ynl_gen_c.py`.

use genlkit_spec::Family;
use genlkit_spec::model::{Numbering, Protocol};
use std::cell::RefCell;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Runs the generator for each line of arguments, without starting anew each time: that takes
/// longer than the work. Answers with a line that says how it ended and how much it printed.
const SERVE: &str = r#"
import contextlib, io, sys, traceback
sys.path.insert(0, sys.argv[1])
import ynl_gen_c
for line in sys.stdin:
    sys.argv = ["ynl_gen_c"] + line.rstrip("\n").split("\t")
    said = io.StringIO()
    good = "good"
    with contextlib.redirect_stdout(said):
        try:
            ynl_gen_c.main()
        except (Exception, SystemExit):
            good = "bad"
            said.write(traceback.format_exc())
    text = said.getvalue().encode()
    sys.stdout.write(f"{good} {len(text)}\n")
    sys.stdout.flush()
    sys.stdout.buffer.write(text)
    sys.stdout.flush()
"#;

/// The kernel's generator, and the specs to try it on.
pub(crate) struct Generator {
    tree: PathBuf,
    server: RefCell<Child>,
    /// Our own specs as the generator wants them: beside the schemas, below a MAINTAINERS file.
    ours: tempfile::TempDir,
}

impl Generator {
    /// Finds the kernel tree; says why when there is none.
    pub(crate) fn find() -> Option<Self> {
        let tree = tree()?;
        let python = std::env::var("GENLKIT_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let python: Vec<&str> = python.split_whitespace().collect();
        let server = Command::new(python[0])
            .args(&python[1..])
            .args(["-B", "-c", SERVE])
            .arg(tree.join("tools/net/ynl/pyynl"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot run {python:?}: {error}"));
        let ours = tempfile::tempdir().expect("a temporary directory");
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
        let server = RefCell::new(server);
        Some(Self { tree, server, ours })
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

    /// Whether a spec is one of ours.
    pub(crate) fn is_ours(&self, family: &Family) -> bool {
        Path::new(&family.file).starts_with(self.ours.path())
    }

    /// What the generator prints for a spec.
    pub(crate) fn run(&self, family: &Family, mode: &[&str]) -> String {
        self.try_run(&family.file, mode).unwrap_or_else(|said| {
            panic!("the kernel's generator fails on {}:\n{said}", family.file);
        })
    }

    /// What the generator prints for a spec file, or what it says is wrong with it: it checks the
    /// spec against its schema first.
    pub(crate) fn try_run(&self, spec: &str, mode: &[&str]) -> Result<String, String> {
        let server = &mut *self.server.borrow_mut();
        let input = server.stdin.as_mut().expect("it was piped");
        let args = [&["--spec", spec], mode].concat().join("\t");
        writeln!(input, "{args}").expect("the generator listens");
        let mut output = BufReader::new(server.stdout.as_mut().expect("it was piped"));
        let mut line = String::new();
        output.read_line(&mut line).expect("an answer");
        let (end, length) = line
            .trim()
            .split_once(' ')
            .expect("the generator runs: its own words are above");
        let mut text = vec![0; length.parse().expect("a length")];
        // The answer is read whole, so that nothing of the next one is in the reader when it goes.
        output.read_exact(&mut text).expect("an answer");
        let text = String::from_utf8(text).expect("C is ASCII");
        if end == "good" { Ok(text) } else { Err(text) }
    }

    /// A place for a spec, beside the schemas.
    pub(crate) fn place(&self, name: &str) -> PathBuf {
        self.ours.path().join("specs").join(name)
    }
}

impl Drop for Generator {
    fn drop(&mut self) {
        let server = self.server.get_mut();
        // Without more input it ends by itself.
        drop(server.stdin.take());
        let _ = server.wait();
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
