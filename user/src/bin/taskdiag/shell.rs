// SPDX-License-Identifier: MIT OR Apache-2.0
//! `taskdiag completions` and `taskdiag man`.

use crate::Cli;
use crate::output::Failure;
use clap::CommandFactory as _;
use clap_complete::Shell;
use std::io::Write as _;
use std::path::PathBuf;

const COMPLETIONS_EXAMPLE: &str = "\
Example:
  $ taskdiag completions bash > /etc/bash_completion.d/taskdiag
  $ taskdiag list --s<TAB>
  --sort     --state    --summary";

/// Print what makes a shell complete this program's command lines.
#[derive(clap::Args)]
#[command(after_long_help = COMPLETIONS_EXAMPLE)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    shell: Shell,
}

const MAN_EXAMPLE: &str = "\
Example:
  $ taskdiag man /usr/local/share/man/man1
  $ man taskdiag-list";

/// Write the manual pages, one for each command.
#[derive(clap::Args)]
#[command(after_long_help = MAN_EXAMPLE)]
pub(crate) struct ManArgs {
    /// The directory to write them into.
    directory: PathBuf,
}

pub(crate) fn completions(args: &CompletionsArgs) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "taskdiag", &mut script);
    Ok(std::io::stdout().lock().write_all(&script)?)
}

pub(crate) fn man(args: &ManArgs) -> Result<(), Failure> {
    std::fs::create_dir_all(&args.directory)?;
    Ok(clap_mangen::generate_to(Cli::command(), &args.directory)?)
}
