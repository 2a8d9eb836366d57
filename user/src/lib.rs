// SPDX-License-Identifier: MIT OR Apache-2.0
//! Talks to Generic Netlink families.
#![cfg_attr(not(feature = "std"), no_std)]
#![deny(unsafe_code)]

#[cfg(feature = "clap")]
pub mod args;
#[cfg(feature = "std")]
pub mod client;
#[cfg(feature = "std")]
pub mod error;
pub mod generated;
#[cfg(feature = "genetlink")]
pub mod genetlink;
#[cfg(feature = "cli")]
pub mod json;
pub mod nlctrl;
#[cfg(feature = "std")]
mod path;
pub mod request;
pub mod schema;
#[cfg(feature = "std")]
pub mod taskdiag;
pub mod trace;
#[cfg(feature = "std")]
pub mod transport;
pub mod view;
pub mod wire;
#[cfg(feature = "ynl")]
pub mod ynl;

#[cfg(feature = "std")]
pub use error::{Error, ErrorKind};
