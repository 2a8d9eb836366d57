// SPDX-License-Identifier: MIT OR Apache-2.0

//! rustdoc of the kernel layer and of the generated families, with the flags that Kbuild compiled them with.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::cache::Cache;
use crate::kernel::Kernel;
use crate::module::Work;

/// Crates and their root files. What another links to comes first.
const CRATES: &[(&str, &str)] = &[
    ("genl", "kmod/genl/genl"),
    ("tally", "kmod/tally/main"),
    ("taskdiag", "kmod/taskdiag/main"),
    ("genltest", "kmod/genltest/main"),
];

/// Documents modules that are built; any warning is an error. Returns the directory.
pub(crate) fn run(cache: &Cache, kernel: &Kernel, checkout: &Path) -> Result<PathBuf> {
    let work = Work::open(cache, kernel, checkout, "build")?;
    let out = work.copy().join("doc");
    if out.exists() {
        fs::remove_dir_all(&out).with_context(|| format!("removing {}", out.display()))?;
    }
    let step = cache.step("rustdoc");
    for (name, root) in CRATES {
        let rustc = work.rustc(&format!("{root}.o"))?;
        let flags = command(&rustc).context("Kbuild's command has no rustc")?;
        let script = format!(
            "RUSTC_BOOTSTRAP=1 GENL_OBJ=$PWD/kmod {flags} --crate-name {name} -Dwarnings --out-dir doc {root}.rs"
        );
        work.shell(&script).run(&step)?;
    }
    link(&out, &series(&kernel.release))?;
    step.done();
    Ok(out)
}

/// The compiler's command as rustdoc takes it: without what to make of the crate.
fn command(rustc: &str) -> Option<String> {
    let (variables, flags) = rustc.split_once(" rustc ")?;
    let flags = flags
        .split(' ')
        .filter(|flag| !flag.starts_with("--emit="))
        .collect::<Vec<_>>()
        .join(" ");
    Some(format!("{variables} rustdoc {flags}"))
}

/// `v7.3` of the release `7.3.4+deb13-amd64`.
fn series(release: &str) -> String {
    let mut parts = release.split(|c: char| !c.is_ascii_digit());
    format!(
        "v{}.{}",
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default()
    )
}

/// Makes links to C headers, which the kernel's own documentation writes as `srctree/PATH`, links that can be followed.
fn link(dir: &Path, series: &str) -> Result<()> {
    let source = "https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree";
    let files = walkdir::WalkDir::new(dir).into_iter().flatten();
    for file in files.filter(|f| f.path().extension().is_some_and(|x| x == "html")) {
        let html = fs::read_to_string(file.path())?;
        if html.contains("href=\"srctree/") {
            fs::write(file.path(), linked(&html, source, series))?;
        }
    }
    Ok(())
}

fn linked(html: &str, source: &str, series: &str) -> String {
    let mut parts = html.split("href=\"srctree/");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (path, rest) = part.split_once('"').unwrap_or((part, ""));
        out += &format!("href=\"{source}/{path}?h={series}\"{rest}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rustdoc_has_the_compiler_s_flags_but_what_to_make() {
        assert_eq!(
            command("A=1 rustc -O --emit=metadata=x.rmeta --cfg MODULE").as_deref(),
            Some("A=1 rustdoc -O --cfg MODULE")
        );
    }

    #[test]
    fn links_into_the_kernel_s_source_can_be_followed() {
        assert_eq!(series("7.3.4+deb13-amd64"), "v7.3");
        assert_eq!(
            linked(
                "<a href=\"srctree/include/a.h\">a</a>",
                "https://x/tree",
                "v7.3"
            ),
            "<a href=\"https://x/tree/include/a.h?h=v7.3\">a</a>"
        );
    }
}
