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
pub mod model;
pub mod names;
mod raw;
mod resolve;
mod schema;

pub use error::{Error, Position, Problem};
pub use model::Family;
