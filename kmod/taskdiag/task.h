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

struct task_struct;
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
 * struct td_span - some bytes of the text that goes with tasks
 * @at: the first, in struct td_room's @text
 * @len: how many
 */
struct td_span {
	u32 at;
	u32 len;
};

/**
 * struct td_sched - how a thread is scheduled
 * @prio: as field 18 of /proc/PID/stat
 * @nice: -20 to 19
 * @policy: SCHED_*
 * @cpu: where it runs or ran last
 * @rt_prio: 1 to 99, or 0
 * @affinity: the processors it may run on, a bit each, lowest first
 */
struct td_sched {
	s32 prio;
	s32 nice;
	u32 policy;
	u32 cpu;
	u32 rt_prio;
	struct td_span affinity;
};

/**
 * struct td_mm - what memory a process has, in bytes
 * @vsz: address space
 * @rss: resident, of all three kinds
 * @anon: resident, anonymous
 * @file: resident, of files
 * @shmem: resident, shared
 * @swap: swapped out
 * @hiwater: the most that was ever resident
 */
struct td_mm {
	u64 vsz;
	u64 rss;
	u64 anon;
	u64 file;
	u64 shmem;
	u64 swap;
	u64 hiwater;
};

/**
 * struct td_io - what a thread, or all threads of a process ever, read and wrote
 *
 * As in /proc/PID/io.
 */
struct td_io {
	u64 rchar;
	u64 wchar;
	u64 syscr;
	u64 syscw;
	u64 read_bytes;
	u64 write_bytes;
	u64 cancelled_write_bytes;
};

/**
 * struct td_ns - the inode numbers of a task's namespaces, 0 where it has none
 */
struct td_ns {
	u32 cgroup;
	u32 ipc;
	u32 mnt;
	u32 net;
	u32 pid;
	u32 pid_for_children;
	u32 time;
	u32 time_for_children;
	u32 user;
	u32 uts;
};

/**
 * struct td_cgroup - a task's cgroup in the unified hierarchy
 * @id: its directory's inode number
 * @path: as the caller's cgroup namespace shows it; empty in a dump
 */
struct td_cgroup {
	u64 id;
	struct td_span path;
};

/**
 * struct td_exe - the file that a process runs
 * @dev: the device of its file system
 * @ino: its inode number
 * @path: as seen from the caller's root; empty in a dump
 */
struct td_exe {
	u64 dev;
	u64 ino;
	struct td_span path;
};

/**
 * struct td_task - one task
 * @pid: its id; this and the ids below are of the view's pid namespace,
 *	0 where it does not know the task
 * @filled: the TASKDIAG_GROUP_* that follow; the rest of the struct is undefined.
 *	A group that was asked for and is neither here nor omitted, this task
 *	does not have.
 * @omitted: those that were asked for, and are withheld wholly or in part
 * @late: those that td_fill_late() is yet to find out; for the walk only
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
 * @fds: open file descriptors
 * @cmdline: the cmdline group
 *
 * The rest are the groups of their names.
 */
struct td_task {
	u32 pid;
	u32 filled;
	u32 omitted;
	u32 late;
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
	u32 fds;
	struct td_cred cred;
	struct td_cpu cpu;
	struct td_sched sched;
	struct td_mm mm;
	struct td_io io;
	struct td_ns ns;
	struct td_cgroup cgroup;
	struct td_exe exe;
	struct td_span cmdline;
};

/* The most tasks that are told of at once, in one RCU section. */
#define TD_BATCH 16

/**
 * struct td_room - where what is told goes
 * @tasks: @max tasks
 * @max: at most TD_BATCH
 * @text: @text_max bytes, which begin to be used anew with each batch
 * @text_max: how long @text is
 * @text_len: how much of it is used
 */
struct td_room {
	struct td_task *tasks;
	u32 max;
	u8 *text;
	u32 text_max;
	u32 text_len;
};

/* What of struct td_filter counts. */
#define TD_FILTER_PPID		0x01
#define TD_FILTER_UID		0x02
#define TD_FILTER_COMM		0x04
#define TD_FILTER_STATE		0x08
#define TD_FILTER_CGROUP	0x10
#define TD_FILTER_RSS		0x20
#define TD_FILTER_CPU		0x40
#define TD_FILTER_KTHREADS	0x80

/**
 * struct td_filter - what a task must be like to be told of
 * @set: the TD_FILTER_* that count
 * @ppid: its parent process
 * @uid: its effective user id
 * @states: a bit for each enum taskdiag_state that will do
 * @kthreads: whether it is a kernel thread
 * @comm: its name, padded with NULs
 * @cgroup_id: its cgroup
 * @min_rss: the least resident memory, in bytes
 * @min_cpu: the least processor time, in ns
 */
struct td_filter {
	u32 set;
	u32 ppid;
	u32 uid;
	u32 states;
	bool kthreads;
	u8 comm[TD_COMM_LEN];
	u64 cgroup_id;
	u64 min_rss;
	u64 min_cpu;
};

/**
 * struct td_query - which tasks, and what of each
 * @groups: TASKDIAG_GROUP_* to tell
 * @threads: of each thread by itself, instead of each process
 * @paths: paths, too, as seen by the current task
 * @pid_max: the highest id of a task that will do
 * @filter: what a task must be like
 * @pids: @npids ids of processes in ascending order, each once: no others will
 *	do; of query.c, which frees them
 * @npids: 0 if there is no such list
 */
struct td_query {
	u32 groups;
	bool threads;
	bool paths;
	u32 pid_max;
	struct td_filter filter;
	u32 *pids;
	u32 npids;
};

int td_view_new(const struct cred *opener, s32 procfs_fd, struct td_view **out);
void td_view_free(struct td_view *view);

int td_query_list(struct td_query *query, u32 most);
void td_query_add(struct td_query *query, u32 pid, u32 most);
void td_query_sort(struct td_query *query);
void td_query_release(struct td_query *query);

u32 td_text_max(u32 groups, u32 tasks, bool paths);
struct td_room *td_room_new(u32 groups, u32 tasks, bool paths);
void td_room_free(struct td_room *room);

bool td_task_get(const struct td_view *view, u32 pid, u32 groups, struct td_room *room);
u32 td_task_batch(const struct td_view *view, const struct td_query *query, u32 *next,
		  struct td_room *room, u32 max);

#endif /* TASKDIAG_TASK_H */
