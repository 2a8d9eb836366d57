// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has events seen, kept and delivered while somebody wants them.
 *
 * Who is in the multicast group cannot be counted: the family is told before
 * somebody joins, and told of leaving by those who were never there. So the
 * delivery finds out whether anybody is in the group, and joining is over when
 * the task that joins leaves the kernel: until then the probes stay.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/task_work.h>
#include <linux/user_namespace.h>
#include <linux/wait_bit.h>
#include <linux/workqueue.h>

#include "events.h"
#include "probes.h"
#include "ring.h"

/**
 * struct td_events - all about events
 * @probes: what sees them
 * @ring: where they wait
 * @deliver: sends them
 * @state: whose that is
 * @queue: runs @work
 * @work: runs @deliver, and takes the probes off when nobody is in the group
 * @mutex: of what follows
 * @listened: the probes are on for the group
 * @joins: how often somebody began to join
 * @joining: how many have not left the kernel since
 * @stopped: for good
 */
struct td_events {
	struct td_probes probes;
	struct td_ring ring;
	td_deliver_t deliver;
	const void *state;
	struct workqueue_struct *queue;
	struct work_struct work;
	struct mutex mutex;
	bool listened;
	u64 joins;
	u32 joining;
	bool stopped;
};

/**
 * struct joiner - a task that joins the group
 * @work: runs when it leaves the kernel
 * @ev: the events
 */
struct joiner {
	struct callback_head work;
	struct td_events *ev;
};

static void kicked(struct irq_work *kick)
{
	struct td_events *ev = container_of(kick, struct td_events, probes.kick);

	queue_work(ev->queue, &ev->work);
}

/* The group needs no probes unless somebody came while it was looked who is there. */
static void look(struct td_events *ev, bool heard, u64 joins)
{
	mutex_lock(&ev->mutex);
	if (ev->listened && !heard && !ev->joining && ev->joins == joins) {
		td_probes_unrecord(&ev->probes, TD_ALL_KINDS);
		ev->listened = false;
	}
	mutex_unlock(&ev->mutex);
}

static void work(struct work_struct *work)
{
	struct td_events *ev = container_of(work, struct td_events, work);
	u64 joins;

	mutex_lock(&ev->mutex);
	joins = ev->joins;
	mutex_unlock(&ev->mutex);

	look(ev, ev->deliver(ev->state, ev), joins);

	/* A run has an end; what came meanwhile is the next one's. */
	if (!td_ring_empty(&ev->ring))
		queue_work(ev->queue, &ev->work);
}

/* The task has joined, or has failed to. */
static void joined(struct callback_head *head)
{
	struct joiner *joiner = container_of(head, struct joiner, work);
	struct td_events *ev = joiner->ev;

	kfree(joiner);
	mutex_lock(&ev->mutex);
	if (!ev->stopped)
		queue_work(ev->queue, &ev->work);
	ev->joining--;
	wake_up_var_locked(&ev->joining, &ev->mutex);
	mutex_unlock(&ev->mutex);
}

/* Where this fails, the probes go if the next event comes before the task has joined. */
static void await_joiner(struct td_events *ev)
{
	struct joiner *joiner = kmalloc(sizeof(*joiner), GFP_KERNEL);

	if (!joiner)
		return;
	joiner->ev = ev;
	init_task_work(&joiner->work, joined);
	if (task_work_add(current, &joiner->work, TWA_RESUME))
		kfree(joiner);
	else
		ev->joining++;
}

/**
 * td_events_joining - puts the probes on, for someone who is joining the group
 * @ev: the events
 *
 * Whoever joins cannot be refused here. The group lets in the root of any user
 * namespace, in network namespaces of its own, where events never go: that is
 * no reason for probes.
 *
 * Context: of who joins; may sleep.
 */
void td_events_joining(struct td_events *ev)
{
	if (!ns_capable_noaudit(&init_user_ns, CAP_SYS_ADMIN))
		return;
	mutex_lock(&ev->mutex);
	ev->joins++;
	if (!ev->listened) {
		/* What was seen for those who have left is not for the new one. */
		if (!READ_ONCE(ev->probes.recording))
			td_ring_forget(&ev->ring);
		ev->listened = !td_probes_record(&ev->probes, TD_ALL_KINDS);
	}
	if (ev->listened)
		await_joiner(ev);
	mutex_unlock(&ev->mutex);
}

/**
 * td_events_look - has it looked soon who still listens
 * @ev: the events
 *
 * Anyone may leave the group, and be it twice or without having joined.
 */
void td_events_look(struct td_events *ev)
{
	queue_work(ev->queue, &ev->work);
}

/**
 * td_events_record - has kinds of event recorded, for one who follows them
 * @ev: the events
 * @kinds: a bit for each kind
 *
 * Context: may sleep.
 * Return: 0, or why a probe cannot be put on; none is then.
 */
int td_events_record(struct td_events *ev, u32 kinds)
{
	return td_probes_record(&ev->probes, kinds);
}

/* Ends what td_events_record() began. */
void td_events_unrecord(struct td_events *ev, u32 kinds)
{
	td_probes_unrecord(&ev->probes, kinds);
}

/**
 * td_events_pop - takes the oldest record out of the ring
 * @ev: the events
 * @out: the record
 *
 * Context: the work item that delivers; may sleep.
 * Return: false if there is none.
 */
bool td_events_pop(struct td_events *ev, struct td_event *out)
{
	cond_resched();
	return td_ring_pop(&ev->ring, out);
}

/**
 * td_events_resize - gives the ring another size, without loss
 * @ev: the events
 * @size: how many records it has room for, rounded up to a power of two
 *
 * Context: may sleep.
 * Return: 0, or -ENOMEM.
 */
int td_events_resize(struct td_events *ev, u32 size)
{
	struct td_records *next = td_records_new(size);

	if (!next)
		return -ENOMEM;
	mutex_lock(&ev->ring.resize);
	while (!td_ring_swap(&ev->ring, next)) {
		queue_work(ev->queue, &ev->work);
		flush_work(&ev->work);
	}
	mutex_unlock(&ev->ring.resize);
	/* The old room is given back when it is empty. */
	queue_work(ev->queue, &ev->work);
	return 0;
}

u32 td_events_size(struct td_events *ev)
{
	return td_ring_size(&ev->ring);
}

void td_events_count(struct td_events *ev, struct td_event_counts *out)
{
	td_ring_count(&ev->ring, out);
}

/* The kinds that a probe is on for, a bit each. */
u32 td_events_armed(struct td_events *ev)
{
	return td_probes_armed(&ev->probes);
}

/**
 * td_events_new - finds the tracepoints and makes the ring
 * @deliver: sends what is in the ring
 * @state: what it is called with
 *
 * Return: the events; or -ENOMEM, or -ENODEV where this kernel lacks a tracepoint.
 */
struct td_events *td_events_new(td_deliver_t deliver, const void *state)
{
	struct td_events *ev = kzalloc(sizeof(*ev), GFP_KERNEL);
	int err = -ENOMEM;

	if (!ev)
		return ERR_PTR(err);
	mutex_init(&ev->mutex);
	INIT_WORK(&ev->work, work);
	ev->deliver = deliver;
	ev->state = state;
	/* Where the records were written, they are in the cache. */
	ev->queue = alloc_workqueue("taskdiag", WQ_PERCPU, 0);
	if (!ev->queue)
		goto no_queue;
	err = td_ring_init(&ev->ring, TD_RING_SIZE);
	if (err)
		goto no_ring;
	err = td_probes_init(&ev->probes, &ev->ring, kicked);
	if (err)
		goto no_probes;
	return ev;

no_probes:
	td_ring_destroy(&ev->ring);
no_ring:
	destroy_workqueue(ev->queue);
no_queue:
	kfree(ev);
	return ERR_PTR(err);
}

/**
 * td_events_stop - takes the probes off for good and delivers no more
 * @ev: the events, which nobody begins or ceases to listen to any more
 *
 * On return @deliver does not run and is not called any more.
 */
void td_events_stop(struct td_events *ev)
{
	mutex_lock(&ev->mutex);
	ev->stopped = true;
	mutex_unlock(&ev->mutex);
	td_probes_stop(&ev->probes);

	/* Who is joining is on the way out of the kernel, through joined() to its end. */
	mutex_lock(&ev->mutex);
	wait_var_event_mutex(&ev->joining, !ev->joining, &ev->mutex);
	mutex_unlock(&ev->mutex);
	synchronize_rcu_tasks();
	td_probes_sync(&ev->probes);
	disable_work_sync(&ev->work);
}

/**
 * td_events_free - frees the events
 * @ev: the events, stopped
 */
void td_events_free(struct td_events *ev)
{
	destroy_workqueue(ev->queue);
	td_ring_destroy(&ev->ring);
	kfree(ev);
}
