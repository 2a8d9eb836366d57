// SPDX-License-Identifier: MIT OR Apache-2.0

//! The one door to building, running and testing genlkit.
fn main() {}
