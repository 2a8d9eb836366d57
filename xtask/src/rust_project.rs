// SPDX-License-Identifier: MIT OR Apache-2.0

//! rust-project.json, by which rust-analyzer finds its way in kmod: the kernel's own, which knows the kernel's crates,
//! with ours in it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::cache::Cache;
use crate::kernel::Kernel;
use crate::module::{CRATES, Work};

/// What the kernel's generator writes, and what an editor looks for beside the sources.
const NAME: &str = "rust-project.json";

/// Writes kmod/rust-project.json, for modules that are built. Returns its path.
pub(crate) fn write(cache: &Cache, kernel: &Kernel, checkout: &Path) -> Result<PathBuf> {
    let work = Work::open(cache, kernel, checkout, "build")?;
    let step = cache.step("rust-project");
    work.make(&["rust-analyzer"]).run(&step)?;
    let made = work.copy().join(NAME);
    let text = fs::read(&made).with_context(|| format!("reading {}", made.display()))?;
    let mut project: Value = serde_json::from_slice(&text).context("the kernel's project")?;
    add_ours(&mut project, checkout, &work.copy().join("kmod"))?;
    if let Some(root) = &kernel.root {
        outside(&mut project, &root.path("usr"));
    }
    let path = checkout.join("kmod").join(NAME);
    fs::write(&path, serde_json::to_vec(&project)?)
        .with_context(|| format!("writing {}", path.display()))?;
    step.done();
    Ok(path)
}

/// Replaces what the kernel's generator takes for our crates, which are those whose path is relative: every file that
/// has an object's name, under that name, and none that knows of the others.
fn add_ours(project: &mut Value, checkout: &Path, objects: &Path) -> Result<()> {
    let crates = project["crates"].as_array_mut().context("no crates")?;
    let is_ours = |found: &Value| {
        found["root_module"]
            .as_str()
            .is_some_and(|path| !path.starts_with('/'))
    };
    // The last ones, so that nobody's number changes.
    let first = crates
        .iter()
        .position(is_ours)
        .context("no crate of ours")?;
    let model = crates[first].clone();
    crates.truncate(first);
    for (name, root) in CRATES {
        let mut ours = model.clone();
        ours["display_name"] = json!(name);
        ours["root_module"] = json!(checkout.join(format!("{root}.rs")));
        let cfg = ours["cfg"].as_array_mut().context("no cfg")?;
        cfg.push(json!("MODULE"));
        // Where Kbuild puts what bindgen makes, which the sources include.
        ours["env"]["GENL_OBJ"] = json!(objects);
        ours["env"]["RUST_MODFILE"] = json!(root);
        ours["source"] = json!({
            "include_dirs": [checkout.join("kmod"), objects],
            "exclude_dirs": [],
        });
        if crates.len() > first {
            let deps = ours["deps"].as_array_mut().context("no dependencies")?;
            deps.push(json!({ "crate": first, "name": CRATES[0].0 }));
        }
        crates.push(ours);
    }
    Ok(())
}

/// Makes paths of the toolchain root what they are outside of it.
fn outside(value: &mut Value, usr: &Path) {
    match value {
        Value::String(text) if text == "/usr" => *value = json!(usr),
        Value::String(text) => {
            if let Some(rest) = text.strip_prefix("/usr/") {
                *value = json!(usr.join(rest));
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| outside(value, usr)),
        Value::Object(fields) => fields.values_mut().for_each(|value| outside(value, usr)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given() -> Value {
        let ours = |name: &str, path: &str| {
            json!({
                "display_name": name, "root_module": path, "edition": "2021", "cfg": ["CONFIG_NET"],
                "env": {}, "deps": [{ "crate": 1, "name": "kernel" }],
            })
        };
        json!({
            "sysroot": "/usr",
            "crates": [
                { "display_name": "core", "root_module": "/usr/lib/core/src/lib.rs", "deps": [] },
                { "display_name": "kernel", "root_module": "/k/rust/kernel/lib.rs", "deps": [] },
                ours("helpers", "kmod/genl/helpers.rs"),
                ours("genl", "kmod/genl/genl.rs"),
                ours("main", "kmod/tally/main.rs"),
            ],
        })
    }

    #[test]
    fn every_crate_of_ours_is_there_once_and_knows_the_layer() {
        let mut project = given();
        add_ours(&mut project, Path::new("/c"), Path::new("/o/kmod")).unwrap();
        let crates = project["crates"].as_array().unwrap();
        assert_eq!(crates.len(), 2 + CRATES.len());
        for (found, (name, root)) in crates[2..].iter().zip(CRATES) {
            assert_eq!(found["display_name"], *name);
            assert_eq!(found["root_module"], format!("/c/{root}.rs"));
            assert_eq!(found["env"]["GENL_OBJ"], "/o/kmod");
            assert_eq!(found["cfg"], json!(["CONFIG_NET", "MODULE"]));
            let deps = found["deps"].as_array().unwrap();
            let layer = deps
                .iter()
                .any(|dep| *dep == json!({ "crate": 2, "name": "genl" }));
            assert_eq!(layer, *name != "genl");
            assert!(deps.contains(&json!({ "crate": 1, "name": "kernel" })));
        }
    }

    #[test]
    fn paths_of_the_toolchain_root_are_those_outside_of_it() {
        let mut project = given();
        outside(&mut project, Path::new("/r/usr"));
        assert_eq!(project["sysroot"], "/r/usr");
        let root = &project["crates"][0]["root_module"];
        assert_eq!(*root, "/r/usr/lib/core/src/lib.rs");
        assert_eq!(project["crates"][1]["root_module"], "/k/rust/kernel/lib.rs");
    }
}
