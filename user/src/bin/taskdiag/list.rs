// SPDX-License-Identifier: MIT OR Apache-2.0
//! `taskdiag list`.

use crate::AnyClient;
use crate::columns::{self, Column, Row, SortKey, sort_key};
use crate::filter::Filter;
use crate::format::since_boot;
use crate::output::{Failure, Output, end_on_interrupt, say};
use crate::parse;
use crate::procfs::Procfs;
use crate::table::{Layout, Table};
use genlkit::client::OnInterrupt;
use genlkit::generated::taskdiag::{Group, TaskGetDump};
use genlkit::taskdiag::{Rate, Rates};
use std::hint::black_box;
use std::time::{Duration, Instant};

const EXAMPLE: &str = include_str!("help/list.txt");

/// What is shown where nothing else is asked for.
const DEFAULT: &[&str] = &[
    "user", "pid", "ppid", "state", "threads", "%cpu", "rss", "start", "time", "comm",
];

/// List the tasks that you may see: one line for each process of your pid namespace.
///
/// In the table `-` is what a task does not have, and `?` what the kernel withheld.
#[derive(clap::Args)]
#[command(after_long_help = columns::help(EXAMPLE))]
pub(crate) struct Args {
    /// The columns, in their order; below are all there are.
    #[arg(long, short = 'o', value_name = "NAMES", value_delimiter = ',', value_parser = columns::parser(), hide_possible_values = true)]
    columns: Vec<&'static Column>,
    /// Sort by these columns; with - before a name the largest come first.
    #[arg(long, short, value_name = "NAMES", value_delimiter = ',', value_parser = sort_key, allow_hyphen_values = true)]
    sort: Vec<SortKey>,
    /// Show who descends from whom.
    #[arg(long, short, conflicts_with = "json")]
    tree: bool,
    /// A line for each thread; what it uses is then its own.
    #[arg(long, short = 'T')]
    threads: bool,
    /// No line above that names the columns.
    #[arg(long)]
    no_heading: bool,
    /// Print one JSON array, an object for each task, keys as in the family's spec.
    #[arg(long, conflicts_with_all = ["summary", "columns"])]
    json: bool,
    /// The groups of attributes to ask for: those of JSON, and of the table those whose columns
    /// are shown.
    #[arg(long, value_name = "GROUPS", value_parser = genlkit::args::flags::<Group>(), conflicts_with = "columns")]
    groups: Option<Group>,
    /// List again every so many seconds, until Ctrl-C.
    #[arg(long, short, value_name = "SECONDS", value_parser = parse::interval, conflicts_with = "summary")]
    watch: Option<Duration>,
    /// Decode all tasks, and print only how many there are and how long that took.
    #[arg(long, conflicts_with_all = ["columns", "sort", "tree"])]
    summary: bool,
    #[command(flatten)]
    procfs: Procfs,
    #[command(flatten)]
    filter: Filter,
}

pub(crate) fn run(client: &mut AnyClient, args: &Args) -> Result<(), Failure> {
    let layout = layout(args);
    let groups = groups(args, &layout);
    let mut request = TaskGetDump::new().groups(groups);
    request.threads = args.threads;
    request.filter = args.filter.nest();
    let procfs = args.procfs.open()?;
    request.procfs_fd = procfs.fd();
    if args.summary {
        return summary(client, &request);
    }
    let Some(interval) = args.watch else {
        return once(client, &request, &layout, None, Output::new()).map(drop);
    };
    end_on_interrupt()?;
    let mut rates = Rates::default();
    let mut output = Output::new();
    loop {
        let next = Instant::now() + interval;
        output = once(client, &request, &layout, Some(&mut rates), output)?;
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
        output.next_screen(if args.json { "" } else { "\n" })?;
    }
}

/// Lists the tasks once.
fn once(
    client: &mut AnyClient,
    request: &TaskGetDump<'_>,
    layout: &Layout,
    mut rates: Option<&mut Rates>,
    output: Output,
) -> Result<Output, Failure> {
    let now = since_boot();
    if let Some(rates) = &mut rates {
        rates.begin(now);
    }
    // A process that comes or goes meanwhile is no reason to fail: a dump is no snapshot.
    let mut tasks = client.dump(request)?.on_interrupt(OnInterrupt::Ignore);
    let mut table = Table::new(layout, output);
    table.begin()?;
    let memory = memory();
    let ended = tasks.try_for_each(|task| {
        let rate = match &mut rates {
            Some(rates) => rates.rate(task),
            None => Rate::of_life(task, now),
        };
        table.add(&Row { task, rate, memory })
    });
    drop(tasks);
    let (output, withheld) = table.end()?;
    ended?;
    if layout.columns.is_some() {
        for (group, tasks) in withheld {
            say(format_args!("note: {group} was withheld of {tasks} tasks"));
        }
    }
    Ok(output)
}

/// Decodes all tasks, and tells how long that took.
fn summary(client: &mut AnyClient, request: &TaskGetDump<'_>) -> Result<(), Failure> {
    let start = Instant::now();
    let mut tasks = client.dump(request)?.on_interrupt(OnInterrupt::Ignore);
    let mut count = 0_u64;
    tasks.try_for_each(|task| {
        // Whoever measures this wants every attribute decoded.
        black_box(task);
        count += 1;
        Ok::<_, Failure>(())
    })?;
    let nanos = start.elapsed().as_nanos();
    let each = nanos / u128::from(count.max(1));
    let mut output = Output::new();
    output.line(format_args!("{count} tasks in {nanos} ns, {each} ns each"))?;
    output.finish()
}

fn layout(args: &Args) -> Layout {
    let mut columns = args.columns.clone();
    if columns.is_empty() {
        let asked = args.groups.unwrap_or(Group::all());
        columns = DEFAULT
            .iter()
            .filter_map(|name| columns::find(name))
            .collect();
        columns.retain(|column| asked.intersects(column.group) || column.name == "pid");
    }
    if args.tree {
        // Branches are drawn before the command, which therefore has to be last.
        let command = columns.iter().position(|column| column.is_command());
        let command = command.map(|index| columns.remove(index));
        columns.extend(command.or_else(|| columns::find("comm")));
    }
    Layout {
        columns: (!args.json).then_some(columns),
        sort: args.sort.clone(),
        tree: args.tree,
        heading: !args.no_heading,
    }
}

/// What the kernel has to be asked for.
fn groups(args: &Args, layout: &Layout) -> Group {
    let default = Group::BASE | Group::CRED | Group::CPU;
    let mut groups = match (&layout.columns, args.groups) {
        (_, Some(groups)) => groups,
        (None, None) => default,
        (Some(_), None) if args.summary => default,
        (Some(columns), None) => columns
            .iter()
            .fold(Group::empty(), |all, column| all | column.group),
    };
    for key in &args.sort {
        groups |= key.column.group;
    }
    if layout.tree {
        groups |= Group::BASE;
    }
    groups
}

/// The bytes of memory that there are; 0 where that cannot be known.
fn memory() -> u64 {
    nix::sys::sysinfo::sysinfo().map_or(0, |info| info.ram_total())
}
