// SPDX-License-Identifier: MIT OR Apache-2.0
//! Speaks any netlink family from its YNL spec, at run time.

pub mod codec;

pub use genlkit_spec as spec;
