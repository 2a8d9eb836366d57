// SPDX-License-Identifier: MIT OR Apache-2.0
//! Our C headers hold the same defines and enums as those of the kernel's generator.

use crate::{c, difference, for_each_spec};
use genlkit_codegen::uapi;
use genlkit_spec::model::Protocol;

/// A line for each fact of a header.
fn facts(header: &str) -> Vec<String> {
    let source = c::source(header);
    let mut facts: Vec<String> = source
        .defines
        .iter()
        .map(|(name, value)| format!("#define {name} {:?}", c::line_tokens(value)))
        .collect();
    for one in c::enums(&source) {
        // The order is one of the facts: C gives numbers by it.
        facts.push(format!("enum {} {:?}", one.tag, one.entries));
    }
    let guard = header.lines().find(|line| line.starts_with("#ifndef"));
    facts.extend(guard.map(str::to_owned));
    facts
}

#[test]
fn headers_equal_those_of_the_kernel_generator() {
    for_each_spec(
        16,
        |_| true,
        |family, generator| {
            let ours = uapi::emit(family).map_err(|problems| format!("{problems:#?}"))?;
            let theirs = match generator.try_run(&family.file, &["--mode", "uapi", "--header"]) {
                Ok(theirs) => theirs,
                // The generator itself fails on two of the old specs.
                Err(said) if family.protocol != Protocol::Genetlink => {
                    println!("{}: {}", family.name, said.lines().last().unwrap_or(""));
                    return Ok(());
                }
                Err(said) => return Err(said),
            };
            let (ours, theirs) = (facts(&ours), facts(&theirs));
            assert!(ours.len() >= 5, "{}: {ours:?}", family.file);
            difference(&ours, &theirs)
        },
    );
}
