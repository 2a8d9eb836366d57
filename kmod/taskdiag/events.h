/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What happened to a process, as plain integers and bytes, and the ring that
 * hands it over. bindgen reads this file.
 */
#ifndef TASKDIAG_EVENTS_H
#define TASKDIAG_EVENTS_H

#include <linux/types.h>

#include "task.h"

struct td_events;

/* Records in the ring, a power of two; about half a MiB. */
#define TD_RING_SIZE 4096

/**
 * struct td_event_task - what an event tells of a process
 * @start_time: ns of CLOCK_BOOTTIME
 * @pid: its id; this and the ids below are of the initial pid namespace
 * @tgid: its process's id
 * @ppid: its real parent process's id
 * @comm: its name, which ends at the first NUL
 */
struct td_event_task {
	u64 start_time;
	u32 pid;
	u32 tgid;
	u32 ppid;
	u8 comm[TD_COMM_LEN];
};

/**
 * struct td_event - something that happened to a process
 * @seq: counts all events from 1, lost ones too
 * @time: ns of CLOCK_BOOTTIME
 * @lost: how many events just before this one found the ring full
 * @cpu: where it happened
 * @exit_code: as for wait(2), of an exit
 * @kind: enum taskdiag_event_type
 * @task: the process
 * @parent: of a fork, who forked
 */
struct td_event {
	u64 seq;
	u64 time;
	u64 lost;
	u32 cpu;
	s32 exit_code;
	u8 kind;
	struct td_event_task task;
	struct td_event_task parent;
};

/**
 * typedef td_deliver_t - takes records out of the ring and sends them
 * @ev: the events
 *
 * It takes all there are, or as many as the ring can hold: it is called again
 * for what came meanwhile.
 *
 * Context: a work item; never runs twice at once; may sleep.
 * Return: false if nobody listens.
 */
typedef bool (*td_deliver_t)(struct td_events *ev);

struct td_events *td_events_new(td_deliver_t deliver);
void td_events_free(struct td_events *ev);

void td_events_listen(struct td_events *ev);
void td_events_unlisten(struct td_events *ev);
bool td_events_pop(struct td_events *ev, struct td_event *out);

#endif /* TASKDIAG_EVENTS_H */
