// SPDX-License-Identifier: GPL-2.0-only

//! The module macro.

use crate::family::Interface;

/// The alias by which `modprobe` finds the module of a family, without the family's name.
const ALIAS: &[u8] = b"alias=net-pf-16-proto-16-family-";

/// Bytes of [`alias`].
#[doc(hidden)]
#[inline]
pub const fn alias_len<F: Interface>() -> usize {
    ALIAS.len() + F::NAME.to_bytes_with_nul().len()
}

/// What `MODULE_ALIAS_GENL_FAMILY` puts into the module's information: user space that looks for
/// the family makes the kernel load the module.
#[doc(hidden)]
#[inline]
pub const fn alias<F: Interface, const N: usize>() -> [u8; N] {
    let name = F::NAME.to_bytes_with_nul();
    let mut text = [0; N];
    let mut i = 0;
    while i < N {
        text[i] = if i < ALIAS.len() {
            ALIAS[i]
        } else {
            name[i - ALIAS.len()]
        };
        i += 1;
    }
    text
}

/// Declares a module that serves generic netlink families.
///
/// `families` names, for each, the generated Rust module and the handler type; the rest is as in
/// [`module!`](kernel::prelude::module), without `type`. Families are registered in the given order
/// when the module is loaded, after their handlers are made, and unregistered when it is unloaded
/// or a later one fails.
///
/// # Examples
///
/// ```ignore
/// genl::module_genl_family! {
///     families: [taskdiag: Taskdiag],
///     name: "taskdiag",
///     authors: ["The genlkit authors"],
///     description: "Lists tasks over generic netlink",
///     license: "GPL",
/// }
/// ```
#[macro_export]
macro_rules! module_genl_family {
    (families: [$($family:ident: $handler:ident),+ $(,)?], $($module:tt)*) => {
        $(
            // SAFETY: The slot is a static of this module.
            unsafe impl $crate::Home for $handler {
                type Family = $family::Family;

                fn slot() -> &'static $crate::Slot<Self> {
                    static SLOT: $crate::Slot<$handler> = $crate::Slot::new(
                        &<LocalModule as ::kernel::ModuleMetadata>::THIS_MODULE,
                    );
                    &SLOT
                }
            }

            const _: () = {
                const LEN: usize = $crate::module::alias_len::<$family::Family>();

                #[link_section = ".modinfo"]
                #[used(compiler)]
                static ALIAS: [u8; LEN] = $crate::module::alias::<$family::Family, LEN>();
            };
        )+

        /// The module's families, for as long as it is loaded.
        #[::kernel::prelude::pin_data]
        struct GenlModule {
            $(
                #[pin]
                $family: $crate::Registration<$handler>,
            )+
        }

        impl ::kernel::InPlaceModule for GenlModule {
            fn init(
                module: &'static ::kernel::ThisModule,
            ) -> impl ::pin_init::PinInit<Self, ::kernel::error::Error> {
                ::kernel::try_pin_init!(Self {
                    // SAFETY: They are dropped with the module's own state.
                    $($family <- unsafe { $crate::Registration::new(module) },)+
                })
            }
        }

        ::kernel::prelude::module! {
            type: GenlModule,
            $($module)*
        }
    };
}
