// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeps records between the probes and the delivery.
 *
 * One lock gives all events one order. A record is written in place, under the
 * lock; what finds no room is counted, and the next record that fits tells of
 * it. The ring can be given another size while it is in use: new records go
 * into the new one, and the delivery empties the old one first.
 */
#include <linux/jiffies.h>
#include <linux/log2.h>
#include <linux/preempt.h>
#include <linux/processor.h>
#include <linux/slab.h>

#include "events.h"
#include "ring.h"

/**
 * td_records_new - room for records
 * @size: how many, at least
 *
 * Return: the room, or NULL without memory.
 */
struct td_records *td_records_new(u32 size)
{
	struct td_records *records;

	size = roundup_pow_of_two(size);
	records = kvzalloc(struct_size(records, at, size), GFP_KERNEL | __GFP_NOWARN);
	if (records)
		records->size = size;
	return records;
}

int td_ring_init(struct td_ring *ring, u32 size)
{
	raw_spin_lock_init(&ring->lock);
	mutex_init(&ring->resize);
	ring->now = td_records_new(size);
	return ring->now ? 0 : -ENOMEM;
}

void td_ring_destroy(struct td_ring *ring)
{
	kvfree(ring->before);
	kvfree(ring->now);
}

/*
 * A kprobe that is a breakpoint calls its handler as in an NMI, where nobody
 * is to wait for a lock. Here one can: what holds the lock never comes by a
 * function that has a probe, so another processor does, and lets it go.
 */
static unsigned long lock(struct td_ring *ring)
{
	unsigned long flags;

	if (in_nmi()) {
		while (!raw_spin_trylock_irqsave(&ring->lock, flags))
			cpu_relax();
	} else {
		raw_spin_lock_irqsave(&ring->lock, flags);
	}
	return flags;
}

/**
 * td_ring_begin - takes the lock, counts an event and finds room for it
 * @ring: the ring
 * @flags: for td_ring_end(), which is to be called in any case
 *
 * Return: the record to fill, of which @seq and @lost are filled, or NULL where there is no room.
 */
struct td_event *td_ring_begin(struct td_ring *ring, unsigned long *flags)
{
	struct td_records *now;
	struct td_event *rec;
	u64 waiting;

	*flags = lock(ring);
	now = ring->now;
	ring->seq++;
	waiting = now->head - now->tail;
	if (waiting == now->size) {
		ring->lost++;
		ring->lost_since++;
		return NULL;
	}
	if (waiting >= ring->peak)
		ring->peak = waiting + 1;
	rec = &now->at[now->head++ & (now->size - 1)];
	rec->seq = ring->seq;
	rec->lost = ring->lost_since;
	ring->lost_since = 0;
	return rec;
}

void td_ring_end(struct td_ring *ring, unsigned long flags)
{
	raw_spin_unlock_irqrestore(&ring->lock, flags);
}

/**
 * td_ring_pop - takes the oldest record out
 * @ring: the ring
 * @out: the record
 *
 * Context: the one task that delivers; may sleep.
 * Return: false if there is none.
 */
bool td_ring_pop(struct td_ring *ring, struct td_event *out)
{
	struct td_records *from, *done = NULL;
	unsigned long flags;
	bool some;

	raw_spin_lock_irqsave(&ring->lock, flags);
	from = ring->before;
	if (from && from->tail == from->head) {
		done = from;
		ring->before = NULL;
		from = NULL;
	}
	if (!from)
		from = ring->now;
	some = from->tail != from->head;
	if (some)
		*out = from->at[from->tail++ & (from->size - 1)];
	raw_spin_unlock_irqrestore(&ring->lock, flags);
	kvfree(done);
	return some;
}

/* Whether there is nothing to take out; records may come at once. */
bool td_ring_empty(struct td_ring *ring)
{
	unsigned long flags;
	bool empty;

	raw_spin_lock_irqsave(&ring->lock, flags);
	empty = !ring->before && ring->now->head == ring->now->tail;
	raw_spin_unlock_irqrestore(&ring->lock, flags);
	return empty;
}

static void forget(struct td_ring *ring, struct td_records *records)
{
	ring->forgotten += records->head - records->tail;
	records->tail = records->head;
}

/* Drops what was seen for those who have left: it is not for who comes now. */
void td_ring_forget(struct td_ring *ring)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&ring->lock, flags);
	if (ring->before)
		forget(ring, ring->before);
	forget(ring, ring->now);
	ring->lost_since = 0;
	raw_spin_unlock_irqrestore(&ring->lock, flags);
}

/**
 * td_ring_swap - puts new room in the place of the old
 * @ring: the ring
 * @next: the room, empty
 *
 * Return: false, and nothing done, if the ring was swapped before and the
 * delivery has not emptied the older room yet.
 */
bool td_ring_swap(struct td_ring *ring, struct td_records *next)
{
	unsigned long flags;
	bool ready;

	raw_spin_lock_irqsave(&ring->lock, flags);
	ready = !ring->before;
	if (ready) {
		ring->before = ring->now;
		ring->now = next;
	}
	raw_spin_unlock_irqrestore(&ring->lock, flags);
	return ready;
}

u32 td_ring_size(struct td_ring *ring)
{
	unsigned long flags;
	u32 size;

	raw_spin_lock_irqsave(&ring->lock, flags);
	size = ring->now->size;
	raw_spin_unlock_irqrestore(&ring->lock, flags);
	return size;
}

void td_ring_count(struct td_ring *ring, struct td_event_counts *out)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&ring->lock, flags);
	out->seq = ring->seq;
	out->events = ring->seq - ring->forgotten;
	out->lost = ring->lost;
	out->untold = ring->lost_since;
	out->peak = ring->peak;
	raw_spin_unlock_irqrestore(&ring->lock, flags);
}
