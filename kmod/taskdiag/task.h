/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one task tells, as plain integers and bytes: the whole of what the Rust
 * handlers know of a task. bindgen reads this file; pointers stay out of the
 * structs, so that nothing in them can outlive the RCU section they were
 * filled in.
 */
#ifndef TASKDIAG_TASK_H
#define TASKDIAG_TASK_H

#include <linux/cred.h>
#include <linux/types.h>

struct td_view;

/* As TASK_COMM_LEN: a name of up to 15 bytes and its NUL. */
#define TD_COMM_LEN 16

/**
 * struct td_cred - whom a task acts for, in the view's user namespace
 */
struct td_cred {
	u32 uid;
	u32 gid;
	u32 euid;
	u32 egid;
	u32 suid;
	u32 sgid;
	u32 fsuid;
	u32 fsgid;
	u64 cap_eff;
	u64 cap_prm;
	u64 cap_inh;
};

/**
 * struct td_cpu - what a thread, or all threads of a process ever, used
 * @utime: ns in user mode, scaled as /proc/PID/stat does
 * @stime: ns in kernel mode, likewise
 * @runtime: ns on a processor, by the scheduler's clock
 * @minflt: page faults without I/O
 * @majflt: page faults with I/O
 * @nvcsw: voluntary context switches
 * @nivcsw: involuntary context switches
 */
struct td_cpu {
	u64 utime;
	u64 stime;
	u64 runtime;
	u64 minflt;
	u64 majflt;
	u64 nvcsw;
	u64 nivcsw;
};

/**
 * struct td_task - one task
 * @pid: its id; this and the ids below are of the view's pid namespace,
 *	0 where it does not know the task
 * @filled: the TASKDIAG_GROUP_* that follow; the rest of the struct is undefined
 * @omitted: those that were asked for, and are withheld wholly or in part
 * @tgid: its process's id
 * @ppid: its real parent process's id
 * @pgid: its process group's id
 * @sid: its session's id
 * @nthreads: threads in its process
 * @flags: PF_*
 * @start_time: ns of CLOCK_BOOTTIME in the view's time namespace
 * @exit_code: as for wait(2); defined if @has_exit_code
 * @state: enum taskdiag_state
 * @has_exit_code: the task has exited, and the view may know how
 * @comm: its name, which ends at the first NUL
 * @cred: the cred group
 * @cpu: the cpu group
 */
struct td_task {
	u32 pid;
	u32 filled;
	u32 omitted;
	u32 tgid;
	u32 ppid;
	u32 pgid;
	u32 sid;
	u32 nthreads;
	u32 flags;
	s32 exit_code;
	u64 start_time;
	u8 state;
	u8 has_exit_code;
	u8 comm[TD_COMM_LEN];
	struct td_cred cred;
	struct td_cpu cpu;
};

struct td_view *td_view_new(const struct cred *opener);
void td_view_free(struct td_view *view);

bool td_task_get(const struct td_view *view, u32 pid, u32 groups, struct td_task *out);
u32 td_task_batch(const struct td_view *view, u32 *next, u32 groups,
		  struct td_task *out, u32 max);

#endif /* TASKDIAG_TASK_H */
