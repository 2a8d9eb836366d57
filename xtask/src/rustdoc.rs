// SPDX-License-Identifier: MIT OR Apache-2.0

//! rustdoc of the kernel layer and of the generated families, with the flags that Kbuild compiled them with.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::cache::Cache;
use crate::kernel::Kernel;
use crate::module::{CRATES, Work};

/// Leads to the layer's own page.
const FRONT: &str = r#"<meta http-equiv="refresh" content="0; url=genl/index.html">"#;

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
    // Where the pages' own link to the beginning leads.
    fs::write(out.join("index.html"), FRONT)?;
    let dead = dead_links(&out)?;
    if !dead.is_empty() {
        bail!("links to nowhere: {}", dead.join(" "));
    }
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

/// Links between the pages that lead nowhere, and pages that a crate should have and has not.
///
/// The kernel crate's own pages are not made, and rustdoc does not link to them.
fn dead_links(dir: &Path) -> Result<Vec<String>> {
    let mut dead = Vec::new();
    let files = walkdir::WalkDir::new(dir).into_iter().flatten();
    let pages = files.filter(|f| f.path().extension().is_some_and(|x| x == "html"));
    for page in pages {
        let html = fs::read_to_string(page.path())?;
        let beside = page.path().parent().unwrap_or(dir);
        for link in links(&html) {
            if !beside.join(link).exists() {
                dead.push(format!("{}: {link}", page.path().display()));
            }
        }
    }
    let fronts = CRATES
        .iter()
        .map(|(name, _)| dir.join(name).join("index.html"));
    let absent = fronts.filter(|front| !front.exists());
    dead.extend(absent.map(|front| front.display().to_string()));
    Ok(dead)
}

/// The pages of ours that a page links to.
fn links(html: &str) -> impl Iterator<Item = &str> {
    let targets = html
        .split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    let files = targets.filter_map(|target| target.split('#').next());
    files.filter(|file| file.ends_with(".html") && !file.contains(':'))
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

    #[test]
    fn a_link_to_a_page_that_is_not_there_is_dead() {
        let dir = tempfile::tempdir().unwrap();
        for (name, _) in CRATES {
            fs::create_dir(dir.path().join(name)).unwrap();
            fs::write(dir.path().join(name).join("index.html"), "").unwrap();
        }
        let page = dir.path().join("genl/index.html");
        let html = "<a href=\"#here\"><a href=\"../genl/index.html#x\"><a href=\"https://x/y\">";
        fs::write(&page, html).unwrap();
        assert!(dead_links(dir.path()).unwrap().is_empty());
        fs::write(&page, "<a href=\"struct.Gone.html\">").unwrap();
        assert_eq!(dead_links(dir.path()).unwrap().len(), 1);
        fs::remove_file(&page).unwrap();
        assert_eq!(dead_links(dir.path()).unwrap().len(), 1);
    }
}
