// SPDX-License-Identifier: GPL-2.0-only

//! Safe generic netlink families.
//!
//! A family is a spec, which the generator turns into an [`Interface`] with its policies, typed
//! requests and typed replies; a handler, which implements the generated trait; and a line in
//! [`module_genl_family!`]. Handlers need no `unsafe` and never see the C side.
//!
//! This is the other half of the kernel crate's `net::netlink`, which can only multicast, and
//! keeps to its names.
//!
//! C header: [`include/net/genetlink.h`](srctree/include/net/genetlink.h)
//!
//! # Examples
//!
//! A whole family, whose spec (`spec/tally.yaml`) says that `add` takes a number and replies one.
//! The generator makes `tally::Handler`, a trait with a method for each operation, and the types
//! of requests and replies.
//!
//! ```ignore
#![cfg_attr(doc, doc = include_str!("../tally/main.rs"))]
//! ```

mod attr;
mod cursor;
mod dump;
#[doc(hidden)]
mod enums;
mod error;
mod extack;
mod family;
mod gfp;
mod helpers;
mod items;
mod keep;
mod limit;
mod live;
mod mcast;
mod message;
#[doc(hidden)]
pub mod module;
mod net;
mod number;
mod op;
mod pernet;
mod policy;
mod registration;
mod release;
mod request;
mod skb;
mod slot;
mod socket;
mod state;
mod text;
mod value;
mod walk;
mod weak;
mod writer;

pub use self::{
    attr::{total_size, Attrs, Key, Kind, RawAttr},
    dump::{DumpRequest, Entries},
    extack::Extack,
    family::{Home, Interface, Serve},
    gfp::Gfp,
    items::{Bytes, Element, ItemArray, Items},
    keep::SocketState,
    limit::{length, short, unsigned, Range, SignedRange},
    mcast::{
        has_listeners, init_owned_listens, Batch, Groups, Join, Multicast, MulticastGroup,
        Notification,
    },
    net::Net,
    number::{Array, Be, Fixed, Le, Number, Numbers, Sint, Uint},
    op::{Do, DontValidate, Dump, Op, Perm, SplitOp},
    pernet::NetState,
    policy::{Entry, NoAttrs, Policy},
    registration::Registration,
    request::{Request, Sent},
    skb::NetlinkSkBuff,
    slot::Slot,
    socket::Socket,
    value::{Bitfield32, Enum, Flag, Named, Nest, NestArray, Text, Unterminated},
    walk::{Each, Elements},
    weak::WeakNet,
    writer::{Builder, Empty, List, Writer},
};
