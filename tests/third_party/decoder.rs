// SPDX-License-Identifier: MIT OR Apache-2.0

//! strace decodes what is said to both families, and what they answer (docs/debug.md).
//!
//! The suite is not named strace: in the guest it would stand in the way of the program.

use genlkit_tests::peer::{loaded, output, pyynl};
use std::fs;

/// Lines of system calls on netlink sockets.
fn traced(args: &[&str]) -> String {
    let file = "/tmp/trace";
    let all = [
        "-f",
        "-yy",
        // All messages of a datagram, not the first few.
        "-v",
        "-e",
        "trace=sendto,sendmsg,recvfrom,recvmsg",
        "-o",
        file,
    ];
    let output = output("strace", &[&all, args].concat());
    let trace = fs::read_to_string(file).expect("a trace");
    assert!(!trace.is_empty(), "{output:?}");
    trace
}

#[test]
fn strace_decodes_requests_answers_and_refusals() {
    let trace = traced(&["taskdiag", "get", "4000000"]);
    let id = loaded("taskdiag").id;
    // By name where strace can ask the kernel for it, else by number.
    let of = |line: &&str| {
        line.contains("nlmsg_type=taskdiag") || line.contains(&format!("nlmsg_type={id:#x}"))
    };
    assert!(
        trace.lines().any(|line| line.contains("send") && of(&line)),
        "{trace}"
    );
    for part in [
        "NETLINK:[GENERIC",
        "nlmsg_type=NLMSG_ERROR",
        "error=-ESRCH",
        "nla_type=NLMSGERR_ATTR_MSG",
        "no task with this pid",
    ] {
        assert!(trace.contains(part), "{part} in {trace}");
    }
    let trace = traced(&["taskdiag", "list"]);
    for part in [
        "NLM_F_REQUEST|NLM_F_DUMP",
        "NLM_F_MULTI",
        "nlmsg_type=NLMSG_DONE",
    ] {
        assert!(trace.contains(part), "{part} in {trace}");
    }
    let python = pyynl("genltest", &["--do", "fault", "--json", r#"{"errno": 71}"#]);
    let args: Vec<&str> = [python.get_program()]
        .into_iter()
        .chain(python.get_args())
        .map(|arg| arg.to_str().expect("text"))
        .collect();
    let trace = traced(&args);
    assert!(trace.contains("error=-EPROTO"), "{trace}");
}
