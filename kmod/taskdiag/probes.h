/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The probes on what happens to tasks, each there only while somebody wants it.
 */
#ifndef TASKDIAG_PROBES_H
#define TASKDIAG_PROBES_H

#include <linux/irq_work.h>
#include <linux/kprobes.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "../generated/uapi/linux/taskdiag.h"

struct td_ring;
struct tracepoint;

/* How many kinds of event there are, and the set of all of them. */
#define TD_KINDS (TASKDIAG_EVENT_TYPE_SESSION + 1)
#define TD_ALL_KINDS ((1U << TD_KINDS) - 1)

/**
 * struct td_probes - one probe for each kind of event
 * @ring: where records go
 * @recording: whether they do
 * @kick: runs after a record
 * @mutex: of what follows
 * @recorders: how many want records
 * @users: how many want each kind
 * @points: the tracepoints of those kinds that have one
 * @kprobes: of the other kinds
 */
struct td_probes {
	struct td_ring *ring;
	bool recording;
	struct irq_work kick;
	struct mutex mutex;
	u32 recorders;
	u32 users[TD_KINDS];
	struct tracepoint *points[TD_KINDS];
	struct kprobe kprobes[TD_KINDS];
};

struct tracepoint *td_tracepoint(const char *name);

int td_probes_init(struct td_probes *probes, struct td_ring *ring,
		   void (*kicked)(struct irq_work *kick));
int td_probes_record(struct td_probes *probes, u32 kinds);
void td_probes_unrecord(struct td_probes *probes, u32 kinds);
u32 td_probes_armed(struct td_probes *probes);
void td_probes_stop(struct td_probes *probes);
void td_probes_sync(struct td_probes *probes);

#endif /* TASKDIAG_PROBES_H */
