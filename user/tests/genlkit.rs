// SPDX-License-Identifier: MIT OR Apache-2.0
//! The program `genlkit` as its users meet it: output, errors, exit status, completions.
#![cfg(feature = "ynl-cli")]

use std::path::Path;
use std::process::{Command, Output};

/// The program with its own specs alone, and no cache.
fn genlkit() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_genlkit"));
    command
        .env("XDG_CACHE_HOME", "/nonexistent")
        .env("XDG_DATA_HOME", "/nonexistent");
    command
        .env("XDG_DATA_DIRS", "/nonexistent")
        .env_remove("GENLKIT_SPECS");
    command
}

fn run(args: &[&str]) -> (i32, String, String) {
    finish(genlkit().args(args).output().expect("it runs"))
}

fn finish(output: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (
        output.status.code().unwrap_or(-1),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn its_own_specs_are_listed_and_shown() {
    let (status, out, _) = run(&["list", "--specs"]);
    assert_eq!(status, 0);
    for name in [
        "inet-diag",
        "netlink-diag",
        "packet-diag",
        "taskdiag",
        "unix-diag",
    ] {
        assert!(out.lines().any(|line| line == name), "{name} in {out}");
    }
    let (status, out, _) = run(&["show", "unix-diag", "get"]);
    assert_eq!(status, 0);
    assert!(
        out.contains("struct request") && out.contains("struct msg") && out.contains("peer: u32")
    );
    let (_, same, _) = run(&["--family", "unix-diag", "--list-attrs", "get"]);
    assert_eq!(same, out);
}

#[test]
fn what_is_wrong_with_a_command_is_told_as_of_one_of_many() {
    let (status, ..) = run(&["list", "--specs", "--verbose"]);
    assert_eq!(status, 0);
    for args in [
        &["do", "--nosuch"][..],
        &["dump"],
        &["list", "--specs", "--families"],
    ] {
        let (status, _, err) = run(args);
        assert_eq!(status, 2, "{err}");
        assert!(err.contains("Usage: genlkit "), "{err}");
    }
    let (status, out, _) = run(&["do", "--help"]);
    assert_eq!(status, 0);
    assert!(out.contains("Usage: genlkit do"), "{out}");
}

#[test]
fn a_spec_is_found_by_its_name_in_the_place_that_comes_first() {
    let places = tempfile::tempdir().expect("a directory");
    let spec = |directory: &str, name: &str| {
        let directory = places.path().join(directory);
        std::fs::create_dir_all(&directory).expect("a directory");
        let text = format!(
            "name: {name}\ndoc: In {directory:?}.\nattribute-sets: []\noperations:\n  list: []\n"
        );
        std::fs::write(directory.join(format!("{name}.yaml")), text).expect("a file");
    };
    spec("first-place", "taskdiag");
    spec("third-place/genlkit/specs", "taskdiag");
    spec("third-place/genlkit/specs", "unix-diag");
    spec("third-place/genlkit/specs", "some_other");
    let shown = |name: &str| {
        let mut command = genlkit();
        command.env("GENLKIT_SPECS", places.path().join("first-place"));
        command.env("XDG_DATA_HOME", places.path().join("third-place"));
        finish(command.args(["show", name]).output().expect("it runs")).1
    };
    assert!(shown("taskdiag").contains("first-place"));
    assert!(shown("some_other").contains("third-place"));
    assert!(shown("some-other").contains("third-place"));
    // Of two, the one in the program comes first.
    assert!(shown("unix-diag").contains("get"));
}

#[test]
fn the_exit_status_tells_who_is_to_blame() {
    let cases: [(&[&str], i32, &str); 10] = [
        (&[], 2, "Usage: genlkit"),
        (&["nosuch"], 2, "unrecognized subcommand"),
        (
            &["do", "unix-diag", "gte"],
            2,
            "unix-diag has no operation `gte`: do has get",
        ),
        (
            &["do", "unix-diag", "get", "family=linux"],
            2,
            "family: `linux` is no address-family",
        ),
        (
            &["do", "unix-diag", "get", "{\"family\""],
            2,
            "is no JSON object",
        ),
        (&["do", "unix-daig", "get"], 3, "is unix-diag meant?"),
        (&["do", "./nosuch.yaml", "get"], 3, "nosuch.yaml"),
        (
            &["--family", "unix-diag", "--do", "get", "--json", ""],
            2,
            "is no JSON object",
        ),
        (&["--family", "nosuch", "--validate"], 3, "nosuch"),
        (&["do", "some-other-family", "get"], 3, "$GENLKIT_SPECS"),
    ];
    for (args, status, text) in cases {
        let (found, out, err) = run(args);
        assert_eq!(found, status, "{args:?}: {out}{err}");
        assert!(err.contains(text), "{args:?}: {err}");
    }
}

#[test]
fn what_is_no_time_is_refused_with_what_would_be() {
    for given in ["-5", "NaN", "inf", "1e300", "soon", ""] {
        for option in ["timeout", "duration"] {
            let given = format!("--{option}={given}");
            let (status, _, err) = run(&["subscribe", "unix-diag", &given]);
            assert_eq!(status, 2, "{given}: {err}");
            assert!(err.contains("from 0 to 1000000000"), "{given}: {err}");
        }
    }
    let (status, _, err) = run(&["--family", "unix-diag", "--duration=-1"]);
    assert_eq!((status, err.contains("from 0 to")), (2, true), "{err}");
}

#[test]
fn a_spec_s_problems_have_their_line() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("odd.yaml");
    let text = "name: odd\ndoc: x\nattribute-sets:\n  - name: a\n    attributes:\n      - { name: b, type: u33 }\noperations: { list: [] }\n";
    std::fs::write(&path, text).expect("a file");
    let (status, out, _) = run(&["spec", "check", path.to_str().expect("UTF-8")]);
    assert_eq!(status, 1);
    assert!(out.contains("odd.yaml:6:"), "{out}");
    let (status, _, err) = run(&["spec", "check", "/nonexistent/odd.yaml"]);
    assert_eq!(
        (status, err.contains("1 file cannot be read")),
        (3, true),
        "{err}"
    );
}

#[test]
fn bytes_are_decoded_with_the_family_s_names() {
    let hex = "24:00:00:00 14000000 01000000 00000000 01010a00 2a000000 0102030405060708 08000200";
    let args = ["decode", "--family", "unix-diag", "-o", "json", hex];
    let (status, out, err) = run(&args);
    assert_eq!(status, 0, "{err}");
    assert!(
        out.contains("\"op\":\"get\"") && out.contains("\"ino\":42"),
        "{out}"
    );
    assert!(err.contains("attribute length 8 does not fit"), "{err}");
    // A type that is netlink's own in generic netlink.
    let crypto = "14000000 10000100 00000000 00000000 00000000";
    let (status, out, err) = run(&["decode", "--family", "crypto", "-o", "json", crypto]);
    assert_eq!((status, out.contains("\"cmd\"")), (0, false), "{out}{err}");
}

#[test]
fn what_are_no_messages_is_told() {
    for (hex, text) in [
        ("123", "one is missing"),
        ("xyz", "only hexadecimal digits"),
        ("10000000", "4 bytes are left, fewer than the 16"),
        ("ff000000 10000000 00000000 00000000", "after 0 messages"),
    ] {
        let (status, _, err) = run(&["decode", hex]);
        assert_eq!((status, err.contains(text)), (2, true), "{hex}: {err}");
    }
    let mut command = genlkit();
    let program = std::fs::File::open(env!("CARGO_BIN_EXE_genlkit")).expect("a file");
    let (status, _, err) = finish(
        command
            .arg("decode")
            .stdin(program)
            .output()
            .expect("it runs"),
    );
    assert_eq!((status, err.contains("--pcap FILE")), (2, true), "{err}");
}

#[test]
fn a_capture_is_decoded_by_the_specs_of_its_protocols() {
    let word = |word: u32| word.to_le_bytes();
    let mut file = [0xa1b2_c3d4, 0, 0, 0, 65535, 253].map(word).concat();
    // A request for UNIX sockets, and a message of a protocol that nobody knows.
    let unix = [
        &word(40)[..],
        &[20, 0, 1, 3],
        &[0; 8],
        &[1],
        &[0; 7],
        &word(42),
        &[0; 12],
    ]
    .concat();
    let other = [&word(16)[..], &[99, 0, 1, 0], &[0; 8]].concat();
    for (protocol, bytes) in [(4u16, unix), (22, other)] {
        let len = u32::try_from(bytes.len() + 16).expect("short");
        file.extend([1, 2, len, len].map(word).concat());
        file.extend([0; 14]);
        file.extend(protocol.to_be_bytes());
        file.extend(bytes);
    }
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("capture.pcap");
    std::fs::write(&path, file).expect("a file");
    let path = path.to_str().expect("UTF-8");
    let (status, out, err) = run(&[
        "decode",
        "--pcap",
        path,
        "--family",
        "unix-diag",
        "-o",
        "json",
    ]);
    assert_eq!(status, 0, "{err}");
    assert!(
        out.contains("\"protocol\":\"SOCK_DIAG\"") && out.contains("\"ino\":42"),
        "{out}"
    );
    let (status, out, _) = run(&["decode", "--pcap", path, "-o", "table"]);
    assert_eq!((status, out.lines().count()), (0, 3), "{out}");
    let (status, _, err) = run(&["decode", "--pcap", "/dev/null"]);
    assert_eq!((status, err.contains("too short")), (3, true), "{err}");
    let (status, _, err) = run(&["decode", "--pcap", "/nonexistent/file"]);
    assert_eq!((status, err.contains("No such file")), (3, true), "{err}");
    // By the address family, not by the first spec that has the number.
    let (status, out, err) = run(&["decode", "--pcap", path, "-o", "json"]);
    assert_eq!(status, 0, "{err}");
    assert!(
        out.contains("\"family\":\"unix-diag\",\"op\":\"get\""),
        "{out}"
    );
}

#[test]
fn a_message_is_printed_in_each_format() {
    let hex = "20000000 14000000 01000000 00000000 01010a00 2a000000 0102030405060708";
    for (format, expected) in [
        (
            "json",
            "\"msg\":{\"family\":\"unix\",\"type\":\"stream\",\"state\":\"listen\",\"ino\":42,",
        ),
        (
            "yaml",
            "  msg:\n    family: unix\n    type: stream\n    state: listen\n    ino: 42\n",
        ),
        (
            "table",
            "LEN  TYPE  FLAGS  SEQ  PORTID  FAMILY     OP   MSG\n32   20           1    0       unix-diag  get  {",
        ),
    ] {
        let (status, out, err) = run(&["decode", "--family", "unix-diag", "-o", format, hex]);
        assert_eq!(status, 0, "{err}");
        assert!(out.contains(expected), "{format}: {out}");
    }
}

#[test]
fn each_command_has_a_manual_page() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("man");
    let (status, _, err) = run(&["man", directory.to_str().expect("UTF-8")]);
    assert_eq!(status, 0, "{err}");
    for name in [
        "list",
        "show",
        "do",
        "dump",
        "multi",
        "subscribe",
        "decode",
        "policy",
        "spec-check",
        "spec-doc",
    ] {
        let page = directory.join(format!("genlkit-{name}.1"));
        let text = std::fs::read_to_string(&page).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(
            text.contains(".SH DESCRIPTION") && text.contains(".SH OPTIONS"),
            "{text}"
        );
    }
    let all = std::fs::read_to_string(directory.join("genlkit.1")).expect("the program's");
    assert!(all.contains("genlkit\\-subscribe(1)"), "{all}");
}

#[test]
fn a_spec_is_printed_as_documentation() {
    let (status, out, err) = run(&["spec", "doc", "unix-diag"]);
    assert_eq!(status, 0, "{err}");
    for text in ["unix-diag get (do, dump)", "peer: u32", "The peer's inode."] {
        assert!(out.contains(text), "{out}");
    }
}

#[test]
fn a_shell_completes_families_operations_and_attributes() {
    let complete = |index: &str, words: &[&str]| {
        let mut command = genlkit();
        command
            .env("COMPLETE", "bash")
            .env("_CLAP_COMPLETE_INDEX", index);
        command
            .env("_CLAP_COMPLETE_COMP_TYPE", "9")
            .env("_CLAP_COMPLETE_SPACE", "true");
        command
            .env("_CLAP_IFS", "\n")
            .arg("--")
            .arg("genlkit")
            .args(words);
        let (status, out, err) = finish(command.output().expect("it runs"));
        assert_eq!(status, 0, "{err}");
        out.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(complete("2", &["dump", "unix"]), ["unix-diag"]);
    assert_eq!(complete("3", &["do", "taskdiag", "pi"]), ["ping"]);
    assert_eq!(
        complete("4", &["do", "unix-diag", "get", "co"]),
        ["cookie="]
    );
    assert_eq!(
        complete("3", &["subscribe", "inet-diag", "inet6-t"]),
        ["inet6-tcp-destroy"]
    );
}

#[test]
fn a_closed_pipe_is_no_error() {
    let mut command = Command::new("sh");
    let program = env!("CARGO_BIN_EXE_genlkit");
    command.arg("-c").arg(format!(
        "{{ {program} spec doc inet-diag; echo $? >&2; }} | head -1"
    ));
    let (_, out, err) = finish(command.output().expect("it runs"));
    assert_eq!((out.lines().count(), err.trim()), (1, "0"));
}

#[test]
fn closed_standard_streams_are_no_error() {
    let mut command = Command::new("sh");
    let program = env!("CARGO_BIN_EXE_genlkit");
    let arguments = "do nlctrl getfamily family-name=nlctrl";
    command.arg("-c").arg(format!(
        "{program} {arguments} <&- >&- 2>&-; echo $?; {program} {arguments} >/dev/full; echo $?"
    ));
    let (_, out, err) = finish(command.output().expect("it runs"));
    assert_eq!(out, "0\n3\n", "{err}");
    assert!(err.contains("No space left"), "{err}");
}
