// SPDX-License-Identifier: MIT OR Apache-2.0
//! The constants of our user side are those of the kernel generator's header, with their values.

use crate::{c, difference, for_each_spec};
use genlkit_codegen::user;
use genlkit_spec::model::Protocol;

/// `NAME value` of every constant in the module `uapi` that the user emitter makes.
fn ours(source: &str) -> Vec<String> {
    let (_, module) = source.split_once("pub mod uapi {").expect("the constants");
    let lines = module.lines().take_while(|line| !line.starts_with('}'));
    let constants = lines.filter_map(|line| {
        let (name, rest) = line.trim().strip_prefix("pub const ")?.split_once(": ")?;
        let (_, value) = rest.split_once(" = ")?;
        Some(format!("{name} {}", value.trim_end_matches(';')))
    });
    constants.collect()
}

/// The same of a C header. What counts (`__X_MAX`, `X_MAX` of commands and attributes) and what
/// masks is for C, whose arrays and checks need it.
fn theirs(header: &str, wanted: &[String]) -> Vec<String> {
    let source = c::source(header);
    let texts = source
        .defines
        .iter()
        .filter(|(_, value)| value.starts_with('"'));
    let mut lines: Vec<String> = texts
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    let numbers = c::numbers(header);
    lines.extend(
        numbers
            .iter()
            .map(|(name, value)| format!("{name} {value}")),
    );
    let counts =
        |name: &str| name.starts_with("__") || name.ends_with("_MAX") || name.ends_with("_MASK");
    lines.retain(|line| {
        let (name, _) = line.split_once(' ').expect("a name and a value");
        wanted.contains(line) || !counts(name)
    });
    lines
}

#[test]
fn the_constants_of_the_user_side_equal_those_of_the_kernel_generator() {
    for_each_spec(
        12,
        |family| family.protocol == Protocol::Genetlink,
        |family, generator| {
            let source =
                user::emit(family, "crate").map_err(|problems| format!("{problems:#?}"))?;
            let header = generator.run(family, &["--mode", "uapi", "--header"]);
            let ours = ours(&source);
            assert!(ours.len() >= 5, "{}: {ours:?}", family.file);
            difference(&ours, &theirs(&header, &ours))
        },
    );
}
