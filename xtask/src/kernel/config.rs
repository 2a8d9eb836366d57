// SPDX-License-Identifier: MIT OR Apache-2.0

//! Kernel configuration files and symbol lists. Pure functions over text.

use std::collections::{BTreeMap, BTreeSet};

/// The value of a symbol that is set: `y`, `m`, a number, a quoted string.
pub(crate) fn value<'a>(config: &'a str, symbol: &str) -> Option<&'a str> {
    config
        .lines()
        .find_map(|l| l.strip_prefix(symbol)?.strip_prefix('='))
}

/// What a fragment asks for; `None` is "not set". Later lines win.
fn wishes(fragment: &str) -> BTreeMap<&str, Option<&str>> {
    let mut wishes = BTreeMap::new();
    for line in fragment.lines().map(str::trim) {
        if let Some(symbol) = line
            .strip_prefix("# ")
            .and_then(|l| l.strip_suffix(" is not set"))
        {
            wishes.insert(symbol, None);
        } else if let Some((symbol, value)) = line.split_once('=')
            && symbol.starts_with("CONFIG_")
        {
            wishes.insert(symbol, Some(value));
        }
    }
    wishes
}

/// The wishes of `fragment` that `config` does not fulfil, each as the line that the fragment has.
///
/// `y` where `m` was asked for counts as fulfilled: another symbol selected it.
pub(crate) fn unfulfilled(fragment: &str, config: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for (symbol, wish) in wishes(fragment) {
        let is = value(config, symbol);
        if is == wish || (wish == Some("m") && is == Some("y")) {
            continue;
        }
        lines.push(match wish {
            Some(value) => format!("{symbol}={value}"),
            None => format!("# {symbol} is not set"),
        });
    }
    lines
}

/// The Rust symbols that the kernel image itself exports, from Module.symvers.
pub(crate) fn rust_symbols(symvers: &str) -> BTreeSet<String> {
    let rows = symvers.lines().map(|l| l.split('\t').collect::<Vec<_>>());
    rows.filter(|r| r.len() > 2 && r[1].starts_with("_R") && r[2] == "vmlinux")
        .map(|r| r[1].to_owned())
        .collect()
}

/// The symbols in one of the `rust/exports_*_generated.h` of a build tree.
pub(crate) fn exported_symbols(header: &str) -> BTreeSet<String> {
    let names = header
        .lines()
        .filter_map(|l| l.trim().strip_prefix("EXPORT_SYMBOL_RUST_GPL("));
    names
        .filter_map(|l| l.split(')').next())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_are_checked_against_the_result() {
        let config = "CONFIG_NET=y\n# CONFIG_PCI is not set\nCONFIG_NR_CPUS=8\nCONFIG_XFRM=y\n";
        let fragment =
            "# a comment\nCONFIG_NET=y\n# CONFIG_PCI is not set\nCONFIG_NR_CPUS=8\nCONFIG_XFRM=m\n";
        assert!(unfulfilled(fragment, config).is_empty());
        let fragment = "# CONFIG_NET is not set\nCONFIG_RUST=y\n";
        assert_eq!(
            unfulfilled(fragment, config),
            ["# CONFIG_NET is not set", "CONFIG_RUST=y"]
        );
        assert!(unfulfilled("# CONFIG_NET is not set\nCONFIG_NET=y\n", config).is_empty());
    }

    #[test]
    fn rust_symbols_of_the_image_only() {
        let symvers = "0x0\t_RNvCa\tvmlinux\tEXPORT_SYMBOL_GPL\t\n0x0\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n\
                       0x0\t_RNvCb\tdrivers/x\tEXPORT_SYMBOL_GPL\t\n";
        assert_eq!(
            rust_symbols(symvers).into_iter().collect::<Vec<_>>(),
            ["_RNvCa"]
        );
        let header = "EXPORT_SYMBOL_RUST_GPL(_RNvCa);\n";
        assert_eq!(
            exported_symbols(header).into_iter().collect::<Vec<_>>(),
            ["_RNvCa"]
        );
    }
}
