// SPDX-License-Identifier: MIT OR Apache-2.0

//! Generates both sides of a Generic Netlink family from its YNL spec.
