// SPDX-License-Identifier: MIT OR Apache-2.0

//! Loading and unloading taskdiag under use.

use genlkit::{
    ErrorKind,
    client::{Client, Event},
    generated::taskdiag::{FAMILY, Notification, PingRequest, TaskGetDump, TaskGetRequest, uapi},
};
use genlkit_tests::{
    child::Child,
    listener::Listener,
    raw::{RawSocket, Request},
    tasks::{ALL, dumped_pids},
};
use nix::{
    errno::Errno,
    kmod::{DeleteModuleFlags, ModuleInitFlags, delete_module, finit_module},
};
use std::{
    env,
    fs::File,
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

fn client() -> Client {
    Client::open().expect("a socket")
}

fn unload() -> Result<(), Errno> {
    delete_module(c"taskdiag", DeleteModuleFlags::O_NONBLOCK)
}

fn load() {
    let modules = env::var_os("GENLKIT_MODULES").expect("where the modules are");
    let path = PathBuf::from(modules).join("taskdiag.ko");
    let module = File::open(path).expect("the module");
    match finit_module(&module, c"", ModuleInitFlags::empty()) {
        Ok(()) | Err(Errno::EEXIST) => {}
        Err(errno) => panic!("{errno}"),
    }
}

/// Unloads as soon as what still holds the module lets go of it.
fn unload_soon() {
    for _ in 0..1000 {
        match unload() {
            Ok(()) => return,
            Err(Errno::EWOULDBLOCK) => thread::sleep(Duration::from_millis(2)),
            Err(errno) => panic!("{errno}"),
        }
    }
    panic!("something holds the module");
}

/// Sees to it that the module is loaded at the end of a test, whatever its end is.
struct Loaded;

impl Drop for Loaded {
    fn drop(&mut self) {
        load();
    }
}

#[test]
fn without_the_module_the_error_says_what_to_do() {
    let _loaded = Loaded;
    unload().expect("nobody uses it");
    let error = client().call(&PingRequest::new()).expect_err("no module");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(
        error.hint().is_some_and(|hint| hint.contains("insmod")),
        "{error:?}"
    );
}

#[test]
fn a_client_goes_on_after_the_module_was_loaded_again() {
    let _loaded = Loaded;
    let mut client = client();
    client.call(&PingRequest::new()).expect("an answer");
    for _ in 0..3 {
        unload().expect("nobody uses it");
        load();
        client.call(&PingRequest::new()).expect("an answer");
        assert!(dumped_pids(&mut client).contains(&std::process::id()));
    }
}

#[test]
fn an_open_dump_holds_the_module() {
    let _loaded = Loaded;
    let _many: Vec<_> = (0..400).map(|_| Child::sleeping()).collect();
    let mut client = client();
    let mut tasks = client
        .dump(&TaskGetDump::new().groups(ALL))
        .expect("a dump");
    tasks.next().expect("a task").expect("one at least");
    assert_eq!(unload(), Err(Errno::EWOULDBLOCK));
    // The dump goes on as if nothing had been.
    while tasks.next().expect("a task").is_some() {}
    drop(tasks);
    unload().expect("nobody uses it");
    load();
}

#[test]
fn a_socket_closed_amid_a_dump_lets_go_of_the_module() {
    let _loaded = Loaded;
    let _many: Vec<_> = (0..150).map(|_| Child::sleeping()).collect();
    let socket = RawSocket::generic();
    let family = socket.family("taskdiag");
    let dump = Request::of(&family, uapi::TASKDIAG_CMD_TASK_GET)
        .u32(uapi::TASKDIAG_A_TASK_GROUPS, ALL.bits())
        .dump();
    socket.send(&dump.bytes()).expect("it is sent");
    assert_eq!(unload(), Err(Errno::EWOULDBLOCK));
    drop(socket);
    unload_soon();
    load();
}

#[test]
fn listeners_do_not_hold_the_module_and_hear_again_when_they_join_again() {
    let _loaded = Loaded;
    let mut old = Listener::join();
    let child = Child::zombie(0);
    old.until_exit_of(child.pid());
    unload().expect("listeners do not hold it");
    Child::zombie(0).wait();
    load();
    let mut new = Listener::join();
    let child = Child::zombie(0);
    new.until_exit_of(child.pid());
    drop(old);
    // The old one's leaving does not silence the new one.
    thread::sleep(Duration::from_millis(2500));
    let child = Child::zombie(0);
    new.until_exit_of(child.pid());
}

#[test]
fn the_module_comes_and_goes_under_load() {
    let _loaded = Loaded;
    static STOP: AtomicBool = AtomicBool::new(false);
    let _many: Vec<_> = (0..100).map(|_| Child::sleeping()).collect();
    let busy = |work: fn(&mut Client)| {
        thread::spawn(move || {
            let mut client = client();
            while !STOP.load(Ordering::Relaxed) {
                work(&mut client);
            }
        })
    };
    let threads = [
        busy(|client| {
            let Ok(mut tasks) = client.dump(&TaskGetDump::new().groups(ALL)) else {
                return;
            };
            while let Ok(Some(_)) = tasks.next() {}
        }),
        busy(|client| drop(client.call(&TaskGetRequest::new().pid(1)))),
        busy(|_| drop(client().subscribe(&FAMILY, "events"))),
        busy(|_| _ = Child::zombie(0).wait()),
    ];
    for _ in 0..15 {
        thread::sleep(Duration::from_millis(50));
        unload_soon();
        load();
    }
    STOP.store(true, Ordering::Relaxed);
    for thread in threads {
        thread.join().expect("it works until it is told to stop");
    }
    client().call(&PingRequest::new()).expect("an answer");
}

#[test]
fn a_subscription_outlives_a_reload_and_says_so() {
    let _loaded = Loaded;
    let mut client = client();
    client.subscribe(&FAMILY, "events").expect("root may join");
    unload_soon();
    load();
    let (mut gone, mut back) = (false, false);
    let mut events = client.events::<Notification<'_>>();
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        match events.next_until(until).expect("a socket") {
            Some(Event::Unregistered) => gone = true,
            Some(Event::Registered) => back = gone,
            Some(Event::Notification { .. }) if back => return,
            Some(_) => {}
            None => panic!("no event of the new module: {gone} {back}"),
        }
        if back {
            drop(Child::sleeping());
        }
    }
}
