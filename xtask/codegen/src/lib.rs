// SPDX-License-Identifier: MIT OR Apache-2.0
//! Makes both sides of a family from its spec.
//!
//! A spec goes through [`genlkit_spec`] into a model; [`policy`] computes from it what the kernel
//! side accepts; each emitter makes one file of it.

#![deny(unsafe_code)]

mod constants;
pub mod docs;
pub mod driver;
pub mod kernel;
pub mod policy;
pub mod uapi;
pub mod user;
