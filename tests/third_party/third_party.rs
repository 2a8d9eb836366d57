// SPDX-License-Identifier: MIT OR Apache-2.0

//! Programs of others speak to both families: `cargo xtask test --third-party` (docs/debug.md).
//!
//! The first word of a test's name is the program's, by which it is skipped where there is none.

use genlkit_spec::{Family as Spec, model::Permission};
use genlkit_tests::{
    child::Child,
    genltest::{Genltest, attr},
    pace::seconds,
    raw::{Family, RawSocket},
};
use std::{
    fs,
    process::{Command, Output, Stdio},
    thread,
    time::Duration,
};

/// Where the files that xtask brings along are, in the root of the programs.
const FILES: &str = "/run/genlkit/root";

const FAMILIES: [&str; 2] = ["taskdiag", "genltest"];

fn output(program: &str, args: &[&str]) -> Output {
    let output = Command::new(program).args(args).output();
    output.unwrap_or_else(|error| panic!("{program}: {error}"))
}

/// What a program prints that succeeds.
fn said(program: &str, args: &[&str]) -> String {
    let output = output(program, args);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{program} {args:?}: {}: {errors}",
        output.status
    );
    String::from_utf8(output.stdout).expect("text")
}

fn spec(family: &str) -> Spec {
    Spec::from_file(format!("{FILES}/spec/{family}.yaml")).expect("the spec")
}

fn loaded(family: &str) -> Family {
    RawSocket::generic().family(family)
}

/// The part of a listing that is about one thing: from its line to the next that begins likewise.
fn section<'a>(text: &'a str, begins: impl Fn(&str) -> bool, name: &str) -> &'a str {
    let mut start = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if begins(line) {
            match start {
                Some(start) => return &text[start..at],
                None if line.split_whitespace().any(|word| word == name) => start = Some(at),
                None => {}
            }
        }
        at += line.len();
    }
    &text[start.unwrap_or_else(|| panic!("{name} in {text}"))..]
}

/// Numbers and what each can do: `has doit`, `has dump`, permission.
fn operations(spec: &Spec) -> Vec<(u32, bool, bool, Option<Permission>)> {
    let asked = spec
        .ops
        .iter()
        .filter(|op| !op.is_async() && !op.is_reserved());
    asked
        .map(|op| {
            let number = op.request_value.expect("a number");
            (number, op.r#do.is_some(), op.dump.is_some(), op.permission)
        })
        .collect()
}

#[test]
fn iproute2_lists_operations_and_groups() {
    let list = said("genl", &["ctrl", "list"]);
    for name in FAMILIES {
        let family = loaded(name);
        let about = section(&list, |line| line.starts_with("Name: "), name);
        assert!(
            about.contains(&format!("ID: 0x{:x} ", family.id)),
            "{about}"
        );
        assert!(about.contains("Version: 0x1 "), "{about}");
        for (number, has_do, has_dump, permission) in operations(&spec(name)) {
            let op = section(
                about,
                |line| line.contains("ID-0x"),
                &format!("ID-0x{number:x}"),
            );
            assert_eq!(op.contains("can doit"), has_do, "{op}");
            assert_eq!(op.contains("can dumpit"), has_dump, "{op}");
            let admin = permission == Some(Permission::Admin);
            assert_eq!(op.contains("requires admin permission"), admin, "{op}");
        }
        for (group, id) in &family.groups {
            assert!(
                about.contains(&format!("ID-0x{id:x}  name: {group}")),
                "{about}"
            );
        }
    }
}

#[test]
fn iproute2_gets_a_family_by_name_and_by_id() {
    for name in FAMILIES {
        let id = format!("ID: 0x{:x} ", loaded(name).id);
        let by_id = said("genl", &["ctrl", "get", "id", &loaded(name).id.to_string()]);
        assert!(
            by_id.contains(&format!("Name: {name}")) && by_id.contains(&id),
            "{by_id}"
        );
        let by_name = said("genl", &["ctrl", "get", "name", name]);
        assert_eq!(by_name, by_id);
    }
}

#[test]
fn iproute2_dumps_the_policies() {
    for name in FAMILIES {
        let policies = said("genl", &["ctrl", "policy", "name", name]);
        for (number, has_do, has_dump, _) in operations(&spec(name)) {
            let op = policies
                .lines()
                .find(|line| line.contains(&format!(" op {number} policies:")))
                .unwrap_or_else(|| panic!("op {number} in {policies}"));
            assert_eq!(op.contains("do="), has_do, "{op}");
            assert_eq!(op.contains("dump="), has_dump, "{op}");
        }
    }
    let policies = said("genl", &["ctrl", "policy", "name", "taskdiag"]);
    assert!(
        policies.contains("attr[1]: type=BINARY max len:8192"),
        "{policies}"
    );
    assert!(
        policies.contains("attr[1]: type=U32 range:[1,4294967295]"),
        "{policies}"
    );
    let policies = said("genl", &["ctrl", "policy", "name", "genltest"]);
    for kind in [
        "U8",
        "S64",
        "FLAG",
        "NUL_STRING",
        "NESTED",
        "NESTED_ARRAY",
        "BITFIELD32",
    ] {
        if kind == "BITFIELD32" && !policies.contains("BITFIELD") {
            continue;
        }
        assert!(
            policies.contains(&format!("type={kind}")),
            "{kind} in {policies}"
        );
    }
}

#[test]
fn libnl_lists_operations_and_groups() {
    let list = said("genl-ctrl-list", &["-d"]);
    for name in FAMILIES {
        let family = loaded(name);
        let about = section(&list, |line| line.starts_with("0x"), name);
        let head = format!("0x{:04x} {name} version 1", family.id);
        assert!(about.starts_with(&head), "{about}");
        for (number, has_do, has_dump, permission) in operations(&spec(name)) {
            let op = about
                .lines()
                .find(|line| line.contains(&format!("(0x{number:02x})")) && line.contains("op "))
                .unwrap_or_else(|| panic!("op {number} in {about}"));
            assert_eq!(op.contains("has_doit"), has_do, "{op}");
            assert_eq!(op.contains("has_dump"), has_dump, "{op}");
            let admin = permission == Some(Permission::Admin);
            assert_eq!(op.contains("admin_perm"), admin, "{op}");
        }
        for (group, id) in &family.groups {
            assert!(
                about.contains(&format!("grp {group} (0x{id:02x})")),
                "{about}"
            );
        }
    }
}

/// The kernel tree's client with the spec of a family.
fn pyynl(family: &str, args: &[&str]) -> Command {
    let mut command = Command::new("python3");
    command
        .arg(format!("{FILES}/pyynl/cli.py"))
        .args(["--schema", &format!("{FILES}/netlink/genetlink.yaml")])
        .args(["--spec", &format!("{FILES}/spec/{family}.yaml")])
        .arg("--output-json")
        .args(args)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

fn answer(family: &str, args: &[&str]) -> String {
    let output = pyynl(family, args).output().expect("python3");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {errors}");
    String::from_utf8(output.stdout)
        .expect("text")
        .trim()
        .to_owned()
}

/// What it prints of what the kernel refuses.
fn refusal(family: &str, args: &[&str]) -> String {
    let output = pyynl(family, args).output().expect("python3");
    let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    format!("{out}{err}")
}

#[test]
fn pyynl_asks_taskdiag() {
    let ping = answer(
        "taskdiag",
        &["--do", "ping", "--json", r#"{"payload":"00ff"}"#],
    );
    assert_eq!(ping, r#"{"abi": 1, "payload": "00ff", "version": "0.1.0"}"#);
    let child = Child::sleeping();
    let pid = child.pid();
    let tasks = answer(
        "taskdiag",
        &["--dump", "task-get", "--json", r#"{"groups":["base"]}"#],
    );
    for pid in [1, pid] {
        let task = format!(r#"{{"pid": {pid}, "tgid": {pid}, "#);
        assert_eq!(tasks.matches(&task).count(), 1, "{tasks}");
    }
    let one = answer(
        "taskdiag",
        &["--do", "task-get", "--json", &format!(r#"{{"pid":{pid}}}"#)],
    );
    assert!(one.contains(&format!(r#""pid": {pid}"#)), "{one}");
    assert!(one.contains(r#""state": "sleeping""#), "{one}");
    let refused = refusal(
        "taskdiag",
        &["--do", "task-get", "--json", r#"{"pid":4000000}"#],
    );
    assert!(refused.contains("no task with this pid"), "{refused}");
    assert!(refused.contains("'bad-attr': '.pid'"), "{refused}");
}

/// Starts the client on a group, calls `act` again and again until it ends, and returns what it heard.
fn heard(family: &str, group: &str, mut act: impl FnMut()) -> String {
    let long = seconds(12).as_secs().min(60).to_string();
    let mut listener = pyynl(family, &["--subscribe", group, "--duration", &long]);
    let listener = listener.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut listener = listener.spawn().expect("python3");
    while listener.try_wait().expect("it is ours").is_none() {
        act();
        thread::sleep(Duration::from_millis(500));
    }
    let output = listener.wait_with_output().expect("it ended");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn pyynl_hears_events_of_taskdiag() {
    let mut pids = Vec::new();
    let events = heard("taskdiag", "events", || {
        let child = Child::zombie(7);
        pids.push(child.pid());
        child.wait();
    });
    assert!(events.contains(r#""name": "task-ntf""#), "{events}");
    let told = |pid: &&u32| {
        let of = format!(r#""pid": {pid}"#);
        ["fork", "exit"].iter().all(|kind| {
            events
                .lines()
                .any(|event| event.contains(&of) && event.contains(&format!(r#""type": "{kind}""#)))
        })
    };
    assert!(pids.iter().any(|pid| told(&pid)), "{pids:?} in {events}");
}

#[test]
fn pyynl_sends_genltest_every_type() {
    let scalars = r#"{"u8": 255, "u16": 65535, "u32": 4294967295, "u64": 18446744073709551615, "s8": -128, "s16": -32768, "s32": -2147483648, "s64": -9223372036854775808, "uint": 5000000000, "sint": -5000000000, "be16": 258, "be32": 16909060, "be64": 72623859790382856, "le32": 16909060}"#;
    let back = answer("genltest", &["--do", "scalar", "--json", scalars]);
    assert_eq!(back, scalars);
    let shape = r#"{"point": {"x": 1, "y": -2, "label": "a"}, "points": [{"x": 3}, {"x": 4}], "numbers": [1, 2, 3], "names": ["one", "two"], "tree": {"child": {"value": 5}}}"#;
    let back = answer("genltest", &["--do", "shape", "--json", shape]);
    for part in [
        r#""point": {"x": 1, "y": -2, "label": "a"}"#,
        r#""points": [{"x": 3}, {"x": 4}]"#,
        r#""numbers": [1, 2, 3]"#,
        r#""names": ["one", "two"]"#,
        r#""tree": {"child": {"value": 5}}"#,
    ] {
        assert!(back.contains(part), "{part} in {back}");
    }
    let refused = refusal(
        "genltest",
        &[
            "--do",
            "fault",
            "--json",
            r#"{"errno": 71, "text": "fixed"}"#,
        ],
    );
    assert!(refused.contains("as it was asked for"), "{refused}");
    let refused = refusal("genltest", &["--do", "obj-get", "--json", "{}"]);
    assert!(
        refused.contains("'miss-type': '.id'") || refused.contains("id"),
        "{refused}"
    );
}

#[test]
fn pyynl_makes_dumps_and_hears_objects() {
    let object = r#"{"id": 77, "name": "seven", "colour": "green", "values": [1, 2]}"#;
    answer("genltest", &["--do", "obj-new", "--json", object]);
    let all = answer("genltest", &["--dump", "obj-get"]);
    for part in [
        r#""id": 77"#,
        r#""name": "seven""#,
        r#""colour": "green""#,
        r#""values": [1, 2]"#,
    ] {
        assert!(all.contains(part), "{part} in {all}");
    }
    answer("genltest", &["--do", "obj-del", "--json", r#"{"id": 77}"#]);
    let family = Genltest::open();
    let id = attr("obj", "id");
    let events = heard("genltest", "objects", || {
        family
            .errno(family.request("obj-new").u32(id, 78))
            .expect("an object");
        family
            .errno(family.request("obj-del").u32(id, 78))
            .expect("it is there");
    });
    for name in ["obj-ntf", "obj-del-ntf"] {
        let of = |line: &&str| {
            line.contains(&format!(r#""name": "{name}""#)) && line.contains(r#""id": 78"#)
        };
        assert!(events.lines().any(|line| of(&line)), "{name} in {events}");
    }
}

/// Lines of system calls on netlink sockets.
fn traced(args: &[&str]) -> String {
    let file = "/tmp/trace";
    let all = [
        "-f",
        "-yy",
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
