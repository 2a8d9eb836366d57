// SPDX-License-Identifier: MIT OR Apache-2.0

//! What protocols know of their sockets, over NETLINK_SOCK_DIAG, by exchanges through `genlkit`.

use genlkit_tests::genlkit::{ask, entry, module};
use genlkit_tests::tcp_info::{FIELDS, TcpInfo};
use nix::sys::socket::sockopt::{RcvBuf, TcpCongestion};
use nix::sys::socket::{getsockopt, setsockopt};
use serde_json::json;
use socket2::{Domain, Protocol, Socket, Type};
use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::sleep;
use std::time::Duration;

#[test]
fn sock_diag_tells_of_a_connection_what_its_socket_tells_itself() {
    module("tcp_diag");
    let listener = TcpListener::bind("127.0.0.1:0").expect("lo is up");
    let port = listener.local_addr().expect("bound").port();
    let mut client = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    let (mut server, _) = listener.accept().expect("it came");
    let mut read = [0; 3000];
    client.write_all(&read).expect("it is open");
    server.read_exact(&mut read).expect("it came");
    server.write_all(b"answer").expect("it is open");
    client.read_exact(&mut read[..6]).expect("it came");
    // Acknowledgements can wait so long.
    sleep(Duration::from_millis(500));

    let truth = TcpInfo::of(&client);
    let request = json!({ "family": "inet", "protocol": "tcp", "ext": ["info"],
        "states": ["established"] });
    let all = ask(&["dump", "inet-diag", "get", &request.to_string()]);
    let info = &entry(&all, |entry| entry["id"]["dport"] == port)["info"];
    let mut compared = 0;
    for (name, offset, size) in FIELDS {
        let number = truth.number(offset, size);
        assert_eq!(info[name].as_u64(), number, "{name}: {info}");
        compared += usize::from(number.is_some());
    }
    assert!(
        compared > 50,
        "the kernel's struct has {} bytes",
        truth.len()
    );
    assert_eq!(info["bytes-received"], 6, "{info}");
    assert_eq!(
        info["bytes-acked"], 3001,
        "the first segment counts as a byte: {info}"
    );

    // Both ends are on this machine, and each shifts by what the other says.
    let scale = truth.number(6, 1).expect("it is at the start");
    let both = (info["snd-wscale"].as_u64(), info["rcv-wscale"].as_u64());
    assert_eq!(both, (Some(scale & 15), Some(scale >> 4)), "{info}");
    assert!(scale > 0, "windows are scaled");
    assert_eq!(
        (&info["state"], &info["ca-state"]),
        (&json!("established"), &json!("open"))
    );
    let options = ["timestamps", "sack", "wscale"];
    let has = |option| {
        info["options"]
            .as_array()
            .is_some_and(|all| all.contains(&json!(option)))
    };
    assert!(options.into_iter().all(has), "{info}");
}

#[test]
fn sock_diag_tells_memory_options_and_the_state_of_the_congestion_control() {
    ["tcp_diag", "tcp_bbr", "tcp_dctcp", "tcp_vegas"]
        .into_iter()
        .for_each(module);
    let listener = TcpListener::bind("127.0.0.1:0").expect("lo is up");
    let port = listener.local_addr().expect("bound").port();
    let client = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    for (control, attribute, member) in [
        ("vegas", "vegasinfo", "rtt"),
        ("dctcp", "dctcpinfo", "alpha"),
        ("bbr", "bbrinfo", "pacing-gain"),
    ] {
        setsockopt(&client, TcpCongestion, &OsString::from(control)).expect("root");
        let request = json!({ "family": "inet", "protocol": "tcp", "states": ["established"],
            "ext": ["meminfo", "skmeminfo", "vegasinfo", "cong"] });
        let all = ask(&["dump", "inet-diag", "get", &request.to_string()]);
        let found = entry(&all, |entry| entry["id"]["dport"] == port);
        // Where the network does not mark segments, dctcp acts as reno, and says so.
        let name = found["cong"].as_str().expect("a name");
        assert!(name.starts_with(control), "{found}");
        assert!(found[attribute][member].is_u64(), "{found}");
        let wanted = getsockopt(&client, RcvBuf).expect("a number");
        assert_eq!(found["skmeminfo"]["rcvbuf"], wanted, "{found}");
        assert!(found["meminfo"]["wmem"].is_u64(), "{found}");
        assert_eq!(found["sockopt"]["is-icsk"], 1, "{found}");
        assert_eq!(found["sockopt"]["freebind"], 0, "{found}");
    }
}

#[test]
fn sock_diag_tells_of_multipath_tcp_and_of_sctp_what_is_theirs() {
    ["mptcp_diag", "sctp_diag"].into_iter().for_each(module);
    let address: SocketAddr = "127.0.0.1:0".parse().expect("an address");
    for (protocol, command, more, member) in [
        (
            Protocol::MPTCP,
            "get-mptcp",
            json!({ "protocol-number": 262 }),
            "subflows-max",
        ),
        (
            Protocol::SCTP,
            "get-sctp",
            json!({ "protocol": "sctp" }),
            "s-type",
        ),
    ] {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(protocol)).expect("it is there");
        socket.bind(&address.into()).expect("lo is up");
        socket.listen(1).expect("it is bound");
        let port = socket
            .local_addr()
            .ok()
            .and_then(|a| a.as_socket())
            .expect("bound")
            .port();
        let mut request = json!({ "family": "inet", "ext": ["info"], "states": ["listen"] });
        let more = more.as_object().expect("an object").clone();
        request.as_object_mut().expect("an object").extend(more);
        let all = ask(&["dump", "inet-diag", command, &request.to_string()]);
        let found = entry(&all, |entry| entry["id"]["sport"] == port);
        assert!(found["info"][member].is_u64(), "{command}: {found}");
    }
}
