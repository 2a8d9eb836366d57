// SPDX-License-Identifier: MIT OR Apache-2.0

//! Refuses a module that wants more of Rust's `core` than is known to be without a panic, which would be a BUG.
//!
//! Only `core` is looked at. What a module calls of the `kernel` crate has its own panics inside of the kernel, and
//! `__fortify_panic` is C's: a fortified string function's, which rustc never refers to.

use anyhow::{Result, bail};
use rustc_demangle::demangle;

/// What of `core` a module may refer to: nothing of it panics.
const KNOWN: &[&str] = &[
    "core::fmt::write",
    "<u32 as core::fmt::Display>::fmt",
    "core::slice::memchr::memchr_aligned",
];

/// Refuses the module `file`, of which `undefined` is what `nm -u` prints, by the names of what it should not want.
pub(crate) fn refuse(file: &str, undefined: &str) -> Result<()> {
    let unknown = unknown(undefined);
    if unknown.is_empty() {
        return Ok(());
    }
    bail!(
        "{file} refers to what may panic, which would be a BUG: {}\n\
         For a panic: use what returns an Option or a Result (`get`, `first_chunk`, `split_at_checked`, `checked_add`), \
         or wraps by name (`wrapping_add`).\n\
         For a function of core that cannot panic: add its name to KNOWN in xtask/src/panics.rs",
        unknown.join(", ")
    )
}

/// The symbols of `core` among `nm -u` that are not known, by their names in Rust.
fn unknown(undefined: &str) -> Vec<String> {
    let symbols = undefined.split_whitespace().filter(|s| is_of_core(s));
    let names = symbols.map(|symbol| format!("{:#}", demangle(symbol)));
    names
        .filter(|name| !KNOWN.contains(&name.as_str()))
        .collect()
}

/// Whether a symbol is defined in `core`: in its mangled name, the crate that defines it comes first.
fn is_of_core(symbol: &str) -> bool {
    let path = symbol.strip_prefix("_R");
    let first = path.and_then(|path| path.split_once("Cs")?.1.split_once('_'));
    first.is_some_and(|(_, name)| name.starts_with("4core"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `nm -u` prints it.
    fn line(symbol: &str) -> String {
        format!("                 U {symbol}\n")
    }

    #[test]
    fn every_kind_of_panic_is_refused_by_its_name() {
        for (symbol, name) in [
            (
                "_RNvNtCs2lKf6AS60Zg_4core9panicking5panic",
                "core::panicking::panic",
            ),
            (
                "_RNvNtNtCs2lKf6AS60Zg_4core9panicking11panic_const24panic_const_add_overflow",
                "core::panicking::panic_const::panic_const_add_overflow",
            ),
            (
                "_RNvNtCs2lKf6AS60Zg_4core6option13unwrap_failed",
                "core::option::unwrap_failed",
            ),
            (
                "_RNvNtCs2lKf6AS60Zg_4core6option13expect_failed",
                "core::option::expect_failed",
            ),
            (
                "_RNvNtCs2lKf6AS60Zg_4core6result13unwrap_failed",
                "core::result::unwrap_failed",
            ),
            (
                "_RNvNtNtCs2lKf6AS60Zg_4core5slice5index16slice_index_fail",
                "core::slice::index::slice_index_fail",
            ),
            (
                "_RNvNvNtCs2lKf6AS60Zg_4core5slice20copy_from_slice_impl17len_mismatch_fail",
                "core::slice::copy_from_slice_impl::len_mismatch_fail",
            ),
            (
                "_RNvNtCs2lKf6AS60Zg_4core3str16slice_error_fail",
                "core::str::slice_error_fail",
            ),
            (
                "_RNvNtCs2lKf6AS60Zg_4core4cell22panic_already_borrowed",
                "core::cell::panic_already_borrowed",
            ),
            (
                "_RNvNtNtCs2lKf6AS60Zg_4core3num14overflow_panic3add",
                "core::num::overflow_panic::add",
            ),
            // Of an inherent method of a primitive type, only the mangled name says that it is core's.
            (
                "_RNvMNtCs2lKf6AS60Zg_4core3stre19slice_error_fail_rt",
                "<str>::slice_error_fail_rt",
            ),
        ] {
            assert_eq!(unknown(&line(symbol)), [name], "{symbol}");
            let refusal = refuse("a.ko", &line(symbol)).unwrap_err().to_string();
            assert!(refusal.contains(name), "{refusal}");
        }
    }

    #[test]
    fn what_cannot_panic_or_is_not_of_core_is_no_reason_to_refuse() {
        let symbols = [
            "kfree",
            "__fortify_panic",
            "_RNvNtCs2lKf6AS60Zg_4core3fmt5write",
            "_RNvXs4_NtNtNtCs2lKf6AS60Zg_4core3fmt3num3impmNtB9_7Display3fmt",
            "_RNvNtNtCs2lKf6AS60Zg_4core5slice6memchr14memchr_aligned",
            "_RNvNtCsb5MLIFMWygY_6kernel5error9to_result",
            "_RNvXsm_NtCsebvPM9VZv4X_8bindings12bindings_rawNtB5_7rb_rootNtNtCs2lKf6AS60Zg_4core7default7Default7default",
        ];
        let text: String = symbols.map(line).concat();
        assert_eq!(unknown(&text), [""; 0]);
        refuse("a.ko", &text).unwrap();
    }
}
