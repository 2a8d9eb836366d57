// SPDX-License-Identifier: MIT OR Apache-2.0

//! A program of the tests' package that counts instructions in a guest.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use genlkit_init::job::Command;

use crate::Env;
use crate::cmd::Ready;
use crate::guest::{self, Program};
use crate::vm::{Guest, Sink, Through, VmArgs};

/// What runs, and what its guest has beside modules and programs.
#[derive(Default)]
pub(crate) struct Counted {
    pub(crate) program: &'static str,
    pub(crate) arguments: Vec<String>,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) vm: VmArgs,
    /// Files and directories for `/root`.
    pub(crate) add: Vec<PathBuf>,
    /// The root that it sees, if not the guest's own.
    pub(crate) host_root: Option<PathBuf>,
    /// Programs in the place of those of their names.
    pub(crate) instead: Vec<Program>,
}

impl Counted {
    /// Runs it in a guest whose clock counts instructions; failure where it says that a bar is missed.
    pub(crate) fn run(self, env: &Env, ready: &Ready, sink: &mut dyn Sink) -> Result<ExitCode> {
        let program = guest::benchmark(&env.cache, &env.checkout, self.program)?;
        let instead = |program: &&Program| self.instead.iter().all(|new| new.name != program.name);
        let programs: Vec<_> = ready.programs.iter().filter(instead).cloned().collect();
        let programs = [programs, self.instead.clone(), vec![program]].concat();
        let guest = Guest {
            cache: &env.cache,
            kernel: &ready.kernel,
            args: VmArgs {
                icount: true,
                ..self.vm
            },
            programs: &programs,
            modules: &ready.modules,
            add: self.add,
            host_root: self.host_root,
            pty: None,
            stdin: false,
            quiet: false,
        };
        let argv = [vec![self.program.to_owned()], self.arguments].concat();
        let command = Command {
            argv,
            env: self.env,
            ..Command::default()
        };
        let outcome = guest.run(vec![command], sink)?;
        outcome.check()?;
        match outcome.exits.first() {
            Some(exit) if exit.status() == 0 => Ok(ExitCode::SUCCESS),
            Some(exit) if exit.status() == 1 => Ok(ExitCode::FAILURE),
            Some(exit) => bail!("in the guest: {exit}"),
            None => bail!("the guest reported no exit status"),
        }
    }
}

/// Passes the streams through, and keeps standard output.
#[derive(Default)]
pub(crate) struct Kept(pub(crate) Vec<u8>);

impl Sink for Kept {
    fn stdout(&mut self, data: &[u8]) {
        self.0.extend_from_slice(data);
        Through.stdout(data);
    }

    fn stderr(&mut self, data: &[u8]) {
        Through.stderr(data);
    }
}
