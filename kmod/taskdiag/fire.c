// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sees what happens to the processes of watches, and has it told.
 *
 * The probes run in the context of whoever execs or exits, and are there only
 * while there is a watch. What they see is judged there, while the task is
 * still all there, by what the one who made the watch may see.
 */
#include <linux/binfmts.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/tracepoint.h>
#include <linux/workqueue.h>

#include "../generated/uapi/linux/taskdiag.h"
#include "fill.h"
#include "probes.h"
#include "target.h"
#include "view.h"

/**
 * struct waiting - a firing that waits to be told of
 * @node: among all of them
 * @watch: which fired
 * @firing: what is told
 */
struct waiting {
	struct llist_node node;
	struct td_watch *watch;
	struct td_firing firing;
};

static LLIST_HEAD(all_waiting);

/* Firings ever dropped, of all watches: one that does not fire again never tells of its own. */
static atomic64_t dropped = ATOMIC64_INIT(0);

/* How many firings were dropped before anyone could be told of them. */
u64 td_firings_dropped(void)
{
	return atomic64_read(&dropped);
}

static void tell(struct work_struct *work)
{
	struct llist_node *all = llist_reverse_order(llist_del_all(&all_waiting));
	struct waiting *waiting, *next;
	struct td_watch *watch;

	llist_for_each_entry_safe(waiting, next, all, node) {
		watch = waiting->watch;
		atomic_dec(&watch->waiting);
		if (!READ_ONCE(watch->ended))
			watch->fired(watch->home, &waiting->firing);
		td_watch_put(watch);
		kfree(waiting);
		cond_resched();
	}
}

static DECLARE_WORK(tell_work, tell);

static void describe(const struct td_view *view, struct task_struct *task,
		     struct td_event_task *out)
{
	const struct task_struct *leader = task->group_leader;

	out->pid = td_tgid_seen(view, task);
	out->tgid = out->pid;
	out->ppid = td_ppid_seen(view, task);
	out->start_time = leader->start_boottime + view->boot_offset;
	memcpy(out->comm, leader->comm, TD_COMM_LEN);
}

/**
 * td_fire - has it told that a watch fired
 * @watch: the watch
 * @task: a thread of the process that it is about
 * @on: enum taskdiag_watch_on: why
 * @value: what the threshold was compared with
 *
 * Of a task that who made the watch may not see any more, nothing is told.
 *
 * Context: under rcu_read_lock(), under which the watch was found; any but NMI.
 */
void td_fire(struct td_watch *watch, struct task_struct *task, u32 on, u64 value)
{
	const struct td_view *view = watch->view;
	struct waiting *waiting = NULL;
	struct td_firing *firing;

	if (!td_watch_sees(view, task))
		return;
	if (atomic_inc_return(&watch->waiting) <= TD_FIRINGS)
		waiting = kmalloc(sizeof(*waiting), GFP_ATOMIC | __GFP_NOWARN);
	if (!waiting) {
		atomic_dec(&watch->waiting);
		atomic64_inc(&watch->lost);
		atomic64_inc(&dropped);
		return;
	}
	refcount_inc(&watch->refs);
	waiting->watch = watch;
	firing = &waiting->firing;
	*firing = (struct td_firing){
		.time = ktime_get_boottime_ns() + view->boot_offset,
		.value = value,
		.lost = atomic64_xchg(&watch->lost, 0),
		.watch = watch->rules.id,
		.on = on,
		.has_exit_code = on <= TASKDIAG_WATCH_ON_NONZERO_EXIT && td_may_read(view, task),
	};
	if (firing->has_exit_code)
		firing->exit_code = task->signal->group_exit_code;
	describe(view, task, &firing->task);
	if (llist_add(&waiting->node, &all_waiting))
		schedule_work(&tell_work);
}

/* What a process may be waited for to do last. */
#define ENDS (BIT(TASKDIAG_WATCH_ON_EXIT) | BIT(TASKDIAG_WATCH_ON_NONZERO_EXIT))

/* How a process ended is for those alone who may read it. */
static void ended(struct td_watch *watch, struct task_struct *task)
{
	u32 on = watch->rules.on;

	if (on & BIT(TASKDIAG_WATCH_ON_NONZERO_EXIT) && task->signal->group_exit_code &&
	    td_may_read(watch->view, task))
		td_fire(watch, task, TASKDIAG_WATCH_ON_NONZERO_EXIT, 0);
	else if (on & BIT(TASKDIAG_WATCH_ON_EXIT))
		td_fire(watch, task, TASKDIAG_WATCH_ON_EXIT, 0);
}

/* Whether a watch that filters is of a process, which its maker may not even know of. */
static bool is_of(const struct td_watch *watch, struct task_struct *process)
{
	return td_tgid_seen(watch->view, process) &&
	       td_filter_matches(watch->view, &watch->rules.filter, process, true);
}

static void see_exit(void *data, struct task_struct *task, bool group_dead)
{
	struct td_target *target;
	struct td_watch *watch;
	struct pid *pid;

	if (!group_dead)
		return;
	rcu_read_lock();
	pid = task_tgid(task);
	hash_for_each_possible_rcu(td_targets, target, node, (unsigned long)pid)
		if (target->pid == pid && !xchg(&target->gone, 1))
			ended(target->watch, task);
	hlist_for_each_entry_rcu(watch, &td_filtering, filtering)
		if (watch->rules.on & ENDS && is_of(watch, task->group_leader))
			ended(watch, task);
	rcu_read_unlock();
}

static void see_exec(void *data, struct task_struct *task, pid_t old_pid,
		     struct linux_binprm *bprm)
{
	struct td_target *target;
	struct td_watch *watch;
	struct pid *pid;

	rcu_read_lock();
	pid = task_tgid(task);
	hash_for_each_possible_rcu(td_targets, target, node, (unsigned long)pid)
		if (target->pid == pid &&
		    target->watch->rules.on & BIT(TASKDIAG_WATCH_ON_EXEC))
			td_fire(target->watch, task, TASKDIAG_WATCH_ON_EXEC, 0);
	hlist_for_each_entry_rcu(watch, &td_filtering, filtering)
		if (watch->rules.on & BIT(TASKDIAG_WATCH_ON_EXEC) && is_of(watch, task))
			td_fire(watch, task, TASKDIAG_WATCH_ON_EXEC, 0);
	rcu_read_unlock();
}

static struct {
	const char *name;
	void *probe;
	struct tracepoint *point;
} probes[] = {
	{ .name = "sched_process_exit", .probe = see_exit },
	{ .name = "sched_process_exec", .probe = see_exec },
};

static void take_off(int n)
{
	while (n--)
		tracepoint_probe_unregister(probes[n].point, probes[n].probe, NULL);
}

/**
 * td_fire_on - puts the probes on
 *
 * Context: under td_watch_lock.
 * Return: 0, -ENODEV if this kernel has not the tracepoints, or -ENOMEM.
 */
int td_fire_on(void)
{
	int i, err;

	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		err = -ENODEV;
		probes[i].point = td_tracepoint(probes[i].name);
		if (probes[i].point)
			err = tracepoint_probe_register(probes[i].point, probes[i].probe, NULL);
		if (err) {
			pr_warn("taskdiag: watches: no probe on %s: error %d\n",
				probes[i].name, err);
			take_off(i);
			return err;
		}
	}
	return 0;
}

/* Takes the probes off; they may still run until td_fire_sync(). Under td_watch_lock. */
void td_fire_off(void)
{
	take_off(ARRAY_SIZE(probes));
}

/* Waits until no probe runs that was taken off, and what they saw was told. */
void td_fire_sync(void)
{
	tracepoint_synchronize_unregister();
	flush_work(&tell_work);
}
