// SPDX-License-Identifier: MIT OR Apache-2.0

//! Shows that the generator's kernel side is for any family: that of every `genetlink` spec of the kernel's tree is
//! made and compiled against the layer. Nothing of it is kept.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use genlkit_codegen::{kernel as kernel_side, policy};
use genlkit_spec::Family;
use genlkit_spec::model::Protocol;

use crate::cache::Cache;
use crate::crates::{Crates, errors};
use crate::kernel::Kernel;
use crate::libtest::Sum;
use crate::module::Work;
use crate::sh::Cmd;
use crate::ui;

/// Where the sources are put, in the copy that modules are built in: Kbuild's rule for products takes them for some.
const PLACE: &str = "kmod/generated";

/// Families of protocol `genetlink` that any tree has which modules in Rust can be built for.
const LEAST: usize = 12;

/// Makes and compiles every family; each that compiles without an error has passed, and each that the generator
/// refuses has failed and is named with the reason.
pub(crate) fn run(cache: &Cache, kernel: &Kernel, checkout: &Path) -> Result<Sum> {
    let work = Work::open(cache, kernel, checkout, "build")?;
    let step = cache.step("tree specs");
    let mut sources = Vec::new();
    let mut refused = Sum::default();
    let families = families(&kernel.source.join("Documentation/netlink/specs"))?;
    ensure!(
        families.len() >= LEAST,
        "only {} specs of the tree are for genetlink",
        families.len()
    );
    for family in families {
        let made = policy::tables(&family).and_then(|tables| {
            let limits = kernel_side::limits_header(&family, &tables);
            kernel_side::emit(&family, &tables).map(|text| (text, limits))
        });
        match made {
            Ok((text, limits)) => {
                let source = format!("{PLACE}/{}_generated.rs", family.name);
                write(&work, &source, &text)?;
                if let Some(limits) = limits {
                    bind(&work, &format!("{PLACE}/{}_limits", family.name), &limits)?.run(&step)?;
                }
                sources.push((family.name, source));
            }
            Err(problems) => {
                refused.failed += 1;
                for problem in problems {
                    ui::say(&format!("tree specs: {}: REFUSED: {problem}", family.name));
                }
            }
        }
    }
    let crates = Crates::new(&work, "tree_spec")?;
    let mut sum = crates.each(&sources, |compile, (name, source)| {
        let cmd = compile(source);
        let errors = errors(&cmd);
        if !errors.is_empty() {
            step.command(&cmd.line());
            ui::say(&format!(
                "tree specs: {name}: FAILED: {}",
                errors.join("\n")
            ));
        }
        errors.is_empty()
    });
    sum += refused;
    step.done();
    println!("tree specs: {sum}");
    Ok(sum)
}

/// Writes a source into the copy that modules are built in.
fn write(work: &Work<'_>, source: &str, text: &str) -> Result<()> {
    let path = work.copy().join(source);
    fs::write(&path, text).with_context(|| format!("writing {}", path.display()))
}

/// What Kbuild's rule for bindings of a header does, for one that Kbuild does not know.
fn bind(work: &Work<'_>, header: &str, text: &str) -> Result<Cmd> {
    write(work, &format!("{header}.h"), text)?;
    let command = work.saved("kmod/genl/helpers_generated.rs")?;
    let name = header.rsplit('/').next().unwrap_or(header);
    let command = command.replace("kmod/genl/helpers", header);
    Ok(work.shell(&command.replace("/helpers.h", &format!("/{name}.h"))))
}

/// The families of the tree whose protocol is `genetlink`.
fn families(specs: &Path) -> Result<Vec<Family>> {
    let entries = fs::read_dir(specs).with_context(|| format!("listing {}", specs.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension == "yaml")
    });
    files.sort();
    let families: Result<Vec<Family>, _> = files.iter().map(Family::from_file).collect();
    let mut families = families?;
    families.retain(|family| family.protocol == Protocol::Genetlink);
    Ok(families)
}
