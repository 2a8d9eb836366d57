// SPDX-License-Identifier: GPL-2.0-only
/*
 * Puts probes on what happens to tasks while somebody wants to know, and takes
 * them off after: without one, what it would see runs not one instruction of
 * ours.
 *
 * Forks, execs, exits and renames have tracepoints. Changes of ids have none:
 * all of them go through commit_creds(). A new session has none either: of all
 * callers of change_pid(), only setsid(2) changes a session.
 */
#include <linux/ptrace.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "probes.h"
#include "see.h"

static int hit_creds(struct kprobe *kprobe, struct pt_regs *regs)
{
	struct td_probes *probes = container_of(kprobe, struct td_probes,
						kprobes[TASKDIAG_EVENT_TYPE_IDS]);

	td_see_creds(probes, (const struct cred *)regs_get_kernel_argument(regs, 0));
	return 0;
}

static int hit_session(struct kprobe *kprobe, struct pt_regs *regs)
{
	struct td_probes *probes = container_of(kprobe, struct td_probes,
						kprobes[TASKDIAG_EVENT_TYPE_SESSION]);

	if (regs_get_kernel_argument(regs, 2) == PIDTYPE_SID)
		td_see_session(probes, (struct task_struct *)regs_get_kernel_argument(regs, 1));
	return 0;
}

/* Each kind has a tracepoint or a function. */
static const struct {
	const char *point;
	void *probe;
	const char *function;
	kprobe_pre_handler_t hit;
} places[TD_KINDS] = {
	[TASKDIAG_EVENT_TYPE_FORK] = { .point = "sched_process_fork", .probe = td_see_fork },
	[TASKDIAG_EVENT_TYPE_EXEC] = { .point = "sched_process_exec", .probe = td_see_exec },
	[TASKDIAG_EVENT_TYPE_EXIT] = { .point = "sched_process_exit", .probe = td_see_exit },
	[TASKDIAG_EVENT_TYPE_COMM] = { .point = "task_rename", .probe = td_see_rename },
	[TASKDIAG_EVENT_TYPE_IDS] = { .function = "commit_creds", .hit = hit_creds },
	[TASKDIAG_EVENT_TYPE_SESSION] = { .function = "change_pid", .hit = hit_session },
};

/**
 * struct sought - a tracepoint that is looked for
 * @name: its name
 * @point: the tracepoint, once it was found
 */
struct sought {
	const char *name;
	struct tracepoint *point;
};

static void compare(struct tracepoint *point, void *data)
{
	struct sought *sought = data;

	if (!strcmp(point->name, sought->name))
		sought->point = point;
}

/**
 * td_tracepoint - finds a tracepoint
 * @name: its name
 *
 * Tracepoints are not exported by name, but all of them can be looked through.
 *
 * Return: the tracepoint, or NULL if this kernel lacks it.
 */
struct tracepoint *td_tracepoint(const char *name)
{
	struct sought sought = { .name = name };

	for_each_kernel_tracepoint(compare, &sought);
	return sought.point;
}

/**
 * td_probes_init - finds the tracepoints
 * @probes: zeroed
 * @ring: where records go
 * @kicked: what runs after a record, soon and in an interrupt
 *
 * Return: 0, or -ENODEV if this kernel lacks one.
 */
int td_probes_init(struct td_probes *probes, struct td_ring *ring,
		   void (*kicked)(struct irq_work *kick))
{
	int i;

	probes->ring = ring;
	probes->kick = IRQ_WORK_INIT_LAZY(kicked);
	mutex_init(&probes->mutex);
	for (i = 0; i < TD_KINDS; i++) {
		if (!places[i].point)
			continue;
		probes->points[i] = td_tracepoint(places[i].point);
		if (!probes->points[i]) {
			pr_err("taskdiag: events: this kernel has no tracepoint %s\n",
			       places[i].point);
			return -ENODEV;
		}
	}
	return 0;
}

static int put_on(struct td_probes *probes, int kind)
{
	struct kprobe *kprobe = &probes->kprobes[kind];

	if (places[kind].point)
		return tracepoint_probe_register(probes->points[kind], places[kind].probe, probes);
	*kprobe = (struct kprobe) {
		.symbol_name = places[kind].function,
		.pre_handler = places[kind].hit,
	};
	return register_kprobe(kprobe);
}

static void take_off(struct td_probes *probes, int kind)
{
	if (places[kind].point)
		tracepoint_probe_unregister(probes->points[kind], places[kind].probe, probes);
	else
		unregister_kprobe(&probes->kprobes[kind]);
}

static void unuse(struct td_probes *probes, u32 kinds)
{
	int kind;

	for (kind = 0; kind < TD_KINDS; kind++)
		if (kinds & 1U << kind && !--probes->users[kind])
			take_off(probes, kind);
}

static int use(struct td_probes *probes, u32 kinds)
{
	int kind, err;

	for (kind = 0; kind < TD_KINDS; kind++) {
		if (!(kinds & 1U << kind) || probes->users[kind]++)
			continue;
		err = put_on(probes, kind);
		if (err) {
			probes->users[kind]--;
			unuse(probes, kinds & ((1U << kind) - 1));
			pr_warn("taskdiag: no probe on %s: error %d\n",
				places[kind].point ?: places[kind].function, err);
			return err;
		}
	}
	return 0;
}

/**
 * td_probes_record - has kinds of event recorded, for one more user
 * @probes: the probes
 * @kinds: a bit for each kind that it wants
 *
 * Context: may sleep.
 * Return: 0, or why a probe cannot be put on; none is then.
 */
int td_probes_record(struct td_probes *probes, u32 kinds)
{
	int err;

	mutex_lock(&probes->mutex);
	err = use(probes, kinds);
	if (!err && !probes->recorders++)
		WRITE_ONCE(probes->recording, true);
	mutex_unlock(&probes->mutex);
	return err;
}

/**
 * td_probes_unrecord - ends what td_probes_record() began
 * @probes: the probes
 * @kinds: as there
 *
 * A probe may still run when this returns, until td_probes_sync().
 */
void td_probes_unrecord(struct td_probes *probes, u32 kinds)
{
	mutex_lock(&probes->mutex);
	if (!--probes->recorders)
		WRITE_ONCE(probes->recording, false);
	unuse(probes, kinds);
	mutex_unlock(&probes->mutex);
}

/* Takes all probes off, whoever uses them. */
void td_probes_stop(struct td_probes *probes)
{
	int kind;

	mutex_lock(&probes->mutex);
	WRITE_ONCE(probes->recording, false);
	for (kind = 0; kind < TD_KINDS; kind++) {
		if (probes->users[kind])
			take_off(probes, kind);
		probes->users[kind] = 0;
	}
	mutex_unlock(&probes->mutex);
}

/* The kinds that a probe is on for, a bit each. */
u32 td_probes_armed(struct td_probes *probes)
{
	u32 armed = 0;
	int kind;

	mutex_lock(&probes->mutex);
	for (kind = 0; kind < TD_KINDS; kind++)
		if (probes->users[kind])
			armed |= 1U << kind;
	mutex_unlock(&probes->mutex);
	return armed;
}

/* Waits until probes that were taken off do not run any more, nor what they started. */
void td_probes_sync(struct td_probes *probes)
{
	tracepoint_synchronize_unregister();
	irq_work_sync(&probes->kick);
}
