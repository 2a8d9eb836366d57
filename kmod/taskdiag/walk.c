// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds tasks: the one with a number, or all of a pid namespace, in the order
 * of their numbers.
 */
#include <linux/idr.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/radix-tree.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "fill.h"
#include "view.h"

/* How many numbers are looked at in one RCU section: enough that entering it costs nothing. */
#define LOOKS 64

static struct task_struct *find_task(const struct td_view *view, u32 nr, enum pid_type type)
{
	return nr > INT_MAX ? NULL : pid_task(find_pid_ns(nr, view->pid_ns), type);
}

/**
 * td_task_get - tells of one task
 * @view: who asks
 * @pid: a process's or thread's id in the view's pid namespace
 * @groups: TASKDIAG_GROUP_* to tell
 * @room: where what there is to tell goes, with paths
 *
 * Context: the current task's, which asks; may sleep, but waits for nobody.
 * Return: false if there is no such task, or the view must not know of it.
 */
bool td_task_get(const struct td_view *view, u32 pid, u32 groups, struct td_room *room)
{
	const struct td_query query = { .groups = groups, .paths = true };
	struct td_task *out = room->tasks;
	struct task_struct *task;
	bool found = false;

	rcu_read_lock();
	task = find_task(view, pid, PIDTYPE_PID);
	if (task) {
		out->pid = pid;
		found = td_fill(view, &query, task, thread_group_leader(task), out, room);
	}
	if (!found || !out->late) {
		rcu_read_unlock();
		return found;
	}
	get_task_struct(task);
	rcu_read_unlock();
	td_fill_late(view, task, true, out, room);
	put_task_struct(task);
	return true;
}

/**
 * struct walk - a batch in the making
 * @view: who asks
 * @query: for what
 * @room: where what is told goes
 * @next: the least pid not looked at
 * @n: the tasks told of
 * @max: how many there may be
 * @held: those of them of which there is more to be told
 */
struct walk {
	const struct td_view *view;
	const struct td_query *query;
	struct td_room *room;
	unsigned long next;
	u32 n;
	u32 max;
	struct task_struct *held[TD_BATCH];
};

/* The index of the first of the listed pids that is not less than @pid. */
static u32 listed_from(const struct td_query *query, u32 pid)
{
	u32 low = 0, high = query->npids, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (query->pids[mid] < pid)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool is_listed(const struct td_query *query, u32 pid)
{
	u32 at = listed_from(query, pid);

	return at < query->npids && query->pids[at] == pid;
}

/* Tells of a task, if it is to be told of. */
static __always_inline void look(struct walk *walk, struct task_struct *task, u32 nr)
{
	const struct td_query *query = walk->query;
	struct td_task *out = &walk->room->tasks[walk->n];

	/* Most tasks fail a filter: of who sees all, nothing else is asked before. */
	if (query->filter.set && walk->view->sight == TD_SIGHT_ALL &&
	    !td_filter_matches(walk->view, &query->filter, task, !query->threads))
		return;
	out->pid = nr;
	if (!query->groups && !query->filter.set && walk->view->sight == TD_SIGHT_ALL) {
		out->filled = 0;
		out->omitted = 0;
		walk->n++;
		return;
	}
	if (!td_fill(walk->view, query, task, !query->threads, out, walk->room))
		return;
	if (query->groups & TD_LATE)
		walk->held[walk->n] = out->late ? get_task_struct(task) : NULL;
	walk->n++;
}

/* Looks at the next listed pids, in one RCU section. False if there are no more. */
static bool walk_listed(struct walk *walk)
{
	const struct td_query *query = walk->query;
	u32 i = listed_from(query, walk->next);
	unsigned int looks = LOOKS;
	struct task_struct *task;
	bool more = true;

	rcu_read_lock();
	while (walk->n < walk->max && looks--) {
		if (i == query->npids || query->pids[i] > query->pid_max) {
			more = false;
			break;
		}
		walk->next = (unsigned long)query->pids[i] + 1;
		task = find_task(walk->view, query->pids[i], PIDTYPE_TGID);
		if (task)
			look(walk, task, query->pids[i]);
		i++;
	}
	rcu_read_unlock();
	return more;
}

/*
 * Looks at some pid numbers in one RCU section. False if there are no more.
 * The tree that holds them is an idr, walked here as the idr code walks it.
 */
static bool walk_all(struct walk *walk)
{
	const struct idr *pids = &walk->view->pid_ns->idr;
	const struct td_query *query = walk->query;
	/* Threads other than the first have numbers too, but lead no process. */
	enum pid_type type = query->threads ? PIDTYPE_PID : PIDTYPE_TGID;
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
		if (iter.index > query->pid_max)
			break;
		walk->next = iter.index + 1;
		task = pid_task(entry, type);
		if (!task)
			continue;
		if (query->npids && !is_listed(query, td_tgid_seen(walk->view, task)))
			continue;
		look(walk, task, iter.index);
	}
	rcu_read_unlock();
	return more;
}

static bool walk_some(struct walk *walk)
{
	return walk->query->npids && !walk->query->threads ? walk_listed(walk) : walk_all(walk);
}

/*
 * Tells the rest of the tasks, and lets go of them. Where the text is full,
 * the batch ends, and the next begins there.
 */
static void finish(struct walk *walk)
{
	struct td_task *tasks = walk->room->tasks;
	u32 i, n = walk->n;

	for (i = 0; i < n; i++) {
		if (!walk->held[i])
			continue;
		if (walk->n == n && !td_fill_late(walk->view, walk->held[i], false, &tasks[i],
						  walk->room)) {
			walk->n = i;
			walk->next = tasks[i].pid;
		}
		put_task_struct(walk->held[i]);
		cond_resched();
	}
}

/**
 * td_task_batch - tells of the next tasks
 * @view: who asks
 * @query: for what
 * @next: the least pid that will do; on return the least not looked at
 * @room: where what there is to tell goes, in the order of the tasks' pids
 * @max: the most tasks to tell of
 *
 * Walking by number needs no lock and no reference between calls, and meets
 * each task that lives throughout exactly once. A batch walks the tree of
 * numbers itself: find_ge_pid(), which starts at the root each time, would cost
 * about as much as all that is told of a task. Of listed processes, only
 * those are looked for; their threads are found among all.
 *
 * Context: may sleep, but waits for no task.
 * Return: how many were told of; 0 if there are no more.
 */
u32 td_task_batch(const struct td_view *view, const struct td_query *query, u32 *next,
		  struct td_room *room, u32 max)
{
	struct walk walk = { .view = view, .query = query, .room = room, .next = *next,
			     .max = min(max, room->max) };

	room->text_len = 0;
	while (walk_some(&walk) && walk.n < walk.max)
		cond_resched();
	cond_resched();
	if (query->groups & TD_LATE)
		finish(&walk);
	*next = min(walk.next, U32_MAX);
	return walk.n;
}
