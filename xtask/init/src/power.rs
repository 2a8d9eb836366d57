// SPDX-License-Identifier: MIT OR Apache-2.0

//! Ends the guest in a way that tells QEMU whether the run was complete.

use genlkit_init::job::EXIT_BYTE;

/// The I/O port of QEMU's isa-debug-exit device, as the host configures it.
const DEBUG_EXIT_PORT: u16 = 0xf4;

/// Ends the guest: through isa-debug-exit when complete, else by a reboot, which `-no-reboot` turns into exit 0.
pub(crate) fn off(complete: bool) -> ! {
    if complete {
        debug_exit();
    }
    let _ = rustix::system::reboot(rustix::system::RebootCommand::Restart);
    loop {
        std::thread::park();
    }
}

fn debug_exit() {
    // SAFETY: ioperm takes no pointers; PID 1 has CAP_SYS_RAWIO.
    if unsafe { libc::ioperm(u64::from(DEBUG_EXIT_PORT), 1, 1) } != 0 {
        eprintln!("genlkit-init: ioperm: {}", std::io::Error::last_os_error());
        return;
    }
    // SAFETY: the port is ours by the ioperm above, and writing it ends the machine.
    unsafe {
        std::arch::asm!("out dx, al", in("dx") DEBUG_EXIT_PORT, in("al") EXIT_BYTE, options(nomem, nostack));
    }
}
