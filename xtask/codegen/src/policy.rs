// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the kernel side of a family accepts, as data: policies, and the table of operations.
//!
//! The kernel emitter renders it, and a test compares it with what the kernel's own C generator
//! makes of the same spec.
//!
//! # References
//!
//! C header: [`include/net/netlink.h`](srctree/include/net/netlink.h) (`struct nla_policy`),
//! [`include/net/genetlink.h`](srctree/include/net/genetlink.h) (`struct genl_split_ops`)

mod attr;
mod table;

use genlkit_spec::model::{ConstId, EnumId, Length, OpId, Permission, Scalar, SetId};
use genlkit_spec::{Family, Problem};

pub use table::tables;

/// The kernel side's tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tables {
    /// The policies: those of nests first, each after those that it refers to unless they refer
    /// to each other, then those of requests.
    pub policies: Vec<Policy>,
    /// The operations' modes, sorted as the kernel demands: by command, do before dump.
    pub ops: Vec<SplitOp>,
}

/// An index into [`Tables::policies`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyId(pub usize);

/// A policy: one rule for each attribute that is accepted; all others are rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// A name that is unique in the family, in the spec's style: `task-get-do`, `cred`.
    pub name: String,
    /// The array's name in the kernel's C generator: `taskdiag_task_get_do_nl_policy`.
    pub c_name: String,
    /// What it is for.
    pub owner: Owner,
    /// The set that the numbers are counted in.
    pub set: SetId,
    /// The rules, sorted by number. Pads and unused numbers have none.
    pub rules: Vec<Rule>,
    /// The highest number listed; the array has one more entry than this.
    pub max: u16,
}

/// What a policy is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// Every nest of this set.
    Nest(SetId),
    /// The request of an operation's mode.
    Request(OpId, Mode),
}

/// How an operation is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// One request, one reply.
    Do,
    /// One request, any number of replies.
    Dump,
}

impl Mode {
    /// The name in the spec.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Do => "do",
            Self::Dump => "dump",
        }
    }
}

/// What is accepted of one attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The attribute's number.
    pub number: u16,
    /// The attribute's index in the policy's set.
    pub index: usize,
    /// The payload that is accepted.
    pub accept: Accept,
}

/// A payload that a rule accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accept {
    /// A number (`NLA_U8` to `NLA_SINT`).
    Number {
        /// Its type.
        scalar: Scalar,
        /// Whether it is big-endian and the kernel knows it (`NLA_BE16`, `NLA_BE32`).
        big_endian: bool,
        /// Its values.
        values: Values,
    },
    /// No payload (`NLA_FLAG`).
    Flag,
    /// Text with a NUL at its end (`NLA_NUL_STRING`), of at most so many bytes without it.
    NulString(Option<Length>),
    /// Text that may lack its NUL (`NLA_STRING`), of at most so many bytes.
    String(Option<Length>),
    /// Bytes (`NLA_BINARY`).
    Binary(Bytes),
    /// A value and a selector (`NLA_BITFIELD32`), both within the mask.
    Bitfield32(u32),
    /// Attributes (`NLA_NESTED`); without a policy, the handler checks them as it reads.
    Nested(Option<PolicyId>),
    /// Attributes, each of which holds attributes (`NLA_NESTED_ARRAY`).
    NestedArray(PolicyId),
}

/// The values that a number may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Values {
    /// Those of its type.
    Any,
    /// Bits of the mask (`NLA_POLICY_MASK`).
    Mask(u64),
    /// This and above (`NLA_POLICY_MIN`); fits 16 bits with a sign, as all that follow but
    /// [`FullRange`](Self::FullRange).
    Min(Bound),
    /// This and below (`NLA_POLICY_MAX`).
    Max(Bound),
    /// From the one to the other (`NLA_POLICY_RANGE`).
    Range(Bound, Bound),
    /// From the one to the other, any 64 bits (`NLA_POLICY_FULL_RANGE`).
    FullRange(Bound, Bound),
    /// An enum's, which has gaps (`NLA_POLICY_VALIDATE_FN`).
    OneOf(EnumId),
}

/// An end of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// The value. Where [`header`](Self::header) is set, it only says which form of policy entry the
    /// header's value fits.
    pub value: i128,
    /// The constant whose value only its C header knows.
    pub header: Option<ConstId>,
}

/// How many bytes are accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bytes {
    /// Any number.
    Any,
    /// This number (`NLA_POLICY_EXACT_LEN`).
    Exact(Length),
    /// This number and more (`NLA_POLICY_MIN_LEN`).
    Min(Length),
    /// This number and fewer (`NLA_POLICY_MAX_LEN`).
    Max(Length),
    /// From the one number to the other (`NLA_POLICY_RANGE`).
    Range(Length, Length),
}

/// One mode of one operation: an entry of the kernel's `genl_split_ops` table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitOp {
    /// The operation.
    pub op: OpId,
    /// The mode.
    pub mode: Mode,
    /// The command.
    pub cmd: u8,
    /// `GENL_DONT_VALIDATE_STRICT`
    pub dont_validate_strict: bool,
    /// `GENL_DONT_VALIDATE_DUMP`
    pub dont_validate_dump: bool,
    /// `GENL_DONT_VALIDATE_DUMP_STRICT`
    pub dont_validate_dump_strict: bool,
    /// `GENL_ADMIN_PERM` or `GENL_UNS_ADMIN_PERM`.
    pub permission: Option<Permission>,
    /// The request's policy; without one the kernel rejects every attribute.
    pub policy: Option<PolicyId>,
    /// The highest attribute that the policy lists; 0 without a policy.
    pub max_attr: u16,
    /// `pre_doit` or `start`.
    pub pre: Option<String>,
    /// `post_doit` or `done`.
    pub post: Option<String>,
}

/// A problem at a line of the family's spec.
pub(crate) fn problem(family: &Family, line: u32, message: impl Into<String>) -> Problem {
    let position = Some(genlkit_spec::Position { line, column: 1 });
    Problem {
        file: family.file.clone(),
        position,
        message: message.into(),
    }
}
