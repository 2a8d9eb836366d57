// SPDX-License-Identifier: GPL-2.0-only

//! C functions of `helpers.c`, as bindgen reads `helpers.h`.

#![expect(
    improper_ctypes,
    unreachable_pub,
    reason = "generated; `struct net` has empty members in some configurations"
)]

use kernel::{bindings::*, ffi};

include!(concat!(env!("GENL_OBJ"), "/genl/helpers_generated.rs"));
