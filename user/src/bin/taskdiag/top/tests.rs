// SPDX-License-Identifier: MIT OR Apache-2.0
//! The screen of `taskdiag top`, drawn from tasks that are made up.

use super::app::{App, DEFAULT, Mode};
use super::keys::Effect;
use super::snapshot::Snapshot;
use super::view;
use crate::columns;
use genlkit::generated::taskdiag::{Cgroup, Cpu, Cred, Group, Mm, State, Task};
use genlkit::taskdiag::Rates;
use genlkit::wire::Str;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::time::Duration;

const SECOND: u64 = 1_000_000_000;

/// A task: its id, its parent's, its name, its seconds on a processor, and its cgroup.
fn task(pid: u32, ppid: u32, comm: &'static str, seconds: u64, cgroup: u64) -> Task<'static> {
    let mut task = Task::default();
    (task.pid, task.tgid, task.ppid) = (Some(pid), Some(pid), Some(ppid));
    task.comm = Some(Str::until_nul(comm.as_bytes()));
    (task.state, task.nthreads, task.start_time) = (Some(State::SLEEPING), Some(2), Some(0));
    let mut cpu = Cpu::default();
    cpu.runtime = Some(seconds * SECOND);
    (cpu.utime, cpu.stime) = (cpu.runtime, Some(0));
    let mut mm = Mm::default();
    mm.rss = Some(u64::from(pid) << 20);
    let mut cred = Cred::default();
    cred.euid = Some(4_000_000_000);
    let mut group = Cgroup::default();
    group.id = Some(cgroup);
    (task.cpu, task.mm, task.cred, task.cgroup) = (Some(cpu), Some(mm), Some(cred), Some(group));
    task
}

/// Four tasks in two cgroups, of which `busy` has used most.
fn tasks() -> Vec<Task<'static>> {
    let mut zombie = task(900, 1, "gone", 0, 11);
    zombie.state = Some(State::ZOMBIE);
    (zombie.mm, zombie.omitted) = (None, Some(Group::MM));
    vec![
        task(1, 0, "init", 10, 10),
        task(40, 1, "shell", 0, 10),
        task(300, 40, "busy", 90, 11),
        zombie,
    ]
}

/// Shows tasks that were looked at 100 seconds after they started.
fn app() -> App {
    let columns = DEFAULT
        .iter()
        .filter_map(|name| columns::find(name))
        .collect();
    let mut app = App::new(columns, Duration::from_secs(2));
    let mut rates = Rates::default();
    rates.begin(100 * SECOND);
    let mut snapshot = Snapshot::default();
    snapshot.machine.memory = 1 << 30;
    snapshot.machine.available = 1 << 29;
    snapshot.machine.processors = 2;
    snapshot.lost = Some(7);
    for task in tasks() {
        snapshot.add(&task, &app.columns, &mut rates);
    }
    app.show(snapshot);
    app
}

fn screen_of(app: &mut App, width: u16, height: u16) -> Vec<String> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a screen");
    terminal
        .draw(|frame| view::draw(app, frame))
        .expect("it draws");
    let buffer = terminal.backend().buffer();
    let rows = buffer.content().chunks(width.into());
    rows.map(|row| {
        let text: String = row.iter().map(|cell| cell.symbol()).collect();
        text.trim_end().to_owned()
    })
    .collect()
}

fn screen(app: &mut App) -> Vec<String> {
    screen_of(app, 80, 24)
}

fn press(app: &mut App, keys: &str) -> Effect {
    let mut effect = Effect::Draw;
    for key in keys.chars() {
        let code = match key {
            '\n' => KeyCode::Enter,
            '\x1b' => KeyCode::Esc,
            key => KeyCode::Char(key),
        };
        effect = app.key(KeyEvent::new(code, KeyModifiers::NONE), view::page(24));
    }
    effect
}

/// The names of the tasks on the screen, from the top.
fn names(app: &mut App) -> Vec<String> {
    let lines = screen(app).into_iter().skip(5).take(18);
    let names = lines.filter_map(|line| Some(line.get(51..)?.to_owned()));
    names.collect()
}

#[test]
fn the_busiest_come_first_and_all_fits_into_80_columns() {
    let screen = screen(&mut app());
    assert_eq!(
        screen[1],
        "Tasks: 4 (8 threads): 0 running, 3 sleeping, 0 stopped, 1 zombie"
    );
    assert_eq!(
        screen[2],
        "Cpu: 100.0% of 200%   Memory: 512M of 1.0G, 512M available"
    );
    assert_eq!(screen[3], "Withheld: mm of 1   Lost events: 7");
    assert_eq!(
        screen[4],
        "    PID USER     S THR  %CPU  %MEM   RSS      TIME COMMAND"
    );
    assert_eq!(
        screen[5],
        "    300 4000000+ S   2  90.0  29.2  300M  00:01:30 busy"
    );
    assert!(screen[23].starts_with("2s  q quit"), "{}", screen[23]);
}

#[test]
fn what_was_withheld_is_no_zero() {
    let screen = screen(&mut app());
    let gone = screen
        .iter()
        .find(|line| line.ends_with("gone"))
        .expect("a line");
    assert_eq!(
        gone,
        "    900 4000000+ Z   2   0.0     ?     ?  00:00:00 gone"
    );
}

#[test]
fn keys_sort_and_turn_round() {
    let mut app = app();
    assert_eq!(names(&mut app), ["busy", "init", "shell", "gone"]);
    press(&mut app, "M");
    assert_eq!(names(&mut app), ["busy", "shell", "init", "gone"]);
    press(&mut app, "N");
    assert_eq!(names(&mut app), ["init", "shell", "busy", "gone"]);
    press(&mut app, "r");
    assert_eq!(names(&mut app), ["gone", "busy", "shell", "init"]);
    press(&mut app, "<");
    assert_eq!(
        names(&mut app),
        ["busy", "gone", "init", "shell"],
        "by the last column, around"
    );
}

#[test]
fn a_tree_shows_who_descends_from_whom() {
    let mut app = app();
    press(&mut app, "Nt");
    assert_eq!(app.mode, Mode::Tree);
    assert_eq!(
        names(&mut app),
        ["init", "├─ shell", "│  └─ busy", "└─ gone"]
    );
}

#[test]
fn a_filter_is_typed_kept_and_forgotten() {
    let mut app = app();
    press(&mut app, "/SHq");
    assert_eq!(
        screen(&mut app)[23],
        "Filter: SHq_  (Enter keeps it, Esc forgets it)"
    );
    press(&mut app, "\x1b/SH\n");
    assert_eq!(names(&mut app), ["shell"]);
    assert!(screen(&mut app)[23].contains("[filter: SH]"));
    press(&mut app, "\x1b");
    assert_eq!(names(&mut app).len(), 4);
}

#[test]
fn cgroups_sum_up_and_open() {
    let mut app = app();
    app.paths.put(11, "/work".to_owned());
    assert_eq!(
        press(&mut app, "C"),
        Effect::Sample,
        "their paths have to be asked for"
    );
    let shown = screen(&mut app);
    assert_eq!(shown[4], " TASKS  %CPU   RSS CGROUP");
    assert_eq!(shown[5], "     2  90.0  300M /work");
    assert_eq!(shown[6], "     2  10.0   41M cgroup 10");
    press(&mut app, "j\n");
    assert_eq!(names(&mut app), ["busy", "gone"]);
    assert!(screen(&mut app)[23].contains("[cgroup: /work]"));
}

#[test]
fn the_selection_stays_with_its_task_and_opens_it() {
    let mut app = app();
    press(&mut app, "jj");
    assert_eq!(press(&mut app, "\n"), Effect::Details(1));
    press(&mut app, "N");
    assert_eq!(app.position(), Some(0), "init is the first by its id");
}

#[test]
fn where_nothing_is_selected_enter_selects_the_first_line() {
    let mut app = app();
    assert_eq!(press(&mut app, "\n"), Effect::Draw);
    assert_eq!(app.position(), Some(0));
    assert!(matches!(press(&mut app, "\n"), Effect::Details(_)));
}

#[test]
fn long_lists_scroll_to_what_is_selected() {
    let mut app = app();
    let mut snapshot = Snapshot::default();
    let mut rates = Rates::default();
    rates.begin(SECOND);
    for pid in 1..=100 {
        snapshot.add(&task(pid, 0, "many", 0, 1), &app.columns, &mut rates);
    }
    app.show(snapshot);
    press(&mut app, "N");
    app.key(KeyEvent::new(KeyCode::End, KeyModifiers::NONE), 18);
    let shown = screen(&mut app);
    assert!(shown[22].starts_with("    100"), "{}", shown[22]);
    app.key(KeyEvent::new(KeyCode::PageUp, KeyModifiers::NONE), 18);
    assert_eq!(app.position(), Some(81));
    let shown = screen(&mut app);
    assert!(shown[5].starts_with("     82"), "{}", shown[5]);
}

#[test]
fn help_and_small_screens_draw() {
    let mut app = app();
    press(&mut app, "?");
    let shown = screen(&mut app).join("\n");
    assert!(
        shown.contains("q, Ctrl-C") && shown.contains("┌ Keys"),
        "{shown}"
    );
    for (width, height) in [(1, 1), (10, 3), (200, 60)] {
        screen_of(&mut app, width, height);
    }
    assert_eq!(press(&mut app, "\x1bq"), Effect::Quit);
}
