// SPDX-License-Identifier: MIT OR Apache-2.0

//! Talk to Generic Netlink families, and every other netlink family, from user space.
