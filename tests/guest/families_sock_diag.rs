// SPDX-License-Identifier: MIT OR Apache-2.0

//! Sockets of each kind over NETLINK_SOCK_DIAG, by exchanges through `genlkit`.

use genlkit_tests::genlkit::{Watch, ask, entry, module, page_shows};
use genlkit_tests::raw::RawSocket;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};
use serde_json::json;
use std::net::{TcpListener, TcpStream};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener};

#[test]
fn sock_diag_tells_tcp_sockets_with_their_states_and_what_was_asked_for() {
    module("tcp_diag");
    let listener = TcpListener::bind("127.0.0.1:0").expect("lo is up");
    let port = listener.local_addr().expect("bound").port();
    let _client = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    let request = json!({ "family": "inet", "protocol": "tcp", "ext": ["info"],
        "states": ["listen", "established"] });
    let all = ask(&["dump", "inet-diag", "get", &request.to_string()]);
    entry(&all, |entry| {
        entry["id"]["sport"] == port && entry["state"] == "listen"
    });
    let found = entry(&all, |entry| entry["id"]["dport"] == port);
    assert_eq!(found["state"], "established", "{found}");
    assert_eq!(found["id"]["dst"], "127.0.0.1", "{found}");
    assert!(found["info"]["options"].is_array(), "{found}");
}

#[test]
fn sock_diag_tells_sockets_of_every_state_where_none_is_given() {
    module("tcp_diag");
    let listener = TcpListener::bind("127.0.0.1:0").expect("lo is up");
    let port = listener.local_addr().expect("bound").port();
    let get = ["dump", "inet-diag", "get", "family=inet", "protocol=tcp"];
    let found = ask(&get);
    entry(&found, |entry| {
        entry["id"]["sport"] == port && entry["state"] == "listen"
    });
    assert_eq!(ask(&[&get[..], &["states=0"]].concat()), json!([]));
}

#[test]
fn sock_diag_tells_of_a_destroyed_connection() {
    module("tcp_diag");
    let watch = Watch::start(&["inet-diag", "inet-tcp-destroy"]);
    let listener = TcpListener::bind("127.0.0.1:0").expect("lo is up");
    let port = listener.local_addr().expect("bound").port();
    drop(TcpStream::connect(("127.0.0.1", port)).expect("it listens"));
    drop(listener);
    watch.until(|event| event["msg"]["id"]["sport"] == port || event["msg"]["id"]["dport"] == port);
}

#[test]
fn sock_diag_tells_unix_sockets_by_name() {
    module("unix_diag");
    let address = SocketAddr::from_abstract_name("genlkit-diag").expect("a name");
    let _listener = UnixListener::bind_addr(&address).expect("free");
    let all = ask(&["dump", "unix-diag", "get", r#"{"show": ["name"]}"#]);
    let found = entry(&all, |entry| entry["name"] == "0067656e6c6b69742d64696167");
    assert_eq!(found["state"], "listen", "{found}");
}

#[test]
fn sock_diag_tells_netlink_sockets() {
    module("netlink_diag");
    let socket = RawSocket::user();
    let all = ask(&["dump", "netlink-diag", "get"]);
    entry(&all, |entry| entry["protocol"] == 2);
    drop(socket);
}

#[test]
fn sock_diag_tells_packet_sockets() {
    module("af_packet_diag");
    let packet = socket(
        AddressFamily::Packet,
        SockType::Datagram,
        SockFlag::empty(),
        None,
    );
    let all = ask(&["dump", "packet-diag", "get", r#"{"show": ["info"]}"#]);
    let found = entry(&all, |entry| entry["info"].is_object());
    assert!(found["ino"].as_u64() > Some(0), "{found}");
    drop(packet.expect("root"));
}

#[test]
fn the_page_shows_sock_diag() {
    page_shows("SOCK_DIAG");
}
