// SPDX-License-Identifier: MIT OR Apache-2.0
//! `genlkit spec`: specs themselves.

use crate::output::{Failure, Output};
use crate::{Common, Family, show};
use genlkit::ynl::specs;
use std::path::PathBuf;

/// Check specs, or print one as documentation.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// Check spec files: their schema, and that everything that they name is there.
    Check {
        /// The files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Print a family's documentation: all operations with their attributes.
    Doc(Doc),
}

#[derive(clap::Args, Debug)]
struct Doc {
    #[command(flatten)]
    family: Family,
}

pub(crate) fn run(args: &Args, _: &Common) -> Result<(), Failure> {
    match &args.command {
        Command::Check { files } => check(files),
        Command::Doc(doc) => document(doc),
    }
}

/// Checks spec files and says what is wrong with them.
pub(crate) fn check(files: &[PathBuf]) -> Result<(), Failure> {
    let mut output = Output::new();
    let mut problems = 0;
    let mut unread = 0;
    for file in files {
        match specs::check(file) {
            Ok(family) => {
                let (ops, sets) = (family.ops.len(), family.sets.len());
                let file = file.display();
                output.line(&format!(
                    "{file}: {}: {ops} operations, {sets} attribute sets: ok",
                    family.name
                ))?;
            }
            Err(error) => {
                problems += error.problems.len();
                // What has no place in a file is said of one that cannot be read.
                let is_unread = error
                    .problems
                    .iter()
                    .all(|problem| problem.position.is_none());
                unread += usize::from(is_unread);
                output.line(&error.to_string())?;
            }
        }
    }
    output.flush()?;
    match (problems, unread) {
        (0, _) => Ok(()),
        (1, 1) => Err(Failure::Environment("1 file cannot be read".to_owned())),
        (1, _) => Err(Failure::Refused("1 problem".to_owned())),
        (count, unread) if count == unread => Err(Failure::Environment(format!(
            "{count} files cannot be read"
        ))),
        (count, _) => Err(Failure::Refused(format!("{count} problems"))),
    }
}

fn document(doc: &Doc) -> Result<(), Failure> {
    let codec = doc.family.load()?;
    let family = codec.family();
    let mut output = Output::new();
    for (index, op) in family.ops.iter().filter(|op| !op.is_reserved()).enumerate() {
        if index > 0 {
            output.line("")?;
        }
        show::operation(family, &op.name, &mut output)?;
    }
    output.flush()
}
