/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ring that probes write records to and the delivery takes them from.
 */
#ifndef TASKDIAG_RING_H
#define TASKDIAG_RING_H

#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "events.h"

/**
 * struct td_records - room for records
 * @head: records ever put in
 * @tail: records ever taken out
 * @size: how many fit, a power of two
 * @at: the records
 */
struct td_records {
	u64 head;
	u64 tail;
	u32 size;
	struct td_event at[];
};

/**
 * struct td_ring - records in the order of what happened
 * @lock: of all but @resize, and so the order of events
 * @seq: events ever
 * @forgotten: events that waited, and for which nobody listened any more
 * @lost: events ever that found no room
 * @lost_since: those since the last record
 * @peak: the most records that ever waited
 * @now: where records are put
 * @before: where they were put before it was resized, emptied first, or NULL
 * @resize: one at a time
 */
struct td_ring {
	raw_spinlock_t lock;
	u64 seq;
	u64 forgotten;
	u64 lost;
	u64 lost_since;
	u64 peak;
	struct td_records *now;
	struct td_records *before;
	struct mutex resize;
};

int td_ring_init(struct td_ring *ring, u32 size);
void td_ring_destroy(struct td_ring *ring);

struct td_event *td_ring_begin(struct td_ring *ring, unsigned long *flags);
void td_ring_end(struct td_ring *ring, unsigned long flags);
bool td_ring_pop(struct td_ring *ring, struct td_event *out);
bool td_ring_empty(struct td_ring *ring);
void td_ring_forget(struct td_ring *ring);
bool td_ring_swap(struct td_ring *ring, struct td_records *next);
struct td_records *td_records_new(u32 size);
u32 td_ring_size(struct td_ring *ring);
void td_ring_count(struct td_ring *ring, struct td_event_counts *out);

#endif /* TASKDIAG_RING_H */
