// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeps the processes of watches.
 *
 * A process is known by its struct pid, which is no other's as long as it is
 * held. The probes look it up under RCU; what they may have found is buried a
 * grace period after it was taken out.
 */
#include <linux/err.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "../generated/uapi/linux/taskdiag.h"
#include "fill.h"
#include "target.h"
#include "view.h"

DEFINE_MUTEX(td_watch_lock);
struct hlist_head td_targets[1 << TD_TARGET_BITS];
struct hlist_head td_filtering;

/* Watches that have not ended: as long as there are any, the probes are on. */
static u32 watches;

/* Those of them that filter. */
static u32 filters;

static LLIST_HEAD(ended_watches);
static LLIST_HEAD(lost_targets);

/* Whether a view may be told of a task what /proc shows to anyone who may see it. */
bool td_watch_sees(const struct td_view *view, struct task_struct *task)
{
	return view->sight == TD_SIGHT_ALL || td_may_read(view, task);
}

static void free_target(struct td_target *target)
{
	put_pid(target->pid);
	kfree(target);
}

/* Lets go of a watch. Not the last one where that must not sleep: the list of the ended has one. */
void td_watch_put(struct td_watch *watch)
{
	if (!refcount_dec_and_test(&watch->refs))
		return;
	td_view_free(watch->view);
	watch->put(watch->home);
	kfree(watch);
}

static void bury(struct work_struct *work)
{
	struct llist_node *targets = llist_del_all(&lost_targets);
	struct llist_node *watches = llist_del_all(&ended_watches);
	struct td_target *target, *next_target;
	struct td_watch *watch, *next_watch;

	synchronize_rcu();
	llist_for_each_entry_safe(target, next_target, targets, grave)
		free_target(target);
	llist_for_each_entry_safe(watch, next_watch, watches, grave)
		td_watch_put(watch);
}

static DECLARE_WORK(bury_work, bury);

/**
 * td_watch_new - makes a watch of no process
 * @view: who makes it; the watch's from now on
 * @rules: when it fires
 * @bounded: it and its processes count among those of its user
 * @home: what @fired and @put are called with; the watch's from now on
 * @fired: tells of a firing
 * @put: lets go of @home
 *
 * Context: may sleep.
 * Return: the watch, or an error pointer, and nothing taken: -ENOMEM, -ENODEV
 * if this kernel has not the tracepoints, -EMFILE if the user has as many
 * watches as it may, -ENFILE if all users have, -ENOSPC if it filters and there
 * are TD_WATCH_FILTERS that do.
 */
struct td_watch *td_watch_new(struct td_view *view, const struct td_rules *rules, bool bounded,
			      const void *home, td_fired_t fired, td_home_put_t put)
{
	struct td_watch *watch = kzalloc(sizeof(*watch), GFP_KERNEL_ACCOUNT);
	struct td_quota *quota = NULL;
	int err;

	if (!watch)
		return ERR_PTR(-ENOMEM);
	mutex_lock(&td_watch_lock);
	err = rules->filters && filters == TD_WATCH_FILTERS ? -ENOSPC : 0;
	if (err)
		goto refuse;
	if (bounded)
		quota = td_quota_watch(view->cred);
	err = PTR_ERR_OR_ZERO(quota);
	if (err)
		goto refuse;
	err = watches ? 0 : td_fire_on();
	if (err)
		goto uncount;
	watches++;
	refcount_set(&watch->refs, 1);
	INIT_LIST_HEAD(&watch->targets);
	watch->rules = *rules;
	watch->view = view;
	watch->quota = quota;
	watch->home = home;
	watch->fired = fired;
	watch->put = put;
	td_look_begin(watch);
	if (rules->filters) {
		filters++;
		hlist_add_head_rcu(&watch->filtering, &td_filtering);
	}
	mutex_unlock(&td_watch_lock);
	return watch;

uncount:
	td_quota_unwatch(quota);
refuse:
	mutex_unlock(&td_watch_lock);
	kfree(watch);
	return ERR_PTR(err);
}

/* Finds a process that lives and of which the watch may tell what it waits for. */
static int find(const struct td_watch *watch, u32 nr, struct pid **out)
{
	const struct td_view *view = watch->view;
	struct task_struct *task;
	struct pid *pid;
	int err = 0;

	rcu_read_lock();
	pid = nr > INT_MAX ? NULL : find_pid_ns(nr, view->pid_ns);
	task = pid_task(pid, PIDTYPE_TGID);
	if (!task || !atomic_read(&task->signal->live) || !td_watch_sees(view, task))
		err = -ESRCH;
	else if (watch->rules.on & BIT(TASKDIAG_WATCH_ON_NONZERO_EXIT) && !td_may_read(view, task))
		err = -EPERM;
	else
		*out = get_pid(pid);
	rcu_read_unlock();
	return err;
}

/* Finds the processes, as targets that are not the watch's yet. */
static int find_all(struct td_watch *watch, const u32 *pids, u32 n, struct list_head *out)
{
	struct td_target *target;
	int err;
	u32 i;

	for (i = 0; i < n; i++) {
		target = kzalloc(sizeof(*target), GFP_KERNEL_ACCOUNT);
		if (!target)
			return -ENOMEM;
		err = find(watch, pids[i], &target->pid);
		if (err) {
			kfree(target);
			return err;
		}
		target->watch = watch;
		list_add_tail(&target->entry, out);
	}
	return 0;
}

/* Takes a target out of the watch: the probes may still find it for a moment. */
static void take_out(struct td_target *target)
{
	target->watch->ntargets--;
	td_quota_unpid(target->watch->quota);
	hash_del_rcu(&target->node);
	list_del(&target->entry);
	if (llist_add(&target->grave, &lost_targets))
		schedule_work(&bury_work);
}

static void drop_gone(struct td_watch *watch)
{
	struct td_target *target, *next;

	list_for_each_entry_safe(target, next, &watch->targets, entry)
		if (READ_ONCE(target->gone))
			take_out(target);
}

static bool has(const struct td_watch *watch, const struct pid *pid)
{
	struct td_target *target;

	hash_for_each_possible(td_targets, target, node, (unsigned long)pid)
		if (target->pid == pid && target->watch == watch)
			return true;
	return false;
}

/*
 * Whether a target that the probes can find has ended unseen, before they
 * could. Pairs with atomic_dec_and_test() of the process's last thread, which
 * looks for targets after.
 */
static bool ended_unseen(struct td_target *target)
{
	struct task_struct *task;
	bool lives;

	smp_mb();
	rcu_read_lock();
	task = pid_task(target->pid, PIDTYPE_TGID);
	lives = task && atomic_read(&task->signal->live);
	rcu_read_unlock();
	return !lives && !xchg(&target->gone, 1);
}

static int put_in(struct td_watch *watch, struct list_head *fresh)
{
	struct td_target *target, *next;
	struct list_head *before = watch->targets.prev;
	int err = 0;

	list_for_each_entry_safe(target, next, fresh, entry) {
		if (has(watch, target->pid))
			continue;
		err = watch->ntargets < TD_WATCH_PIDS ? td_quota_pid(watch->quota) : -ENOSPC;
		if (err)
			break;
		watch->ntargets++;
		td_look_first(target);
		list_move_tail(&target->entry, &watch->targets);
		hash_add_rcu(td_targets, &target->node, (unsigned long)target->pid);
		if (ended_unseen(target)) {
			err = -ESRCH;
			break;
		}
	}
	while (err && watch->targets.prev != before)
		take_out(list_last_entry(&watch->targets, struct td_target, entry));
	return err;
}

/**
 * td_watch_add - gives a watch more processes: all of them, or none
 * @watch: the watch
 * @pids: @n numbers of the pid namespace of who made it; what it has already, it keeps
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM, -ESRCH if one is no process that lives and may be seen,
 * -EPERM if how one ends is waited for and may not be told, -ENOSPC if they
 * are too many for a watch, -EMFILE for the watch's user, -ENFILE for all users.
 */
int td_watch_add(struct td_watch *watch, const u32 *pids, u32 n)
{
	struct td_target *target, *next;
	LIST_HEAD(fresh);
	int err;

	err = find_all(watch, pids, n, &fresh);
	if (!err) {
		mutex_lock(&td_watch_lock);
		drop_gone(watch);
		err = put_in(watch, &fresh);
		mutex_unlock(&td_watch_lock);
	}
	list_for_each_entry_safe(target, next, &fresh, entry)
		free_target(target);
	return err;
}

/**
 * td_watch_pids - tells which processes a watch has
 * @watch: the watch
 * @view: who asks: in whose numbers, and what else is left out; NULL for who made it
 * @pids: room for @max numbers
 *
 * Return: how many there are.
 */
u32 td_watch_pids(struct td_watch *watch, const struct td_view *view, u32 *pids, u32 max)
{
	struct td_target *target;
	struct task_struct *task;
	u32 nr, n = 0;

	if (!view)
		view = watch->view;
	mutex_lock(&td_watch_lock);
	list_for_each_entry(target, &watch->targets, entry) {
		rcu_read_lock();
		task = READ_ONCE(target->gone) ? NULL : pid_task(target->pid, PIDTYPE_TGID);
		nr = task && td_watch_sees(view, task) ? td_tgid_seen(view, task) : 0;
		rcu_read_unlock();
		if (nr && n < max)
			pids[n++] = nr;
	}
	mutex_unlock(&td_watch_lock);
	return n;
}

/**
 * td_watch_end - has a watch fire no more
 * @watch: which nobody uses after
 *
 * What it is made of is let go of later: see td_watch_sync().
 *
 * Context: may sleep.
 */
void td_watch_end(struct td_watch *watch)
{
	mutex_lock(&td_watch_lock);
	WRITE_ONCE(watch->ended, true);
	td_look_end(watch);
	while (!list_empty(&watch->targets))
		take_out(list_first_entry(&watch->targets, struct td_target, entry));
	if (watch->rules.filters) {
		filters--;
		hlist_del_rcu(&watch->filtering);
	}
	td_quota_unwatch(watch->quota);
	if (!--watches)
		td_fire_off();
	mutex_unlock(&td_watch_lock);
	if (llist_add(&watch->grave, &ended_watches))
		schedule_work(&bury_work);
}

/**
 * td_watch_sync - waits until nothing is left of watches that have ended
 *
 * Context: may sleep; not from what they call.
 */
void td_watch_sync(void)
{
	td_look_sync();
	td_fire_sync();
	flush_work(&bury_work);
}
