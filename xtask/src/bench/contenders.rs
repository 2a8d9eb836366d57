// SPDX-License-Identifier: MIT OR Apache-2.0

//! Who is measured, and how each is built: in Rust by cargo, in C with the packages that it needs, or from
//! the kernel's tree.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::kernel_tree;
use super::libraries::LIBRARIES;
use super::tasks::Task;
use super::tools;
use crate::cache::Cache;
use crate::guest::{self, Program, executables};
use crate::kernel::KernelArgs;
use crate::sh::Cmd;
use crate::ui::Step;

/// A program that does the tasks.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    /// How it is started; the words have no spaces.
    pub(crate) command: String,
    /// Whether it is a tool, which does one thing and ends.
    pub(crate) is_tool: bool,
    /// The program's size in bytes, where it is a program of its own.
    pub(crate) size: Option<u64>,
}

impl Contender {
    /// A program of its own, with what tells it to be this contender.
    pub(super) fn program(
        shop: &Shop<'_>,
        name: &'static str,
        program: &Path,
        argument: Option<&str>,
    ) -> Result<Self> {
        let program = shop.install(program)?;
        let words = [
            Some(program.display().to_string()),
            argument.map(str::to_owned),
        ];
        Ok(Self {
            name,
            command: words.into_iter().flatten().collect::<Vec<_>>().join(" "),
            is_tool: false,
            size: program.metadata().ok().map(|data| data.len()),
        })
    }
}

/// The contenders, and who is not among them.
pub(crate) struct Contenders {
    /// The program that has them take turns.
    pub(crate) rounds: PathBuf,
    /// The first is the floor.
    pub(crate) all: Vec<Contender>,
    /// Names, and why they are not there.
    pub(crate) missing: Vec<(&'static str, String)>,
    /// Where they are, until this is dropped.
    _memory: TempDir,
}

/// A file system in memory, which every Linux has.
const MEMORY: &str = "/dev/shm";

/// Contenders in Rust: name, program of `tests/bench`, and its argument.
const RUST: &[(&str, &str, Option<&str>)] = &[
    ("genlkit", "genlkit_blocking", None),
    ("genlkit tokio", "genlkit_tokio", None),
    ("neli socket with our codec", "neli_socket", None),
    ("neli handle", "neli", Some("handle")),
    ("neli router", "neli", Some("router")),
    ("genetlink tokio", "genetlink", None),
    ("genetlink smol", "genetlink", Some("smol")),
    ("netlink-bindings", "netlink_bindings", None),
];

/// Where contenders are built.
pub(super) struct Shop<'s> {
    pub(super) cache: &'s Cache,
    pub(super) step: &'s Step,
    /// Sources of the contenders.
    pub(super) room: PathBuf,
    /// Products.
    pub(super) built: PathBuf,
    /// Where they are started from.
    memory: PathBuf,
}

impl Shop<'_> {
    /// Copies a program to where memory is all there is. In a file system its pages lie together or apart, as its
    /// linker wrote them and the system read them, and go as others are wanted, which makes the start of one and the
    /// same program dearer by up to a sixth, or not.
    fn install(&self, program: &Path) -> Result<PathBuf> {
        let name = program.file_name().context("a program has a name")?;
        let installed = self.memory.join(name);
        std::fs::copy(program, &installed).with_context(|| program.display().to_string())?;
        Ok(installed)
    }

    /// Compiles a contender in C: `NAME.c`.
    pub(super) fn compile(&self, name: &str, more: &[String]) -> Result<PathBuf> {
        let program = self.built.join(name);
        Cmd::new("cc")
            .args(["-O2", "-o"])
            .arg(&program)
            .arg(self.room.join("c").join(format!("{name}.c")))
            .args(more)
            .run(self.step)?;
        Ok(program)
    }

    /// Compiles a contender in C, linked statically.
    pub(super) fn compile_static(&self, name: &str, more: &[String]) -> Result<PathBuf> {
        let wrapped = ["malloc", "calloc", "realloc"].map(|name| format!("-Wl,--wrap={name}"));
        let how = ["-static", "-DSTATIC"].map(str::to_owned);
        self.compile(name, &[how.as_slice(), &wrapped, more].concat())
    }
}

impl Contenders {
    /// Builds those whose name contains one of `only`, or all where that is empty; the floor always, tools
    /// where they have something to do.
    pub(crate) fn build(
        cache: &Cache,
        checkout: &Path,
        kernel: &KernelArgs,
        only: &[String],
        tasks: &[Task],
        step: &Step,
    ) -> Result<Self> {
        let is_wanted =
            |name: &str| only.is_empty() || only.iter().any(|part| name.contains(part.as_str()));
        let memory = TempDir::new_in(MEMORY).context(MEMORY)?;
        let shop = Shop {
            cache,
            step,
            room: checkout.join("tests/bench"),
            built: cache.root().join("out/bench"),
            memory: memory.path().to_owned(),
        };
        std::fs::create_dir_all(&shop.built)?;
        let rust = Rust::build(&shop)?;
        let floor = shop.compile_static("floor", &[])?;
        let mut all = vec![Contender::program(&shop, "floor, C", &floor, None)?];
        for &(name, program, argument) in RUST {
            if is_wanted(name) {
                let program = rust.program(program)?;
                all.push(Contender::program(&shop, name, &program, argument)?);
            }
        }
        let mut missing = Vec::new();
        let mut add = |name, contender: &dyn Fn() -> Result<Contender>| {
            if is_wanted(name) {
                match contender() {
                    Ok(contender) => all.push(contender),
                    Err(error) => missing.push((name, format!("{error:#}"))),
                }
            }
        };
        for library in LIBRARIES {
            add(library.name, &|| library.contender(&shop));
        }
        add(kernel_tree::YNL, &|| kernel_tree::ynl(&shop, kernel));
        add(kernel_tree::PYYNL, &|| kernel_tree::pyynl(&shop, kernel));
        if tasks.contains(&Task::Start) {
            add(tools::BY_HAND, &|| tools::by_hand(&shop));
            add(tools::GENLKIT, &|| tools::genlkit(&shop, checkout));
            add(tools::GENL, &|| tools::genl(&shop));
            tools::ensure_same(&shop, &all)?;
        }
        Ok(Self {
            rounds: rust.program("rounds")?,
            all,
            missing,
            _memory: memory,
        })
    }

    /// What the program that has them take turns is told.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = String> {
        let all = self.all.iter().enumerate();
        all.map(|(number, contender)| {
            let sign = if contender.is_tool { ':' } else { '=' };
            format!("{number}{sign}{}", contender.command)
        })
    }
}

/// `cargo`, which links statically and to fixed addresses, as the floor is, so that what starts is the program
/// and nothing else.
fn cargo() -> Cmd {
    Cmd::new("cargo")
        .args(["build", "--release", "--message-format=json"])
        .args(["--target", guest::TARGET])
        // The linker runs in the workspace, which is that of the contenders.
        .env("RUSTFLAGS", guest::fast_start("../.."))
}

/// The programs in Rust.
struct Rust(Vec<Program>);

impl Rust {
    fn build(shop: &Shop<'_>) -> Result<Self> {
        let all = cargo().args(["--bins", "--manifest-path"]);
        let all = all.arg(shop.room.join("Cargo.toml"));
        Ok(Self(executables(&all.lines(shop.step)?)))
    }

    fn program(&self, name: &str) -> Result<PathBuf> {
        let found = self.0.iter().find(|program| program.name == name);
        found
            .map(|program| program.path.clone())
            .with_context(|| format!("cargo built no {name}"))
    }
}
