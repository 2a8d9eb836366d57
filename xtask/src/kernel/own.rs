// SPDX-License-Identifier: MIT OR Apache-2.0

//! Kernels built from source: one row of [`RECIPES`] each, from the same source and in the same root as the stock one's
//! metadata.

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};

use super::{Kernel, Machine, config, source};
use crate::cache::Cache;
use crate::root::Root;
use crate::ui::Step;

/// How one of our kernels is made.
#[derive(Debug)]
pub(crate) struct Recipe {
    /// Its name on the command line.
    name: &'static str,
    /// Variables for every `make`.
    vars: &'static [&'static str],
    /// Fragments put on tinyconfig in this order.
    fragments: &'static [&'static str],
    /// Whether it has modules of its own to build.
    modules: bool,
    /// Added to its command line.
    cmdline: &'static str,
    /// What to expect, for the user who waits.
    patience: &'static str,
}

const PLAIN: &str = include_str!("../../kconfig/plain.config");
const DEBUG: &str = include_str!("../../kconfig/debug.config");
const FAMILIES: &str = include_str!("../../kconfig/families.config");

/// gcc is a third cheaper than clang for C, but KASAN together with Rust requires clang.
const GCC: &[&str] = &["CC=x86_64-linux-gnu-gcc-14"];
const CLANG: &[&str] = &["LLVM=-19"];

const RECIPES: &[Recipe] = &[
    Recipe {
        name: "own",
        vars: GCC,
        fragments: &[PLAIN],
        modules: false,
        cmdline: "",
        patience: "about 7 minutes on 2 cores",
    },
    Recipe {
        name: "debug",
        vars: CLANG,
        fragments: &[PLAIN, DEBUG],
        modules: false,
        // At a panic the whole log goes to the console: a fuzzer's last message is in it. A test that
        // keeps a processor from everybody takes minutes here.
        cmdline: "panic_on_warn=1 kasan.fault=panic log_buf_len=512K panic_print=0x20 workqueue.watchdog_thresh=900",
        patience: "about 20 minutes on 2 cores",
    },
    Recipe {
        name: "families",
        vars: GCC,
        fragments: &[PLAIN, FAMILIES],
        modules: true,
        cmdline: "",
        patience: "about 15 minutes on 2 cores",
    },
];

/// Raise when the way kernels are built changes.
const VERSION: &str = "own 1";

/// The recipe of that name.
pub(crate) fn recipe(name: &str) -> Option<&'static Recipe> {
    RECIPES.iter().find(|r| r.name == name)
}

/// Every recipe's name.
pub(crate) fn names() -> Vec<&'static str> {
    RECIPES.iter().map(|r| r.name).collect()
}

/// Makes the kernel ready: root and source side by side, then the build.
pub(crate) fn get(cache: &Cache, recipe: &'static Recipe) -> Result<Kernel> {
    let chosen = source::choose(cache)?;
    let (root, tree) = std::thread::scope(|scope| {
        let root = scope.spawn(|| Root::get(cache));
        let tree = source::tree(cache, &chosen.source);
        let root = root
            .join()
            .map_err(|_| anyhow::anyhow!("making the toolchain root panicked"))?;
        anyhow::Ok((root?, tree?))
    })?;
    let key = root
        .id()
        .with(VERSION)
        .with(&chosen.source.sha256)
        .with(recipe.vars.join(" "));
    let key = recipe.fragments.iter().fold(key, |k, f| k.with(f));
    let entry = cache.entry("kernel", &key);
    let dir = entry.dir();
    let release = entry.get_or_build(|new| {
        let step = cache.step(&format!("kernel {}", recipe.name));
        step.line(recipe.patience);
        crate::ui::say(&format!(
            "building the kernel `{}` once: {}",
            recipe.name, recipe.patience
        ));
        let release = Build {
            root: &root,
            recipe,
            source: &tree,
            new,
            dir: &dir,
        }
        .run(&step)?;
        step.done();
        Ok(release)
    })?;
    let build = dir.join("build");
    Ok(Kernel {
        name: recipe.name.into(),
        release,
        image: build.join("vmlinux"),
        modules: recipe.modules.then(|| build.clone()),
        build,
        source: tree,
        root: Some(root),
        vars: recipe.vars.iter().map(|v| (*v).to_owned()).collect(),
        machine: Machine::Microvm,
        cmdline: recipe.cmdline,
    })
}

struct Build<'a> {
    root: &'a Root,
    recipe: &'a Recipe,
    source: &'a Path,
    new: &'a Path,
    dir: &'a Path,
}

impl Build<'_> {
    fn run(&self, step: &Step) -> Result<String> {
        let build = self.new.join("build");
        fs::create_dir_all(&build)?;
        self.make(&["tinyconfig"], step)?;
        let path = build.join(".config");
        let fragments = self.recipe.fragments.join("\n");
        fs::write(
            &path,
            format!("{}\n{fragments}", fs::read_to_string(&path)?),
        )?;
        self.make(&["olddefconfig"], step)?;
        let lost = config::unfulfilled(&fragments, &fs::read_to_string(&path)?);
        if !lost.is_empty() {
            bail!(
                "the source's Kconfig does not allow these lines of xtask/kconfig (a dependency is missing, \
                 or something selects the opposite):\n{}",
                lost.join("\n")
            );
        }
        // Without `modules` there would be no Module.symvers for ours.
        self.make(
            &[&format!("-j{}", crate::jobs()), "vmlinux", "modules"],
            step,
        )?;
        Ok(
            fs::read_to_string(build.join("include/config/kernel.release"))?
                .trim()
                .to_owned(),
        )
    }

    /// Builds in the new directory, which the tools see at its final path.
    fn make(&self, args: &[&str], step: &Step) -> Result<()> {
        let cmd = self
            .root
            .enter()
            .arg("--bind")
            .args([self.new, self.dir])
            .args(["nice", "make"]);
        let cmd = cmd
            .arg("-C")
            .arg(self.source)
            .arg(format!("O={}/build", self.dir.display()));
        cmd.args(self.recipe.vars).args(args).run(step)
    }
}
