// SPDX-License-Identifier: MIT OR Apache-2.0
//! Typed messages, a module for each family of `spec/`, made by `cargo xtask codegen`.
//!
//! In each: `FAMILY` and what it is made of, for errors and traces; a type for each enum and
//! flags; a request type for each operation and way to ask (`PingRequest`, `TaskGetDump`), tied
//! to what its reply decodes to; a view for each attribute set that is received (`Task`), which
//! borrows the message; `Notification`; with feature `clap` the command line arguments of each
//! request; and [`uapi`](taskdiag::uapi), the constants under their C names.

pub mod taskdiag;
