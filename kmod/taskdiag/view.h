/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A view: who asks, and so which tasks and which of their fields may be told.
 *
 * A dump goes on in the context of whoever receives from the socket, which need
 * not be who asked. So everything that decides what may be told is snapshotted
 * when the request arrives, and every chunk of the dump is judged by it.
 */
#ifndef TASKDIAG_VIEW_H
#define TASKDIAG_VIEW_H

#include <linux/types.h>

struct cred;
struct pid;
struct pid_namespace;
struct task_struct;
struct user_namespace;

/**
 * enum td_sight - what a view may see of tasks that it may not ptrace-read
 * @TD_SIGHT_ALL: everything that /proc shows to anyone (hidepid=0)
 * @TD_SIGHT_PID: that they exist, and no more (hidepid=1)
 * @TD_SIGHT_NONE: nothing (hidepid=2, hidepid=4, or no procfs to go by)
 */
enum td_sight {
	TD_SIGHT_ALL,
	TD_SIGHT_PID,
	TD_SIGHT_NONE,
};

/**
 * struct td_view - who asks
 * @pid_ns: the caller's pid namespace: whose tasks, and in whose numbers
 * @level: @pid_ns's level, at which its numbers stand in a struct pid
 * @sight: what may be seen of tasks that fail td_may_read()
 * @ptrace_suffices: whoever may ptrace-read another task may be told its sensitive groups
 * @reads_all: caller and opener both have CAP_SYS_PTRACE in the initial user
 *	namespace, so td_may_read() holds for every task
 * @plain_ids: @cred's user namespace is the initial one, which maps each id to itself
 * @cred: the caller's credentials; their user namespace is the one ids are told in
 * @opener: the credentials that opened the socket, often @cred itself
 * @self: the caller's thread group, which always may read itself
 * @boot_offset: what the caller's time namespace adds to CLOCK_BOOTTIME, in ns
 */
struct td_view {
	struct pid_namespace *pid_ns;
	unsigned int level;
	enum td_sight sight;
	bool ptrace_suffices;
	bool reads_all;
	bool plain_ids;
	const struct cred *cred;
	const struct cred *opener;
	struct pid *self;
	u64 boot_offset;
};

enum td_sight td_sight_of_proc(const struct td_view *view);
int td_sight_of_fd(const struct td_view *view, s32 fd, enum td_sight *sight);
bool td_may_read(const struct td_view *view, struct task_struct *task);
bool td_sensitive_begin(const struct td_view *view, struct task_struct *task);
void td_sensitive_end(const struct td_view *view, struct task_struct *task);

#endif /* TASKDIAG_VIEW_H */
