// SPDX-License-Identifier: MIT OR Apache-2.0
//! Prints the ten tasks with the most resident memory: `cargo run --example tasks`.

use genlkit::generated::taskdiag::Group;
use genlkit::taskdiag::Taskdiag;

fn main() -> Result<(), genlkit::Error> {
    let mut taskdiag = Taskdiag::open()?;
    let mut tasks = taskdiag.tasks(Group::BASE | Group::MM)?;
    let mut found = Vec::new();
    while let Some(task) = tasks.next()? {
        // A kernel thread has no memory of its own; what is withheld is in `task.omitted`.
        if let (Some(pid), Some(rss)) = (task.pid, task.mm.and_then(|mm| mm.rss)) {
            found.push((rss, pid, task.comm.unwrap_or_default().to_string()));
        }
    }
    found.sort_unstable_by(|one, two| two.cmp(one));
    for (rss, pid, comm) in found.iter().take(10) {
        println!("{pid:>7} {:>9} KiB {comm}", rss / 1024);
    }
    Ok(())
}
