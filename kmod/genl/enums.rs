// SPDX-License-Identifier: GPL-2.0-only

//! What generated sets of flags have in common.

/// Gives a newtype of a number the operations of a set of flags, of which `$all` are all. Flags are
/// constants, so that what is here is functions: a flag may be called `none` or `all`.
#[doc(hidden)]
#[macro_export]
macro_rules! flags {
    ($name:ident: $raw:ty = $all:literal) => {
        impl $name {
            /// No flag.
            #[inline]
            pub const fn empty() -> Self {
                Self(0)
            }

            /// All flags.
            #[inline]
            pub const fn all() -> Self {
                Self($all)
            }

            /// The flags as a number.
            #[inline]
            pub const fn bits(self) -> $raw {
                self.0
            }

            /// Whether every flag of `other` is set.
            #[inline]
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// Whether no flag is set.
            #[inline]
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }
        }

        impl ::core::ops::BitOr for $name {
            type Output = Self;

            #[inline]
            fn bitor(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }
        }

        impl ::core::ops::BitAnd for $name {
            type Output = Self;

            #[inline]
            fn bitand(self, other: Self) -> Self {
                Self(self.0 & other.0)
            }
        }

        /// The flags that are set in the first and not in the second.
        impl ::core::ops::Sub for $name {
            type Output = Self;

            #[inline]
            fn sub(self, other: Self) -> Self {
                Self(self.0 & !other.0)
            }
        }

        impl $crate::Enum for $name {
            #[inline]
            fn from_raw(raw: u64) -> Option<Self> {
                if raw & !($all as u64) != 0 {
                    return None;
                }
                Some(Self(raw as $raw))
            }

            #[inline]
            fn into_raw(self) -> u64 {
                self.0 as u64
            }
        }
    };
}
