// SPDX-License-Identifier: MIT OR Apache-2.0
//! `taskdiag top`.

mod app;
mod cgroups;
mod keys;
mod machine;
mod snapshot;
#[cfg(test)]
mod tests;
mod view;

use crate::AnyClient;
use crate::columns::{self, Column};
use crate::filter::Filter;
use crate::format::Clock;
use crate::get;
use crate::output::Failure;
use crate::parse;
use app::{App, Mode, Overlay};
use genlkit::generated::taskdiag::{Kthreads, TaskGetDump, TaskGetRequest};
use genlkit::taskdiag::Rates;
use keys::Effect;
use ratatui::crossterm::event::{self, Event, KeyEventKind};
use ratatui::{DefaultTerminal, Frame};
use signal_hook::consts::{SIGHUP, SIGTERM};
use snapshot::Snapshot;
use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const EXAMPLE: &str = include_str!("../help/top.txt");

/// Show what uses the machine, full screen, until q is pressed.
///
/// Rates are of the time since the last look; of the first, of a task's whole life. In the list
/// `-` is what a task does not have, and `?` what the kernel withheld. Press ? for the keys.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct Args {
    /// How often to look, in seconds.
    #[arg(long, short, value_name = "SECONDS", value_parser = parse::interval, default_value = "2")]
    delay: Duration,
    /// The columns, in their order; `taskdiag list --help` has all there are.
    #[arg(long, short = 'o', value_name = "NAMES", value_delimiter = ',', value_parser = columns::parser(), hide_possible_values = true)]
    columns: Vec<&'static Column>,
    /// Begin with a tree: who descends from whom.
    #[arg(long, short, conflicts_with = "cgroups")]
    tree: bool,
    /// Begin with what cgroups use together.
    #[arg(long)]
    cgroups: bool,
    /// Begin with a line for each thread.
    #[arg(long, short = 'T')]
    threads: bool,
    #[command(flatten)]
    filter: Filter,
}

/// How long a signal may wait to be looked at.
const SIGNALS: Duration = Duration::from_millis(200);

pub(crate) fn run(mut client: AnyClient, args: &Args) -> Result<(), Failure> {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        let text = "top needs a terminal: `taskdiag list --watch 2 --sort -%cpu` does not";
        return Err(Failure::Missing(text.to_owned()));
    }
    let mut columns = args.columns.clone();
    if columns.is_empty() {
        columns = app::DEFAULT
            .iter()
            .filter_map(|name| columns::find(name))
            .collect();
    }
    let mut app = App::new(columns, args.delay);
    app.threads = args.threads;
    app.mode = match args {
        Args { tree: true, .. } => Mode::Tree,
        Args { cgroups: true, .. } => Mode::Cgroups,
        _ => Mode::Tasks,
    };
    let mut rates = Rates::default();
    // Before the screen is taken, so that what is refused is told in plain lines.
    sample(&mut client, args, &mut app, &mut rates)?;
    let ended = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&ended))?;
    }
    let mut terminal = ratatui::try_init()?;
    let result = watch(
        &mut client,
        args,
        &mut app,
        &mut rates,
        &mut terminal,
        &ended,
    );
    ratatui::try_restore()?;
    result
}

/// Draws, waits for keys, and looks again, until there is an end.
fn watch(
    client: &mut AnyClient,
    args: &Args,
    app: &mut App,
    rates: &mut Rates,
    terminal: &mut DefaultTerminal,
    ended: &AtomicBool,
) -> Result<(), Failure> {
    let mut looked = Instant::now();
    while !ended.load(Ordering::Relaxed) {
        terminal.draw(|frame: &mut Frame<'_>| view::draw(app, frame))?;
        let effect = wait(app, terminal, looked + app.interval, ended)?;
        match effect {
            Some(Effect::Quit) => break,
            Some(Effect::Draw) => {}
            Some(Effect::Details(pid)) => {
                let lines = details(client, pid);
                app.overlay = Overlay::Details { lines, top: 0 };
            }
            None if app.paused => looked = Instant::now(),
            Some(Effect::Sample) | None => {
                sample(client, args, app, rates)?;
                looked = Instant::now();
            }
        }
    }
    Ok(())
}

/// Waits for a key, for another size of the screen, or for the time to look again.
fn wait(
    app: &mut App,
    terminal: &DefaultTerminal,
    until: Instant,
    ended: &AtomicBool,
) -> Result<Option<Effect>, Failure> {
    while !ended.load(Ordering::Relaxed) {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        if !event::poll(left.min(SIGNALS))? {
            continue;
        }
        match event::read()? {
            Event::Key(key) if key.kind != KeyEventKind::Release => {
                return Ok(Some(app.key(key, view::page(terminal.size()?.height))));
            }
            Event::Resize(..) => return Ok(Some(Effect::Draw)),
            _ => {}
        }
    }
    Ok(Some(Effect::Quit))
}

/// Asks for all tasks, and shows them.
fn sample(
    client: &mut AnyClient,
    args: &Args,
    app: &mut App,
    rates: &mut Rates,
) -> Result<(), Failure> {
    let mut request = TaskGetDump::new().groups(app.groups());
    request.threads = app.threads;
    request.filter = args.filter.nest();
    if !app.kernel_threads {
        request = request.filter(
            request
                .filter
                .unwrap_or_default()
                .kthreads(Kthreads::EXCLUDE),
        );
    }
    let snapshot = Snapshot::take(client, &request, &app.columns, rates)?;
    if app.mode == Mode::Cgroups {
        app.paths.learn(client, &snapshot);
    }
    app.show(snapshot);
    Ok(())
}

/// All about a task, or why it cannot be told.
fn details(client: &mut AnyClient, pid: u32) -> Vec<String> {
    let request = TaskGetRequest::new().pid(pid).groups(get::all());
    match client.call(&request) {
        Ok(task) => {
            let lines = get::lines(&task, &Clock::now()).into_iter();
            lines.map(|line| line.to_string()).collect()
        }
        Err(error) => vec![error.to_string()],
    }
}
