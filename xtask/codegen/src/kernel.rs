// SPDX-License-Identifier: MIT OR Apache-2.0
//! Makes the kernel side of a family in Rust, over the `genl` layer: policies, the table of
//! operations, typed requests and replies, and the trait that the module's handler implements.
//!
//! The layer checks at compile time what it is given, so that a mistake here is a build error of
//! the module and not a kernel bug.

mod build;
mod handler;
mod limits;
mod names;
mod policy;
mod read;
mod text;
mod types;

use crate::policy::Tables;
use genlkit_spec::{Family, Problem};
use names::Names;
use text::Text;

pub use limits::header as limits_header;

/// What the parts of the emitter have in common.
struct Context<'f> {
    family: &'f Family,
    tables: &'f Tables,
    names: Names,
}

/// The Rust source of a family's kernel side, without its first comment (licence and origin), and
/// not formatted.
///
/// # Errors
///
/// What the layer does not do, or Rust cannot have, each with its line.
pub fn emit(family: &Family, tables: &Tables) -> Result<String, Vec<Problem>> {
    let mut problems = handler::refused(family, tables);
    let names = match Names::new(family, tables) {
        Ok(names) => names,
        Err(mut found) => {
            problems.append(&mut found);
            return Err(problems);
        }
    };
    let context = Context {
        family,
        tables,
        names,
    };
    let mut text = Text::default();
    text.module_doc(&family.doc);
    text.line("use core::ops::Deref;\nuse kernel::prelude::*;\n");
    types::emit(&context, &mut text);
    limits::emit(&context, &mut text);
    handler::emit(&context, &mut text);
    for part in [policy::emit, read::emit, build::emit] {
        if let Err(mut found) = part(&context, &mut text) {
            problems.append(&mut found);
        }
    }
    if problems.is_empty() {
        Ok(text.into_string())
    } else {
        problems.sort_by_key(|problem| problem.position);
        problems.dedup();
        Err(problems)
    }
}
