// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds tasks and tells of them, to a view, as /proc/PID/{stat,status} would.
 *
 * Tasks are read where they are, under RCU: no reference is taken, no lock is
 * held, and nothing here waits for a task, so that one which is stuck cannot
 * hold up a listing. Figures that change meanwhile are each right, but not of
 * one instant together.
 */
#include <linux/cred.h>
#include <linux/idr.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/radix-tree.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "../generated/uapi/linux/taskdiag.h"
#include "cputime.h"
#include "task.h"
#include "view.h"

/* How many numbers are looked at in one RCU section: enough that entering it costs nothing. */
#define LOOKS 64

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

static void fill_base(const struct td_view *view, struct task_struct *task, struct td_task *out)
{
	const struct signal_struct *sig = task->signal;
	const struct task_struct *parent;

	out->tgid = signal_pid(view, sig, PIDTYPE_TGID);
	out->pgid = signal_pid(view, sig, PIDTYPE_PGID);
	out->sid = signal_pid(view, sig, PIDTYPE_SID);
	/* A reaped task's real_parent may be gone for longer than RCU waits. */
	parent = pid_alive(task) ? rcu_dereference(task->real_parent) : NULL;
	out->ppid = parent ? signal_pid(view, parent->signal, PIDTYPE_TGID) : 0;
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
static void fill_exit_code(const struct td_view *view, struct task_struct *task,
			   struct td_task *out)
{
	const struct signal_struct *sig = task->signal;

	if (!td_may_read(view, task)) {
		out->omitted |= TASKDIAG_GROUP_BASE;
		return;
	}
	out->has_exit_code = true;
	out->exit_code = task->exit_code;
	if (thread_group_leader(task) && READ_ONCE(sig->flags) & SIGNAL_GROUP_EXIT)
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

/*
 * Tells of @task all that the view may know of what was asked for. False if
 * the view must not know of it at all. Under rcu_read_lock().
 */
static bool fill(const struct td_view *view, struct task_struct *task, u32 nr, bool process,
		 u32 groups, struct td_task *out)
{
	out->pid = nr;
	out->filled = 0;
	out->omitted = 0;

	if (view->sight != TD_SIGHT_ALL && !td_may_read(view, task)) {
		out->omitted = groups;
		return view->sight == TD_SIGHT_PID;
	}

	if (groups & TASKDIAG_GROUP_BASE) {
		fill_base(view, task, out);
		if (task->exit_state)
			fill_exit_code(view, task, out);
		out->filled |= TASKDIAG_GROUP_BASE;
	}
	if (groups & TASKDIAG_GROUP_CRED) {
		fill_cred(view, task, &out->cred);
		out->filled |= TASKDIAG_GROUP_CRED;
	}
	if (groups & TASKDIAG_GROUP_CPU) {
		if (!process)
			td_cpu_of_thread(task, &out->cpu);
		if (!process || td_cpu_of_process(task, &out->cpu))
			out->filled |= TASKDIAG_GROUP_CPU;
		else
			out->omitted |= TASKDIAG_GROUP_CPU;
	}
	return true;
}

/**
 * td_task_get - tells of one task
 * @view: who asks
 * @pid: a process's or thread's id in the view's pid namespace
 * @groups: TASKDIAG_GROUP_* to tell
 * @out: what there is to tell
 *
 * Return: false if there is no such task, or the view must not know of it.
 */
bool td_task_get(const struct td_view *view, u32 pid, u32 groups, struct td_task *out)
{
	struct task_struct *task;
	bool found = false;

	if (pid > INT_MAX)
		return false;
	rcu_read_lock();
	task = pid_task(find_pid_ns(pid, view->pid_ns), PIDTYPE_PID);
	if (task)
		found = fill(view, task, pid, thread_group_leader(task), groups, out);
	rcu_read_unlock();
	return found;
}

/**
 * struct walk - a batch in the making
 * @next: the least pid not looked at
 * @groups: TASKDIAG_GROUP_* to tell
 * @out: the tasks told of
 * @n: how many those are
 * @max: how many there may be
 */
struct walk {
	unsigned long next;
	u32 groups;
	struct td_task *out;
	u32 n;
	u32 max;
};

/*
 * Looks at some pid numbers in one RCU section. False if there are no more.
 * The tree that holds them is an idr, walked here as the idr code walks it.
 */
static bool walk_some(const struct td_view *view, struct walk *walk)
{
	const struct idr *pids = &view->pid_ns->idr;
	struct radix_tree_iter iter;
	unsigned int looks = LOOKS;
	struct task_struct *task;
	void __rcu **slot;
	bool more = false;
	void *entry;

	rcu_read_lock();
	radix_tree_for_each_slot(slot, &pids->idr_rt, &iter, walk->next) {
		if (walk->n == walk->max || !looks--) {
			more = true;
			break;
		}
		entry = rcu_dereference_raw(*slot);
		if (xa_is_internal(entry)) {
			/* The tree grew or shrank under us: look again at this number. */
			slot = radix_tree_iter_retry(&iter);
			continue;
		}
		walk->next = iter.index + 1;
		/* Threads other than the first have numbers too, but lead no process. */
		task = pid_task(entry, PIDTYPE_TGID);
		if (task && fill(view, task, iter.index, true, walk->groups, &walk->out[walk->n]))
			walk->n++;
	}
	rcu_read_unlock();
	return more;
}

/**
 * td_task_batch - tells of the next processes
 * @view: who asks
 * @next: the least pid that will do; on return the least not looked at
 * @groups: TASKDIAG_GROUP_* to tell
 * @out: what there is to tell, of a process each, in the order of their pids
 * @max: how many @out has room for
 *
 * Walking by number needs no lock and no reference between calls, and meets
 * each process that lives throughout exactly once. A batch walks the tree of
 * numbers itself: find_ge_pid(), which starts at the root each time, would cost
 * about as much as all that is told of a task.
 *
 * Context: may sleep.
 * Return: how many were told of; 0 if there are no more.
 */
u32 td_task_batch(const struct td_view *view, u32 *next, u32 groups,
		  struct td_task *out, u32 max)
{
	struct walk walk = { .next = *next, .groups = groups, .out = out, .max = max };

	while (walk_some(view, &walk) && walk.n < max)
		cond_resched();
	cond_resched();
	*next = min(walk.next, U32_MAX);
	return walk.n;
}
