// SPDX-License-Identifier: MIT OR Apache-2.0

//! Reads a kernel log for what must not be in it. Pure functions over text.

use std::process::ExitStatus;

/// How many lines of a report a fault shows.
const REPORT: usize = 40;

/// How many of the console's last lines an unexplained end shows.
const LAST: usize = 20;

/// What begins a report, wherever it stands in a line.
const MARKERS: &[&str] = &[
    "Kernel panic - not syncing",
    "Oops: ",
    "BUG: ",
    "kernel BUG at",
    "WARNING: ",
    "general protection fault",
    "UBSAN: ",
    "rust_kernel: panicked",
    "INFO: task ",
    "INFO: rcu",
    "rcu: INFO: ",
    "INFO: trying to register non-static key",
    "possible circular locking",
    "possible recursive locking",
    "inconsistent lock state",
    "suspicious RCU usage",
    "sleeping function called",
    "scheduling while atomic",
    "soft lockup",
    "hard LOCKUP",
    "unreferenced object",
    "new suspected memory leaks",
    "refcount_t: ",
    "list_add corruption",
    "list_del corruption",
    "ODEBUG: ",
    "unregister_netdevice: waiting",
    "Bad page state",
    "Unable to handle kernel",
    "detected stalls",
    "Out of memory: ",
    "page allocation failure",
    "Objects remaining",
];

/// Lines that contain a marker and mean no harm.
const HARMLESS: &[&str] = &[];

/// Ends of a report.
const ENDS: &[&str] = &["---[ end trace", "---[ end Kernel panic"];

/// Every report in the console's text and in the kernel's own log, each once, as its lines.
pub(crate) fn scan(console: &str, klog: &[u8]) -> Vec<String> {
    let mut faults: Vec<String> = Vec::new();
    for text in [kmsg_text(klog), console.to_owned()] {
        for report in reports(&text) {
            let known = |f: &String| f.lines().next().map(bare) == report.lines().next().map(bare);
            if !faults.iter().any(known) {
                faults.push(report);
            }
        }
    }
    faults
}

fn reports(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().map(|l| l.trim_end_matches('\r')).collect();
    let mut reports = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        if !is_report(lines[at]) {
            at += 1;
            continue;
        }
        let rest = &lines[at..lines.len().min(at + REPORT)];
        let end = rest.iter().position(|l| ENDS.iter().any(|e| l.contains(e)));
        let len = end.map_or(rest.len(), |end| end + 1);
        reports.push(rest[..len].join("\n"));
        at += len;
    }
    reports
}

fn is_report(line: &str) -> bool {
    MARKERS.iter().any(|m| line.contains(m)) && !HARMLESS.iter().any(|h| line.contains(h))
}

/// A line without its time stamp.
fn bare(line: &str) -> &str {
    match line.strip_prefix('[').and_then(|l| l.split_once("] ")) {
        Some((_, rest)) => rest,
        None => line,
    }
}

/// `/dev/kmsg` records as `dmesg` would show them.
pub(crate) fn kmsg_text(klog: &[u8]) -> String {
    let text = String::from_utf8_lossy(klog);
    let mut out = String::with_capacity(text.len());
    for line in text.lines().filter(|l| !l.starts_with(' ')) {
        let Some((head, message)) = line.split_once(';') else {
            continue;
        };
        let micros: u64 = head
            .split(',')
            .nth(2)
            .and_then(|n| n.parse().ok())
            .unwrap_or(0);
        out += &format!(
            "[{:5}.{:06}] {message}\n",
            micros / 1_000_000,
            micros % 1_000_000
        );
    }
    out
}

/// A guest that was still running at the deadline.
pub(crate) fn hang(timeout: u64, command: Option<u32>, console: &str) -> String {
    let what = match command {
        Some(number) => format!("command {} was running", number + 1),
        None => "no command had started".to_owned(),
    };
    format!(
        "no end after {timeout} s (--timeout); {what}; the console's last lines:\n{}",
        last_lines(console)
    )
}

/// A guest that ended without a complete record, and nothing in the log says why.
pub(crate) fn incomplete(status: ExitStatus, hello: bool, console: &str) -> String {
    let when = if hello { "after" } else { "before" };
    format!(
        "QEMU ended ({status}) {when} the guest's PID 1 came up and without a complete record; \
         the console's last lines:\n{}",
        last_lines(console)
    )
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LAST)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_reported_once_with_its_lines() {
        let klog = b"4,1,1500000,-;------------[ cut here ]------------\n\
                     4,2,1500001,-;WARNING: CPU: 0 PID: 1 at a.c:1 f+0x1/0x2\n SUBSYSTEM=x\n\
                     4,3,1500002,-;Call Trace:\n4,4,1500003,-;---[ end trace 0 ]---\n6,5,2000000,-;later\n";
        let console = "[    1.600000] WARNING: CPU: 0 PID: 1 at a.c:1 f+0x1/0x2\r\nrest\r\n";
        let faults = scan(console, klog);
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].starts_with("[    1.500001] WARNING"));
        assert!(faults[0].ends_with("---[ end trace 0 ]---"));
    }

    #[test]
    fn a_clean_boot_has_no_fault() {
        let log = "[    0.0] Linux version\n[    0.1] taskdiag: loading out-of-tree module taints kernel.\n";
        assert!(scan(log, b"").is_empty());
    }

    #[test]
    fn every_marker_is_a_fault() {
        for marker in MARKERS {
            assert_eq!(
                scan(&format!("[ 1.0] x {marker} y"), b"").len(),
                1,
                "{marker}"
            );
        }
    }

    #[test]
    fn panics_on_the_console_alone_count() {
        let faults = scan(
            "[    2.0] Kernel panic - not syncing: x\n",
            b"6,1,1,-;fine\n",
        );
        assert_eq!(faults.len(), 1);
    }
}
