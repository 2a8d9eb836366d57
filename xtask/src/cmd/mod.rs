// SPDX-License-Identifier: MIT OR Apache-2.0

//! The commands, one file each, and the preparation that several share.

pub(crate) mod bench;
pub(crate) mod build;
pub(crate) mod check;
pub(crate) mod codegen;
pub(crate) mod doc;
pub(crate) mod doctor;
pub(crate) mod kernel;
pub(crate) mod run;
pub(crate) mod rust_analyzer;
pub(crate) mod test;
pub(crate) mod vm;

use anyhow::{Result, anyhow};

use crate::Env;
use crate::guest::{self, Program};
use crate::kernel::{Kernel, KernelArgs};
use crate::kmods::Module;
use crate::{host, module};

/// The module every guest loads.
pub(crate) const MODULES: &[&str] = &["taskdiag"];

/// The modules that a guest with tests has loaded.
pub(crate) const TEST_MODULES: &[&str] = &["taskdiag", "tally", "genltest", "genltest_c"];

/// A kernel, our modules for it, and the guest's programs.
pub(crate) struct Ready {
    pub(crate) kernel: Kernel,
    pub(crate) modules: Vec<Module>,
    pub(crate) programs: Vec<Program>,
}

/// Makes everything that a guest needs: host packages first, then kernel and programs side by side, then modules.
pub(crate) fn ready(env: &Env, args: &KernelArgs, modules: &[&str]) -> Result<Ready> {
    host::install_missing(&env.cache)?;
    let (kernel, programs) = std::thread::scope(|scope| {
        let programs = scope.spawn(|| guest::programs(&env.cache, &env.checkout));
        let kernel = args.get(&env.cache);
        let programs = programs
            .join()
            .map_err(|_| anyhow!("building the guest's programs panicked"));
        anyhow::Ok((kernel?, programs??))
    })?;
    let modules = match modules {
        [] => Vec::new(),
        names => module::build(&env.cache, &kernel, &env.checkout, names)?,
    };
    Ok(Ready {
        kernel,
        modules,
        programs,
    })
}

/// Makes a kernel's modules, where no guest runs: nothing else is built.
pub(crate) fn modules(env: &Env, args: &KernelArgs, names: &[&str]) -> Result<Kernel> {
    host::install_missing(&env.cache)?;
    let kernel = args.get(&env.cache)?;
    module::build(&env.cache, &kernel, &env.checkout, names)?;
    Ok(kernel)
}
