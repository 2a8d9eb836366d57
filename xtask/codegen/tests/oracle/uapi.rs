// SPDX-License-Identifier: MIT OR Apache-2.0
//! Our C headers hold the same defines and enums as those of the kernel's generator.

use crate::{c, difference, for_each_spec};

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
        24,
        |_| true,
        |family, generator| {
            let ours =
                genlkit_codegen::uapi::emit(family).map_err(|problems| format!("{problems:#?}"))?;
            let theirs = generator.run(family, &["--mode", "uapi", "--header"]);
            let (ours, theirs) = (facts(&ours), facts(&theirs));
            assert!(ours.len() >= 5, "{}: {ours:?}", family.file);
            difference(&ours, &theirs)
        },
    );
}
