// SPDX-License-Identifier: MIT OR Apache-2.0
//! Speaks any netlink family from its YNL spec, at run time.
//!
//! [`codec`] turns messages into JSON and back, [`client`] sends and receives them, [`specs`] finds the
//! specs.

pub mod capture;
pub mod client;
pub mod codec;
pub mod protocols;
pub mod specs;
