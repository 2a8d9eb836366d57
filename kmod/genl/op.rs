// SPDX-License-Identifier: GPL-2.0-only

//! Operations and their table.
//!
//! C header: [`include/net/genetlink.h`](srctree/include/net/genetlink.h) (`genl_split_ops`)

use crate::{
    dump::{self, DumpRequest, Entries},
    error::errno,
    family::{Home, Interface},
    policy::{maxattr, Policy},
    request::Request,
    writer::Builder,
};
use core::{marker::PhantomData, ptr::NonNull};
use kernel::bindings;
use kernel::prelude::*;

/// Who may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Perm {
    /// Everybody.
    Any,
    /// Who has `CAP_NET_ADMIN` in the initial user namespace (`admin-perm`).
    Admin,
    /// Who has `CAP_NET_ADMIN` in the user namespace that owns the network namespace
    /// (`uns-admin-perm`).
    NetnsAdmin,
}

impl Perm {
    #[inline]
    const fn flags(self) -> u32 {
        match self {
            Self::Any => 0,
            Self::Admin => bindings::GENL_ADMIN_PERM,
            Self::NetnsAdmin => bindings::GENL_UNS_ADMIN_PERM,
        }
    }
}

/// What the core does not check in requests, for families that are older than the checks
/// (`dont-validate`).
///
/// Types and lengths are checked all the same, so that every value reads as it does elsewhere: what
/// is tolerated is attributes that the policy does not have, longer payloads than their types need,
/// nests that are not marked as such, and bytes behind the last attribute.
///
/// The core takes this of a family's oldest commands only, and of those, all up to the last that
/// has it, it does not check the flags of requests either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DontValidate(u8);

impl DontValidate {
    /// Everything is checked.
    pub const NOTHING: Self = Self(0);
    /// Requests of a do mode are checked as old families are (`GENL_DONT_VALIDATE_STRICT`).
    pub const STRICT: Self = Self(bindings::genl_validate_flags_GENL_DONT_VALIDATE_STRICT as u8);
    /// Dumps need no header of generic netlink (`GENL_DONT_VALIDATE_DUMP`); the core demands one
    /// before it comes to that.
    pub const DUMP: Self = Self(bindings::genl_validate_flags_GENL_DONT_VALIDATE_DUMP as u8);
    /// Requests of a dump mode are checked as old families are
    /// (`GENL_DONT_VALIDATE_DUMP_STRICT`).
    pub const DUMP_STRICT: Self =
        Self(bindings::genl_validate_flags_GENL_DONT_VALIDATE_DUMP_STRICT as u8);

    /// Neither the one nor the other.
    #[inline]
    pub const fn nor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// One mode, do or dump, of one operation.
pub trait Op: 'static {
    /// The family that it belongs to.
    type Family: Interface;

    /// The attributes of its requests.
    type Policy: Policy;

    /// Its command number, which its replies carry too.
    const CMD: u8;

    /// Who may call it.
    const PERM: Perm;

    /// What the core does not check in its requests.
    const DONT_VALIDATE: DontValidate = DontValidate::NOTHING;
}

/// An operation's do mode as the handler `H` serves it.
pub trait Do<H>: Op + Sized {
    /// Passes the request to the handler.
    fn call<'r>(handler: &'r H, request: Request<'r, Self>) -> Result;
}

/// An operation's dump mode as the handler `H` serves it.
pub trait Dump<H>: Op + Sized {
    /// What a dump keeps between its parts. Parts may be asked for by different threads, so it can
    /// be sent; they may be asked for as long as the socket is open, so it borrows nothing.
    type State: Send + 'static;

    /// One object of the dump.
    type Entry: Builder;

    /// Passes the request to the handler.
    fn start(handler: &H, request: DumpRequest<'_, Self>) -> Result<Self::State>;

    /// Has the handler fill one part.
    fn dump(state: &mut Self::State, entries: &mut Entries<'_, Self, Self::Entry>) -> Result;
}

/// One entry of a family's operation table.
#[repr(transparent)]
pub struct SplitOp<H>(bindings::genl_split_ops, PhantomData<fn(&H)>);

// SAFETY: An entry is immutable; it points at functions and at policies, which are immutable too.
unsafe impl<H> Sync for SplitOp<H> {}

impl<H: Home> SplitOp<H> {
    #[inline]
    const fn new<O: Op>(cap: u32) -> Self {
        let mut op: bindings::genl_split_ops = pin_init::zeroed();
        op.cmd = O::CMD;
        op.flags = (cap | O::PERM.flags()) as u8;
        op.validate = O::DONT_VALIDATE.0;
        // Without a policy the core refuses every attribute.
        if !<O::Policy as Policy>::ENTRIES.is_empty() {
            op.policy = <O::Policy as Policy>::ENTRIES.as_ptr().cast();
            op.maxattr = maxattr(<O::Policy as Policy>::ENTRIES);
        }
        Self(op, PhantomData)
    }

    /// The entry of a do mode.
    #[inline]
    pub const fn of_do<O: Do<H, Family = H::Family>>() -> Self {
        let mut op = Self::new::<O>(bindings::GENL_CMD_CAP_DO);
        op.0.__bindgen_anon_1.__bindgen_anon_1 =
            bindings::genl_split_ops__bindgen_ty_1__bindgen_ty_1 {
                pre_doit: None,
                doit: Some(doit::<H, O>),
                post_doit: None,
            };
        op
    }

    /// The entry of a dump mode.
    #[inline]
    pub const fn of_dump<O: Dump<H, Family = H::Family>>() -> Self {
        let mut op = Self::new::<O>(bindings::GENL_CMD_CAP_DUMP);
        op.0.__bindgen_anon_1.__bindgen_anon_2 =
            bindings::genl_split_ops__bindgen_ty_1__bindgen_ty_2 {
                start: Some(dump::start::<H, O>),
                dumpit: Some(dump::dumpit::<H, O>),
                done: Some(dump::done::<H, O>),
            };
        op
    }

    /// The first command whose requests are checked in all (`resv_start_op`): the one after the
    /// last that has something left unchecked.
    #[inline]
    pub(crate) const fn first_strict(ops: &[Self]) -> u8 {
        let mut first = 0;
        let mut i = 0;
        while i < ops.len() {
            if ops[i].0.validate != 0 {
                assert!(
                    ops[i].0.cmd < u8::MAX,
                    "the requests of command 255 are checked in all"
                );
                first = ops[i].0.cmd + 1;
            }
            i += 1;
        }
        first
    }

    /// What the core checks when a family is registered, at compile time: sorted by command, do
    /// before dump, the same permission for both.
    #[inline]
    pub(crate) const fn check(ops: &[Self]) {
        assert!(
            ops.len() <= u8::MAX as usize,
            "a family has more than 255 operations"
        );
        let caps = (bindings::GENL_CMD_CAP_DO | bindings::GENL_CMD_CAP_DUMP) as u8;
        let mut i = 1;
        while i < ops.len() {
            let (a, b) = (&ops[i - 1].0, &ops[i].0);
            assert!(a.cmd <= b.cmd, "operations are not sorted by command");
            if a.cmd == b.cmd {
                assert!(
                    a.flags & caps == bindings::GENL_CMD_CAP_DO as u8
                        && b.flags & caps == bindings::GENL_CMD_CAP_DUMP as u8,
                    "a command is not do, then dump"
                );
                assert!(
                    a.flags & !caps == b.flags & !caps,
                    "do and dump of a command have different permissions"
                );
            }
            i += 1;
        }
    }
}

/// The core's way into a do mode.
///
/// # Safety
///
/// Only the core may call it, as the `doit` of the table of `H`'s family.
unsafe extern "C" fn doit<H: Home, O: Do<H>>(
    skb: *mut bindings::sk_buff,
    info: *mut bindings::genl_info,
) -> c_int {
    // SAFETY: The core passes valid pointers, never null.
    let (skb, info) = unsafe { (NonNull::new_unchecked(skb), NonNull::new_unchecked(info)) };
    // SAFETY: Both are valid during the call, and the core has filled the attribute table under
    // the policy that the table gives for this operation.
    let request = unsafe { Request::new(skb, info) };
    // SAFETY: The core calls operations of registered families only, under `cb_lock`.
    let handler = unsafe { H::slot().called() };
    errno(O::call(handler, request))
}
