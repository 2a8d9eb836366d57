// SPDX-License-Identifier: MIT OR Apache-2.0

//! Has the kernel look for memory that nothing points to, where it can (CONFIG_DEBUG_KMEMLEAK).

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::thread::sleep;
use std::time::Duration;

/// What the kernel is asked through, and answers in.
const KMEMLEAK: &str = "/sys/kernel/debug/kmemleak";

/// Objects younger than 5 s are not looked at.
const AGE: Duration = Duration::from_secs(6);

/// What a second look may find in another place.
const PAUSE: Duration = Duration::from_secs(1);

/// How many lines of a report go to the kernel's log.
const LINES: usize = 100;

/// Looks twice, as what changes between two looks is in use; what is found goes to the kernel's log.
///
/// Does nothing on a kernel without kmemleak.
pub(crate) fn report() {
    if fs::metadata(KMEMLEAK).is_err() {
        return;
    }
    sleep(AGE);
    let found = scan().and_then(|()| {
        sleep(PAUSE);
        scan()?;
        log()
    });
    if let Err(e) = found {
        // A kernel that cannot look for leaks any more has had something go wrong with it.
        let _ = say(&format!("BUG: kmemleak does not answer: {e}"));
    }
}

fn scan() -> std::io::Result<()> {
    fs::write(KMEMLEAK, "scan")
}

fn log() -> std::io::Result<()> {
    for line in BufReader::new(fs::File::open(KMEMLEAK)?)
        .lines()
        .take(LINES)
    {
        say(&line?)?;
    }
    Ok(())
}

/// One line in the kernel's log, as an error.
fn say(line: &str) -> std::io::Result<()> {
    let mut log = fs::OpenOptions::new().write(true).open("/dev/kmsg")?;
    log.write_all(format!("<3>{line}").as_bytes())
}
