// SPDX-License-Identifier: MIT OR Apache-2.0
//! `taskdiag list`.

use crate::AnyClient;
use crate::format::{Clock, cpu_time, or_dash, state_letter};
use crate::output::{Failure, Output};
use crate::users::Users;
use genlkit::client::{Dump, OnInterrupt};
use genlkit::generated::taskdiag::{Cpu, Group, Task, TaskGetDump, TaskGetDumpArgs};
use genlkit::transport::Transport;
use std::hint::black_box;
use std::time::Instant;

const EXAMPLE: &str = "\
Example:
  $ taskdiag list --groups base,cred,cpu | head -4
  USER         PID    PPID S THR START      TIME COMMAND
  root           1       0 S   5 11:11  00:00:01 init
  root           2       0 S   1 11:11  00:00:00 kthreadd
  root           3       2 S   1 11:11  00:00:00 pool_workqueue_";

/// List the tasks that you may see: one line for each process of your pid namespace.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct Args {
    #[command(flatten)]
    request: TaskGetDumpArgs,
    /// Print one JSON array, an object for each task, keys as in the family's spec.
    #[arg(long, conflicts_with = "summary")]
    json: bool,
    /// Decode all tasks, and print only how many there are and how long that took.
    #[arg(long)]
    summary: bool,
}

type Tasks<'c> = Dump<'c, TaskGetDump<'c>, Box<dyn Transport>>;

pub(crate) fn run(client: &mut AnyClient, args: &Args) -> Result<(), Failure> {
    let groups = args
        .request
        .groups
        .unwrap_or(Group::BASE | Group::CRED | Group::CPU);
    let request = TaskGetDump::new().groups(groups);
    let start = Instant::now();
    // A process that comes or goes meanwhile is no reason to fail: a dump is no snapshot.
    let mut tasks = client.dump(&request)?.on_interrupt(OnInterrupt::Ignore);
    let mut output = Output::new();
    match args {
        Args { summary: true, .. } => summary(&mut tasks, &mut output, start)?,
        Args { json: true, .. } => json(&mut tasks, &mut output)?,
        _ => table(&mut tasks, &mut output, groups)?,
    }
    output.finish()
}

fn summary(tasks: &mut Tasks<'_>, output: &mut Output, start: Instant) -> Result<(), Failure> {
    let mut count = 0_u64;
    tasks.try_for_each(|task| {
        // Whoever measures this wants every attribute decoded.
        black_box(task);
        count += 1;
        Ok::<_, Failure>(())
    })?;
    let nanos = start.elapsed().as_nanos();
    let each = nanos / u128::from(count.max(1));
    output.line(format_args!("{count} tasks in {nanos} ns, {each} ns each"))
}

fn json(tasks: &mut Tasks<'_>, output: &mut Output) -> Result<(), Failure> {
    let mut separator = "[\n";
    let ended = tasks.try_for_each(|task| {
        output.text(std::mem::replace(&mut separator, ",\n"))?;
        output.json(task)
    });
    // Whole even where the dump was cut short, which the exit status tells.
    output.text(if separator == "[\n" { "[]\n" } else { "\n]\n" })?;
    ended
}

fn table(tasks: &mut Tasks<'_>, output: &mut Output, groups: Group) -> Result<(), Failure> {
    let mut users = Users::default();
    let clock = Clock::now();
    let columns = [
        (Group::CRED, "USER     "),
        (Group::all(), "    PID"),
        (Group::BASE, "    PPID S THR START"),
        (Group::CPU, "      TIME"),
        (Group::BASE, " COMMAND"),
    ];
    let shown = columns
        .iter()
        .filter(|(group, _)| groups.intersects(*group));
    output.heading(&shown.map(|(_, title)| *title).collect::<String>())?;
    tasks.try_for_each(|task| row(output, task, groups, &mut users, &clock))
}

/// Prints a line of the table; what a group that was not asked for would fill is left out.
fn row(
    output: &mut Output,
    task: &Task<'_>,
    groups: Group,
    users: &mut Users,
    clock: &Clock,
) -> Result<(), Failure> {
    if groups.contains(Group::CRED) {
        let euid = task.cred.and_then(|cred| cred.euid);
        let user = euid.map_or("-", |euid| users.name(euid));
        output.put(format_args!("{user:<8} "))?;
    }
    output.put(format_args!("{:>7}", or_dash(task.pid)))?;
    if groups.contains(Group::BASE) {
        let state = task.state.map_or('-', state_letter);
        let start = task
            .start_time
            .map_or_else(|| "-".to_owned(), |start| clock.start(start));
        let (ppid, threads) = (or_dash(task.ppid), or_dash(task.nthreads));
        output.put(format_args!(" {ppid:>7} {state} {threads:>3} {start:<5}"))?;
    }
    if groups.contains(Group::CPU) {
        let time = match task.cpu {
            Some(Cpu {
                utime: Some(utime),
                stime: Some(stime),
                ..
            }) => cpu_time(utime.saturating_add(stime)),
            _ => "-".to_owned(),
        };
        output.put(format_args!(" {time:>9}"))?;
    }
    if groups.contains(Group::BASE) {
        output.put(format_args!(" {}", task.comm.unwrap_or_default().escaped()))?;
    }
    output.put(format_args!("\n"))
}
