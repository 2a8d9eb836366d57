// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reads YNL specs: the model that the generator and the run-time engine share.
//!
//! [`Family::from_file`] reads a spec in any of the four YNL schemas (`genetlink`, `genetlink-c`,
//! `genetlink-legacy`, `netlink-raw`) and resolves every name in it; [`model`] is what comes out.
//! What is wrong with a spec is reported all at once, each [`Problem`] with its file and line.
//!
//! # References
//!
//! [Netlink specs in C](https://docs.kernel.org/userspace-api/netlink/c-code-gen.html),
//! [schemas](https://docs.kernel.org/userspace-api/netlink/specs.html)

#![deny(unsafe_code)]

mod error;
mod head;
pub mod model;
pub mod names;
mod raw;
mod resolve;
mod schema;

pub use error::{Error, Position, Problem};
pub use head::Head;
pub use model::Family;

/// A number that changes whenever the shape of [`model`] may have: what was stored of a
/// [`Family`] can be read again only by a program with the same.
pub const SHAPE: u64 = {
    let hash = 0xcbf2_9ce4_8422_2325;
    let hash = fnv(hash, include_bytes!("head.rs"));
    let hash = fnv(hash, include_bytes!("model/attr.rs"));
    let hash = fnv(hash, include_bytes!("model/definition.rs"));
    let hash = fnv(hash, include_bytes!("model/family.rs"));
    let hash = fnv(hash, include_bytes!("model/mod.rs"));
    let hash = fnv(hash, include_bytes!("model/op.rs"));
    let hash = fnv(hash, include_bytes!("model/table.rs"));
    let hash = fnv(hash, include_bytes!("model/text.rs"));
    // What reading and resolving find can change with their code.
    let hash = fnv(hash, include_bytes!("names.rs"));
    let hash = fnv(hash, include_bytes!("raw.rs"));
    let hash = fnv(hash, include_bytes!("schema.rs"));
    let hash = fnv(hash, include_bytes!("resolve/attrs.rs"));
    let hash = fnv(hash, include_bytes!("resolve/checks.rs"));
    let hash = fnv(hash, include_bytes!("resolve/definitions.rs"));
    let hash = fnv(hash, include_bytes!("resolve/mod.rs"));
    let hash = fnv(hash, include_bytes!("resolve/nests.rs"));
    let hash = fnv(hash, include_bytes!("resolve/ops.rs"));
    fnv(hash, include_bytes!("resolve/usage.rs"))
};

/// FNV-1a.
const fn fnv(mut hash: u64, bytes: &[u8]) -> u64 {
    let mut index = 0;
    while index < bytes.len() {
        hash = (hash ^ bytes[index] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        index += 1;
    }
    hash
}
