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
    /// The kernels that have what it needs; none is every kernel.
    pub(crate) kernels: Vec<String>,
}

/// Suites in the guests that they run in.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Grouped {
    /// Suites that can share a guest, in their order, with what they need together.
    pub(crate) guests: Vec<(Needs, Vec<String>)>,
    /// How many are left out, as another kernel is for them.
    pub(crate) skipped: u64,
}

/// Says which suites run in which guest on the kernel of this name.
pub(crate) fn grouped(checkout: &Path, kernel: &str, suites: &[&str]) -> Result<Grouped> {
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
    let mut grouped = Grouped::default();
    for suite in suites {
        let needs = match guest.get(suite) {
            Some(needs) => serde_json::from_value(needs.clone())
                .with_context(|| format!("metadata.guest.{suite} of tests/Cargo.toml"))?,
            None => Needs::default(),
        };
        grouped.add(kernel, suite, needs);
    }
    Ok(grouped)
}

impl Grouped {
    fn add(&mut self, kernel: &str, suite: &str, needs: Needs) {
        if !needs.kernels.is_empty() && !needs.kernels.iter().any(|name| name == kernel) {
            let kernels = needs.kernels.join(" or ");
            ui::say(&format!(
                "suite {suite}: skipped: it is for --kernel {kernels}"
            ));
            self.skipped += 1;
            return;
        }
        let mut guests = self.guests.iter_mut();
        match guests.find(|(shared, _)| shared.cmdline == needs.cmdline) {
            Some((shared, names)) => {
                let new = needs.modules.into_iter();
                let new: Vec<String> = new.filter(|name| !shared.modules.contains(name)).collect();
                shared.modules.extend(new);
                names.push(suite.to_owned());
            }
            None => {
                let kernels = Vec::new();
                self.guests
                    .push((Needs { kernels, ..needs }, vec![suite.to_owned()]));
            }
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
            kernels: Vec::new(),
        };
        let mut grouped = Grouped::default();
        grouped.add("stock", "one", needs("a", ""));
        grouped.add("stock", "two", needs("a", "lsm=selinux"));
        grouped.add("stock", "three", needs("b", ""));
        let other = Needs {
            kernels: vec!["families".to_owned()],
            ..Needs::default()
        };
        grouped.add("stock", "four", other);
        let names: Vec<&[String]> = grouped.guests.iter().map(|(_, names)| &names[..]).collect();
        assert_eq!(names, [&["one", "three"][..], &["two"]]);
        assert_eq!(grouped.guests[0].0.modules, ["a", "b"]);
        assert_eq!(grouped.skipped, 1);
    }
}
