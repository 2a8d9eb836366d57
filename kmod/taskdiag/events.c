// SPDX-License-Identifier: GPL-2.0-only
/*
 * Watches processes being born, replacing their program and ending.
 *
 * Probes on three tracepoints run in the context of whoever forks, execs or
 * exits. They must not sleep and must not fail, so all they do is to write a
 * plain record into one ring, under one lock that gives all events one order.
 * A lazy irq_work (which costs no interrupt of its own) then starts a work
 * item at the next tick, and that sends many records at once.
 *
 * The probes are there only while someone listens; without them a fork runs
 * not one instruction of ours.
 *
 * Threads: a process is told of when its first thread is born and when its
 * last one ends, whichever that is, under the id of the process.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/timer.h>
#include <linux/tracepoint.h>
#include <linux/user_namespace.h>
#include <linux/workqueue.h>

#include "../generated/uapi/linux/taskdiag.h"
#include "events.h"

/*
 * How long the probes stay without a listener in sight, after someone joined:
 * joining becomes visible only after the family is told. Where nobody has left
 * since, the one who joined may only have been kept from going on.
 */
#define LINGER HZ
#define LINGER_FOR_JOINER (10 * HZ)

enum { PROBE_FORK, PROBE_EXEC, PROBE_EXIT, PROBES };

/**
 * struct td_events - the probes and what they saw
 * @lock: of the ring, and so the order of events
 * @head: records ever put into the ring
 * @tail: records ever taken from it
 * @seq: events ever
 * @lost: events lost since the last record
 * @ring: TD_RING_SIZE records
 * @deliver: sends them
 * @kick: from a probe to @work
 * @work: runs @deliver, and takes the probes off when nobody listens
 * @linger: starts @work when it may be time for that
 * @mutex: of what follows
 * @armed: the probes are on
 * @joined: when someone last joined, in jiffies
 * @left: someone has left since
 * @points: the tracepoints
 */
struct td_events {
	raw_spinlock_t lock;
	u64 head;
	u64 tail;
	u64 seq;
	u64 lost;
	struct td_event *ring;

	td_deliver_t deliver;
	struct irq_work kick;
	struct work_struct work;
	struct timer_list linger;

	struct mutex mutex;
	bool armed;
	unsigned long joined;
	bool left;
	struct tracepoint *points[PROBES];
};

static void describe(const struct task_struct *task, struct td_event_task *out)
{
	const struct task_struct *parent;

	rcu_read_lock();
	parent = rcu_dereference(task->real_parent);
	out->ppid = parent->tgid;
	rcu_read_unlock();
	out->pid = task->pid;
	out->tgid = task->tgid;
	out->start_time = task->start_boottime;
	memcpy(out->comm, task->comm, TD_COMM_LEN);
}

static void push(struct td_events *ev, u8 kind, const struct task_struct *task,
		 const struct task_struct *parent)
{
	struct td_event *rec;
	unsigned long flags;

	raw_spin_lock_irqsave(&ev->lock, flags);
	ev->seq++;
	if (ev->head - ev->tail == TD_RING_SIZE) {
		ev->lost++;
		goto out;
	}
	rec = &ev->ring[ev->head++ % TD_RING_SIZE];
	rec->seq = ev->seq;
	rec->time = ktime_get_boottime_ns();
	rec->lost = ev->lost;
	rec->cpu = smp_processor_id();
	rec->kind = kind;
	describe(task, &rec->task);
	if (parent)
		describe(parent, &rec->parent);
	if (kind == TASKDIAG_EVENT_TYPE_EXIT)
		rec->exit_code = task->signal->group_exit_code;
	ev->lost = 0;
out:
	raw_spin_unlock_irqrestore(&ev->lock, flags);
	irq_work_queue(&ev->kick);
}

static void probe_fork(void *data, struct task_struct *parent, struct task_struct *child)
{
	if (thread_group_leader(child))
		push(data, TASKDIAG_EVENT_TYPE_FORK, child, parent);
}

static void probe_exec(void *data, struct task_struct *task, pid_t old_pid,
		       struct linux_binprm *bprm)
{
	push(data, TASKDIAG_EVENT_TYPE_EXEC, task, NULL);
}

/* By now the kernel has put the process's exit code where wait(2) will find it. */
static void probe_exit(void *data, struct task_struct *task, bool group_dead)
{
	if (group_dead)
		push(data, TASKDIAG_EVENT_TYPE_EXIT, task->group_leader, NULL);
}

static const struct {
	const char *point;
	void *probe;
} probes[PROBES] = {
	[PROBE_FORK] = { "sched_process_fork", probe_fork },
	[PROBE_EXEC] = { "sched_process_exec", probe_exec },
	[PROBE_EXIT] = { "sched_process_exit", probe_exit },
};

/* Tracepoints are not exported by name, but all of them can be looked through. */
static void note_point(struct tracepoint *point, void *data)
{
	struct td_events *ev = data;
	int i;

	for (i = 0; i < PROBES; i++)
		if (!strcmp(point->name, probes[i].point))
			ev->points[i] = point;
}

static void take_off_first(struct td_events *ev, int n)
{
	while (n--)
		tracepoint_probe_unregister(ev->points[n], probes[n].probe, ev);
}

static void take_off(struct td_events *ev)
{
	take_off_first(ev, PROBES);
}

static int put_on(struct td_events *ev)
{
	int i, err;

	for (i = 0; i < PROBES; i++) {
		err = tracepoint_probe_register(ev->points[i], probes[i].probe, ev);
		if (err) {
			take_off_first(ev, i);
			return err;
		}
	}
	return 0;
}

/**
 * td_events_pop - takes the oldest record out of the ring
 * @ev: the ring
 * @out: the record
 *
 * Context: the work item that delivers; may sleep.
 * Return: false if there is none.
 */
bool td_events_pop(struct td_events *ev, struct td_event *out)
{
	unsigned long flags;
	bool some;

	cond_resched();
	raw_spin_lock_irqsave(&ev->lock, flags);
	some = ev->tail != ev->head;
	if (some)
		*out = ev->ring[ev->tail++ % TD_RING_SIZE];
	raw_spin_unlock_irqrestore(&ev->lock, flags);
	return some;
}

static void kicked(struct irq_work *kick)
{
	struct td_events *ev = container_of(kick, struct td_events, kick);

	schedule_work(&ev->work);
}

static void lingered(struct timer_list *linger)
{
	struct td_events *ev = timer_container_of(ev, linger, linger);

	schedule_work(&ev->work);
}

static void work(struct work_struct *work)
{
	struct td_events *ev = container_of(work, struct td_events, work);
	bool heard = ev->deliver(ev);
	unsigned long linger;

	mutex_lock(&ev->mutex);
	linger = ev->left ? LINGER : LINGER_FOR_JOINER;
	if (!heard && ev->armed && time_after_eq(jiffies, ev->joined + linger)) {
		take_off(ev);
		ev->armed = false;
	}
	mutex_unlock(&ev->mutex);

	/* A run has an end; what came meanwhile is the next one's. */
	if (READ_ONCE(ev->head) != ev->tail)
		schedule_work(&ev->work);
}

/**
 * td_events_listen - puts the probes on, for someone who is joining the group
 * @ev: the events
 *
 * Whoever joins cannot be refused here and may join twice, so nothing is
 * counted: the probes go when the delivery sees nobody who listens. The group
 * lets in the root of any user namespace, in network namespaces of its own,
 * where events never go: that is no reason for probes.
 *
 * Context: of who joins; may sleep.
 */
void td_events_listen(struct td_events *ev)
{
	unsigned long flags;
	int err;

	if (!ns_capable_noaudit(&init_user_ns, CAP_SYS_ADMIN))
		return;
	mutex_lock(&ev->mutex);
	ev->joined = jiffies;
	ev->left = false;
	if (!ev->armed) {
		/* What was seen for those who have left is not for the new one. */
		raw_spin_lock_irqsave(&ev->lock, flags);
		ev->tail = ev->head;
		ev->lost = 0;
		raw_spin_unlock_irqrestore(&ev->lock, flags);

		err = put_on(ev);
		if (err)
			pr_err("taskdiag: events: no probes: error %d\n", err);
		ev->armed = !err;
	}
	mod_timer(&ev->linger, jiffies + LINGER_FOR_JOINER + 1);
	mutex_unlock(&ev->mutex);
}

/**
 * td_events_unlisten - has it looked, in a while, whether anyone still listens
 * @ev: the events
 *
 * Anyone may leave the group, and be it twice or without having joined.
 */
void td_events_unlisten(struct td_events *ev)
{
	mutex_lock(&ev->mutex);
	ev->left = true;
	if (ev->armed)
		mod_timer(&ev->linger, jiffies + LINGER + 1);
	mutex_unlock(&ev->mutex);
}

/**
 * td_events_new - finds the tracepoints and makes the ring
 * @deliver: sends what is in the ring
 *
 * Return: the events, or NULL without memory or without the tracepoints.
 */
struct td_events *td_events_new(td_deliver_t deliver)
{
	struct td_events *ev = kzalloc(sizeof(*ev), GFP_KERNEL);
	int i;

	if (!ev)
		return NULL;
	ev->ring = kvcalloc(TD_RING_SIZE, sizeof(*ev->ring), GFP_KERNEL);
	if (!ev->ring)
		goto fail;
	for_each_kernel_tracepoint(note_point, ev);
	for (i = 0; i < PROBES; i++) {
		if (!ev->points[i]) {
			pr_err("taskdiag: events: this kernel has no tracepoint %s\n",
			       probes[i].point);
			goto fail;
		}
	}
	raw_spin_lock_init(&ev->lock);
	mutex_init(&ev->mutex);
	ev->kick = IRQ_WORK_INIT_LAZY(kicked);
	INIT_WORK(&ev->work, work);
	timer_setup(&ev->linger, lingered, 0);
	ev->deliver = deliver;
	return ev;

fail:
	kvfree(ev->ring);
	kfree(ev);
	return NULL;
}

/**
 * td_events_free - takes the probes off for good, and frees the events
 * @ev: the events, which nobody joins or leaves any more
 *
 * On return no probe runs and @deliver is not called any more.
 */
void td_events_free(struct td_events *ev)
{
	mutex_lock(&ev->mutex);
	if (ev->armed)
		take_off(ev);
	ev->armed = false;
	mutex_unlock(&ev->mutex);

	/* In the order in which each could start the next. */
	tracepoint_synchronize_unregister();
	irq_work_sync(&ev->kick);
	timer_shutdown_sync(&ev->linger);
	cancel_work_sync(&ev->work);

	kvfree(ev->ring);
	kfree(ev);
}
