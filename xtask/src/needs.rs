// SPDX-License-Identifier: MIT OR Apache-2.0

//! What guest suites need of their guest: `[package.metadata.guest.SUITE]` of tests/Cargo.toml.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::sh::Cmd;
use crate::ui;

/// What a suite needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Needs {
    /// Modules of the kernel that its tests load.
    pub(crate) modules: Vec<String>,
    /// Words on the kernel's command line.
    pub(crate) cmdline: String,
    /// The only kernel that has what it needs; none is every kernel.
    pub(crate) kernel: Option<String>,
}

/// Suites that can share a guest, in their order, with what they need together; those that another
/// kernel is for are left out, and said.
pub(crate) fn grouped(
    checkout: &Path,
    kernel: &str,
    suites: &[&str],
) -> Result<Vec<(Needs, Vec<String>)>> {
    let manifest = checkout.join("tests/Cargo.toml");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let text = Cmd::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .arg("--manifest-path")
        .arg(&manifest)
        .query()
        .context("cargo metadata failed")?;
    let metadata: serde_json::Value = serde_json::from_str(&text)?;
    let packages = metadata["packages"].as_array();
    let mut packages = packages.into_iter().flatten();
    let tests = packages.find(|package| package["name"] == "genlkit-tests");
    let guest = &tests.context("no package genlkit-tests")?["metadata"]["guest"];
    let mut groups: Vec<(Needs, Vec<String>)> = Vec::new();
    for suite in suites {
        let needs = match guest.get(suite) {
            Some(needs) => serde_json::from_value(needs.clone())
                .with_context(|| format!("metadata.guest.{suite} of tests/Cargo.toml"))?,
            None => Needs::default(),
        };
        add(&mut groups, kernel, suite, needs);
    }
    Ok(groups)
}

fn add(groups: &mut Vec<(Needs, Vec<String>)>, kernel: &str, suite: &str, needs: Needs) {
    if let Some(other) = needs.kernel.filter(|wanted| wanted != kernel) {
        ui::say(&format!(
            "suite {suite}: left out: it is for --kernel {other}"
        ));
        return;
    }
    let group = groups.iter_mut().find(|(g, _)| g.cmdline == needs.cmdline);
    match group {
        Some((shared, names)) => {
            let new = needs.modules.into_iter();
            let new: Vec<String> = new.filter(|name| !shared.modules.contains(name)).collect();
            shared.modules.extend(new);
            names.push(suite.to_owned());
        }
        None => {
            let kernel = None;
            groups.push((Needs { kernel, ..needs }, vec![suite.to_owned()]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_share_a_guest_unless_its_command_line_differs() {
        let needs = |module: &str, cmdline: &str| Needs {
            modules: vec![module.to_owned()],
            cmdline: cmdline.to_owned(),
            kernel: None,
        };
        let mut groups = Vec::new();
        add(&mut groups, "stock", "one", needs("a", ""));
        add(&mut groups, "stock", "two", needs("a", "lsm=selinux"));
        add(&mut groups, "stock", "three", needs("b", ""));
        let other = Needs {
            kernel: Some("families".to_owned()),
            ..Needs::default()
        };
        add(&mut groups, "stock", "four", other);
        let names: Vec<&[String]> = groups.iter().map(|(_, names)| &names[..]).collect();
        assert_eq!(names, [&["one", "three"][..], &["two"]]);
        assert_eq!(groups[0].0.modules, ["a", "b"]);
    }
}
