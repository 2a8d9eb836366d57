// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tells of a task, to a view, as /proc/PID/{stat,status} would.
 *
 * A task is read where it is, under RCU: no reference is taken, no lock is
 * held that others hold for long, and nothing here waits for a task, so that
 * one which is stuck cannot hold up a listing. Figures that change meanwhile
 * are each right, but not of one instant together.
 */
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "cputime.h"
#include "fill.h"
#include "view.h"

static_assert(TD_COMM_LEN == TASK_COMM_LEN);
/* enum taskdiag_state counts as task_state_index() does. */
static_assert(TASKDIAG_STATE_ZOMBIE == 6 && EXIT_ZOMBIE == 1 << 5);
static_assert(TASKDIAG_STATE_IDLE == 8 && TASK_REPORT_IDLE == 1 << 7);

/* @pid's number in the view's namespace, 0 if that does not know it. */
static u32 pid_seen(const struct td_view *view, const struct pid *pid)
{
	const struct upid *upid;

	if (!pid || pid->level < view->level)
		return 0;
	upid = &pid->numbers[view->level];
	return upid->ns == view->pid_ns ? upid->nr : 0;
}

static u32 signal_pid(const struct td_view *view, const struct signal_struct *sig,
		      enum pid_type type)
{
	return pid_seen(view, READ_ONCE(sig->pids[type]));
}

/**
 * td_tgid_seen - a task's process, as a view knows it
 * @view: who asks
 * @task: the task
 *
 * Context: under rcu_read_lock().
 * Return: its id, 0 if the view does not know it.
 */
u32 td_tgid_seen(const struct td_view *view, const struct task_struct *task)
{
	return signal_pid(view, task->signal, PIDTYPE_TGID);
}

/**
 * td_ppid_seen - a task's real parent process, as a view knows it
 * @view: who asks
 * @task: the task
 *
 * Context: under rcu_read_lock().
 * Return: its id, 0 if there is none or the view does not know it.
 */
u32 td_ppid_seen(const struct td_view *view, struct task_struct *task)
{
	/* A reaped task's real_parent may be gone for longer than RCU waits. */
	const struct task_struct *parent =
		pid_alive(task) ? rcu_dereference(task->real_parent) : NULL;

	return parent ? signal_pid(view, parent->signal, PIDTYPE_TGID) : 0;
}

static void fill_base(const struct td_view *view, struct task_struct *task, struct td_task *out)
{
	const struct signal_struct *sig = task->signal;

	out->tgid = td_tgid_seen(view, task);
	out->pgid = signal_pid(view, sig, PIDTYPE_PGID);
	out->sid = signal_pid(view, sig, PIDTYPE_SID);
	out->ppid = td_ppid_seen(view, task);
	out->nthreads = READ_ONCE(sig->nr_threads);
	out->flags = READ_ONCE(task->flags);
	out->start_time = task->start_boottime + view->boot_offset;
	out->state = task_state_index(task);

	/* The name's own writer keeps the last byte NUL; a torn name is a name still. */
	memcpy(out->comm, task->comm, TD_COMM_LEN);
	out->has_exit_code = false;
}

/*
 * How a task ended. /proc tells only those who may ptrace-read it; to others
 * the base group is then told in part, and omitted says so.
 */
static void fill_exit_code(const struct td_view *view, struct task_struct *task, bool process,
			   struct td_task *out)
{
	const struct signal_struct *sig = task->signal;

	if (!td_may_read(view, task)) {
		out->omitted |= TASKDIAG_GROUP_BASE;
		return;
	}
	out->has_exit_code = true;
	out->exit_code = task->exit_code;
	if (process && READ_ONCE(sig->flags) & SIGNAL_GROUP_EXIT)
		out->exit_code = sig->group_exit_code;
}

static void fill_cred(const struct td_view *view, struct task_struct *task, struct td_cred *out)
{
	const struct cred *cred = __task_cred(task);
	struct user_namespace *ns = view->cred->user_ns;

	if (view->plain_ids) {
		out->uid = __kuid_val(cred->uid);
		out->gid = __kgid_val(cred->gid);
		out->euid = __kuid_val(cred->euid);
		out->egid = __kgid_val(cred->egid);
		out->suid = __kuid_val(cred->suid);
		out->sgid = __kgid_val(cred->sgid);
		out->fsuid = __kuid_val(cred->fsuid);
		out->fsgid = __kgid_val(cred->fsgid);
	} else {
		out->uid = from_kuid_munged(ns, cred->uid);
		out->gid = from_kgid_munged(ns, cred->gid);
		out->euid = from_kuid_munged(ns, cred->euid);
		out->egid = from_kgid_munged(ns, cred->egid);
		out->suid = from_kuid_munged(ns, cred->suid);
		out->sgid = from_kgid_munged(ns, cred->sgid);
		out->fsuid = from_kuid_munged(ns, cred->fsuid);
		out->fsgid = from_kgid_munged(ns, cred->fsgid);
	}
	out->cap_eff = cred->cap_effective.val;
	out->cap_prm = cred->cap_permitted.val;
	out->cap_inh = cred->cap_inheritable.val;
}

/* What a group is told of, omitted or nothing, as is found out. */
static void mark(struct td_task *out, u32 group, bool whole)
{
	if (whole)
		out->filled |= group;
	else
		out->omitted |= group;
}

/* The groups that only some may be told, but for those that are told of late. */
static void fill_sensitive(const struct td_view *view, struct task_struct *task, u32 groups,
			   bool process, struct td_task *out)
{
	if (!td_sensitive_begin(view, task)) {
		out->omitted |= groups;
		return;
	}
	if (groups & TASKDIAG_GROUP_IO)
		mark(out, TASKDIAG_GROUP_IO, td_io_of(task, process, &out->io));
	if (groups & TASKDIAG_GROUP_NS) {
		if (!td_ns_of(task, &out->ns))
			out->omitted |= TASKDIAG_GROUP_NS;
		out->filled |= TASKDIAG_GROUP_NS;
	}
	td_sensitive_end(view, task);
}

/* Groups of which /proc tells everybody, and that cost more than those before. */
static void fill_more(const struct td_query *query, struct task_struct *task, struct td_task *out,
		      struct td_room *room)
{
	u32 groups = query->groups;

	if (groups & TASKDIAG_GROUP_SCHED) {
		td_sched_of(task, &out->sched, room);
		out->filled |= TASKDIAG_GROUP_SCHED;
	}
	if (groups & TASKDIAG_GROUP_MM && td_mm_of(task, &out->mm))
		out->filled |= TASKDIAG_GROUP_MM;
	if (groups & TASKDIAG_GROUP_FDS && td_fds_of(task, &out->fds))
		out->filled |= TASKDIAG_GROUP_FDS;
	if (groups & TASKDIAG_GROUP_CGROUP) {
		out->cgroup.id = td_cgroup_id_of(task);
		out->cgroup.path = (struct td_span){};
		if (query->paths && !td_cgroup_path(task, &out->cgroup.path, room))
			out->omitted |= TASKDIAG_GROUP_CGROUP;
		out->filled |= TASKDIAG_GROUP_CGROUP;
	}
}

/**
 * td_fill - tells of a task all that the view may know of what was asked for
 * @view: who asks
 * @query: for what
 * @task: of whom
 * @process: tell of all threads of its process together
 * @out: where to; its pid is the caller's to fill
 * @room: where the text goes
 *
 * What takes a reference is left to td_fill_late(): @out->late.
 *
 * Context: under rcu_read_lock().
 * Return: false if the view must not know of it at all, or does not ask for it.
 */
bool td_fill(const struct td_view *view, const struct td_query *query, struct task_struct *task,
	     bool process, struct td_task *out, struct td_room *room)
{
	u32 groups = query->groups;

	out->filled = 0;
	out->omitted = 0;
	out->late = 0;

	if (view->sight != TD_SIGHT_ALL && !td_may_read(view, task)) {
		out->omitted = groups;
		/* Whether a filter matches would tell more than that it is there. */
		return view->sight == TD_SIGHT_PID && !query->filter.set &&
		       (process || !query->threads || thread_group_leader(task));
	}
	/* Where all are seen, the walk has asked the filter. */
	if (query->filter.set && view->sight != TD_SIGHT_ALL &&
	    !td_filter_matches(view, &query->filter, task, process))
		return false;

	if (groups & TASKDIAG_GROUP_BASE) {
		fill_base(view, task, out);
		if (task->exit_state)
			fill_exit_code(view, task, process, out);
		out->filled |= TASKDIAG_GROUP_BASE;
	}
	if (groups & TASKDIAG_GROUP_CRED) {
		fill_cred(view, task, &out->cred);
		out->filled |= TASKDIAG_GROUP_CRED;
	}
	if (groups & TASKDIAG_GROUP_CPU) {
		if (!process)
			td_cpu_of_thread(task, &out->cpu);
		mark(out, TASKDIAG_GROUP_CPU, !process || td_cpu_of_process(task, &out->cpu));
	}
	if (groups & ~(TASKDIAG_GROUP_BASE | TASKDIAG_GROUP_CRED | TASKDIAG_GROUP_CPU)) {
		fill_more(query, task, out, room);
		if (groups & TD_SENSITIVE & ~TD_LATE)
			fill_sensitive(view, task, groups & TD_SENSITIVE & ~TD_LATE, process, out);
		out->late = groups & TD_LATE;
	}
	return true;
}
