// SPDX-License-Identifier: MIT OR Apache-2.0
//! Talks to Generic Netlink families, and to every other netlink family, and loses no answer, no error and
//! no event without saying so.
//!
//! | To | See | Example |
//! |---|---|---|
//! | ask for one thing | [`Client::call`](client::Client::call) | `examples/request.rs` |
//! | list many | [`Client::dump`](client::Client::dump), [`Client::collect`](client::Client::collect) | `examples/dump.rs` |
//! | ask for many things at once | [`Client::batch`](client::Client::batch) | `examples/batch.rs` |
//! | hear what happens | [`Client::subscribe`](client::Client::subscribe), [`Client::events`](client::Client::events) | `examples/notifications.rs` |
//! | keep something in step with what happens, over losses and reloads | [`Events::next_in_step`](client::Events::next_in_step) | `examples/in_step.rs` |
//! | wait as a task | [`AsyncClient`](client::AsyncClient), feature `tokio` | `examples/asynchronous.rs` |
//! | speak in another network namespace | `transport::NetNs` | `examples/netns.rs` |
//! | speak to a family of one's own, and test it without a kernel | [`generated`], [`Fake`](transport::Fake) | `examples/own_family.rs` |
//! | send what has no type | [`Client::raw`](client::Client::raw) | |
//! | hear what other protocols tell, rtnetlink's say | [`Client::join`](client::Client::join), [`Client::raw_events`](client::Client::raw_events) | |
//! | speak to any family by its YNL spec, at run time | `ynl`, feature `ynl` | |
//! | keep an application on the rust-netlink stack | `genetlink`, feature `genetlink` | |
//!
//! # How it works
//! A [`Request`](request::Request) is a plain struct, generated from a spec. It is bound to what its reply
//! decodes to, so that [`call`](client::Client::call) returns that type. Replies borrow the client's one
//! receive buffer until the next call, and nothing is allocated for a call or a dump's entry once the
//! client has asked for the family's number.
//!
//! # Errors
//! Everything fails with an [`Error`]: the operation, the errno and its name, the kernel's words, the
//! attribute that is wrong or missing and what it must be, and what to do. After every error the client
//! can be used again.
//!
//! # Coming from another library
//! | | neli | genetlink | libnl | libmnl | here |
//! |---|---|---|---|---|---|
//! | open | `NlRouter::connect` | `new_connection`, spawn it | `nl_socket_alloc`, `genl_connect` | `mnl_socket_open`, `mnl_socket_bind` | [`Client::open`](client::Client::open) |
//! | find a family | `resolve_genl_family` | `resolve_family_id` | `genl_ctrl_resolve` | by hand | at its first call |
//! | request | `NlmsghdrBuilder`, `GenlmsghdrBuilder`, `NlattrBuilder` | `GenlMessage::from_payload` | `genlmsg_put`, `nla_put_*` | `mnl_nlmsg_put_*`, `mnl_attr_put_*` | a generated struct |
//! | ask | `send`, then the first of the receiver | `request`, then a stream | `nl_send_auto`, `nl_recvmsgs` and a callback | `mnl_socket_sendto`, `_recvfrom`, `mnl_cb_run` | [`call`](client::Client::call) |
//! | dump | `send` with `NlmF::DUMP` | `request` with `NLM_F_DUMP` | `NLM_F_DUMP` and a callback | the loop around `mnl_cb_run` | [`dump`](client::Client::dump) |
//! | read attributes | `get_attr_handle`, `get_attr_payload_as` | the parsed `nlas` | `nla_parse`, `nla_get_*` | `mnl_attr_parse`, `mnl_attr_get_*` | fields of the reply |
//! | join a group | `add_mcast_membership` | `add_membership` of the socket | `nl_socket_add_membership` | `NETLINK_ADD_MEMBERSHIP` | [`subscribe`](client::Client::subscribe), by name |
//! | the kernel's words | with `enable_ext_ack`, not from the router | with `set_ext_ack` | – | by hand | [`Error::text`], [`Error::attribute`] |
//! | lost events | not told | `Overrun` | `-NLE_NOMEM` | `ENOBUFS` | [`Event::Overrun`](client::Event::Overrun), with how many; [`Event::Resync`](client::Event::Resync), where to read anew |
#![cfg_attr(not(feature = "std"), no_std)]
#![deny(unsafe_code)]

#[cfg(feature = "clap")]
pub mod args;
#[cfg(feature = "std")]
pub mod client;
#[cfg(feature = "std")]
mod errno;
#[cfg(feature = "std")]
pub mod error;
#[cfg(feature = "std")]
mod expected;
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
