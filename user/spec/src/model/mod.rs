// SPDX-License-Identifier: MIT OR Apache-2.0
//! A family with every name resolved: what generators and the run-time engine work from.
//!
//! Cross references are ids into the [`Family`], which is indexed by them:
//!
//! ```
//! let family = genlkit_spec::Family::from_yaml("demo.yaml", "
//! name: demo
//! doc: A demonstration.
//! attribute-sets:
//!   - name: item
//!     attributes:
//!       - { name: id, type: u32, doc: The id. }
//! operations:
//!   list:
//!     - name: get
//!       doc: Gets an item.
//!       attribute-set: item
//!       do: { request: { attributes: [ id ] }, reply: { attributes: [ id ] } }
//! ")?;
//! let get = &family.ops[0];
//! let request = get.r#do.as_ref().unwrap().request.as_ref().unwrap();
//! let id = request.attrs(&family).next().unwrap();
//! assert_eq!((id.name.as_str(), id.number, id.c_name.as_str()), ("id", 1, "DEMO_A_ITEM_ID"));
//! # Ok::<(), genlkit_spec::Error>(())
//! ```

mod attr;
mod definition;
mod family;
mod op;
mod table;
mod text;

pub use attr::{
    Attr, AttrSet, ByteOrder, Checks, DisplayHint, Element, EnumRef, Kind, Length, Limit,
};
pub use attr::{Scalar, Selector, SelectorPlace, Usage};
pub use definition::{Bits, Const, ConstValue, Definition, Entry, Enum, EnumKind, Member};
pub use definition::{MemberType, Scope, Struct};
pub use family::{Family, KernelFamily, KernelPolicy, Numbering, Protocol};
pub use op::{
    DontValidate, Format, Group, Message, Mode, OpNames, Operation, Permission, SubMessage,
};

pub use table::{Iter, Named, Table};
pub use text::Text;

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident => $field:ident: $target:ty $(, if $is_sound:path)?;)*) => { $(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(serde::Serialize, serde::Deserialize)]
        pub struct $name(pub usize);

        impl std::ops::Index<$name> for Family {
            type Output = $target;
            fn index(&self, id: $name) -> &$target {
                /// What a forged spec can name, and no other.
                static NONE: std::sync::LazyLock<$target> =
                    std::sync::LazyLock::new(<$target>::default);
                self.$field.get(id.0).unwrap_or_else(|| &NONE)
            }
        }

        impl Named for $target {
            fn name(&self) -> &str {
                &self.name
            }

            $(fn is_sound(&self) -> bool {
                $is_sound(self)
            })?
        }
    )* };
}

ids! {
    /// A constant of a [`Family`].
    ConstId => consts: Const;
    /// An enum, or flags, of a [`Family`].
    EnumId => enums: Enum;
    /// A struct of a [`Family`].
    StructId => structs: Struct, if Struct::is_sound;
    /// An attribute set of a [`Family`].
    SetId => sets: AttrSet;
    /// A sub-message of a [`Family`].
    SubMessageId => sub_messages: SubMessage;
    /// An operation of a [`Family`].
    OpId => ops: Operation;
    /// A multicast group of a [`Family`].
    GroupId => groups: Group;
}
