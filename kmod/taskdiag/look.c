// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looks at memory and processor time of watched processes, again and again.
 *
 * One work item does it for all watches, so that it never takes more than one
 * processor, and after each round it rests for nine times as long as that
 * took: a tenth of one processor is the most that all watches together cost,
 * whoever made them. A look at a process takes a few hundred instructions and
 * some more for each of its threads, and waits for nobody.
 */
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "../generated/uapi/linux/taskdiag.h"
#include "cputime.h"
#include "fill.h"
#include "target.h"
#include "view.h"

#define RSS_OVER BIT(TASKDIAG_WATCH_ON_RSS_OVER)
#define CPU_OVER BIT(TASKDIAG_WATCH_ON_CPU_OVER)

/* Rests are this many times as long as the rounds before them. */
#define REST 9

/*
 * Watches whose processes are looked at, when the first of them is due, and
 * until when to rest, in ns of CLOCK_MONOTONIC; under td_watch_lock.
 */
static LIST_HEAD(looked_at);
static u64 next_due;
static u64 rest_until;

/* Notes whether a threshold is passed, and fires where it was not before. */
static void judge(struct td_target *target, struct task_struct *task, u32 on, u64 value,
		  u64 threshold)
{
	u32 bit = BIT(on);

	if (value <= threshold) {
		target->over &= ~bit;
	} else if (!(target->over & bit)) {
		target->over |= bit;
		td_fire(target->watch, task, on, value);
	}
}

static void look_at_cpu(struct td_target *target, struct task_struct *task)
{
	u64 now = ktime_get_ns(), runtime = td_runtime_of(task, true);
	u64 passed = now - target->seen, used;

	/* What ended threads used moves from them to their process: never less for it. */
	used = runtime - min(runtime, target->runtime);
	target->seen = now;
	target->runtime = runtime;
	if (passed)
		judge(target, task, TASKDIAG_WATCH_ON_CPU_OVER,
		      mul_u64_u64_div_u64(used, 1000, passed), target->watch->rules.cpu);
}

static void look_at(struct td_target *target)
{
	const struct td_rules *rules = &target->watch->rules;
	struct task_struct *task;

	rcu_read_lock();
	task = READ_ONCE(target->gone) ? NULL : pid_task(target->pid, PIDTYPE_TGID);
	if (task && rules->on & RSS_OVER)
		judge(target, task, TASKDIAG_WATCH_ON_RSS_OVER, td_rss_of(task), rules->rss);
	if (task && rules->on & CPU_OVER)
		look_at_cpu(target, task);
	rcu_read_unlock();
}

static u64 interval_of(const struct td_watch *watch)
{
	return (u64)watch->rules.interval * NSEC_PER_MSEC;
}

/* Looks at what is due, and notes when something is next. */
static void look_at_due(void)
{
	struct td_target *target;
	struct td_watch *watch;

	next_due = U64_MAX;
	list_for_each_entry(watch, &looked_at, entry) {
		if (watch->due <= ktime_get_ns()) {
			list_for_each_entry(target, &watch->targets, entry) {
				look_at(target);
				cond_resched();
			}
			watch->due = ktime_get_ns() + interval_of(watch);
		}
		next_due = min(next_due, watch->due);
	}
}

static void look(struct work_struct *work);
static DECLARE_DELAYED_WORK(look_work, look);

static void look_when_due(void)
{
	u64 now = ktime_get_ns(), next = max(next_due, rest_until);

	mod_delayed_work(system_dfl_wq, &look_work, nsecs_to_jiffies(next - min(next, now)) + 1);
}

static void look(struct work_struct *work)
{
	u64 began, ended;

	mutex_lock(&td_watch_lock);
	began = ktime_get_ns();
	/* Whoever waits for a round, and anyone can, does not cut the rest short. */
	if (began >= rest_until) {
		look_at_due();
		ended = ktime_get_ns();
		rest_until = ended + REST * (ended - began);
	}
	if (!list_empty(&looked_at))
		look_when_due();
	mutex_unlock(&td_watch_lock);
}

/* Notes what a process has used before it is watched. */
void td_look_first(struct td_target *target)
{
	struct task_struct *task;

	rcu_read_lock();
	task = pid_task(target->pid, PIDTYPE_TGID);
	target->seen = ktime_get_ns();
	target->runtime = task ? td_runtime_of(task, true) : 0;
	rcu_read_unlock();
}

/* Has the processes of a watch looked at, if it waits for what is found out so. */
void td_look_begin(struct td_watch *watch)
{
	INIT_LIST_HEAD(&watch->entry);
	if (!(watch->rules.on & (RSS_OVER | CPU_OVER)))
		return;
	watch->due = ktime_get_ns() + interval_of(watch);
	next_due = list_empty(&looked_at) ? watch->due : min(next_due, watch->due);
	list_add_tail(&watch->entry, &looked_at);
	look_when_due();
}

/* Ends what td_look_begin() began. */
void td_look_end(struct td_watch *watch)
{
	list_del_init(&watch->entry);
}

/* Waits until no look goes on: where there is nothing to look at, for good. */
void td_look_sync(void)
{
	flush_delayed_work(&look_work);
}
