// SPDX-License-Identifier: MIT OR Apache-2.0

//! PID 1 of the test guest: mounts, runs the command it is given, reports the result, powers off.
fn main() {}
