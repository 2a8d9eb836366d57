/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What happened to a task, as plain integers and bytes, and the ring that
 * hands it over. bindgen reads this file.
 */
#ifndef TASKDIAG_EVENTS_H
#define TASKDIAG_EVENTS_H

#include <linux/types.h>

#include "task.h"

struct cred;
struct td_events;

/* Records in the ring to begin with; about 640 KiB. */
#define TD_RING_SIZE 4096

/**
 * struct td_event_task - what an event tells of a task
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
 * struct td_event_ids - whom a task acts for, in the initial user namespace
 */
struct td_event_ids {
	u32 uid;
	u32 gid;
	u32 euid;
	u32 egid;
};

/**
 * struct td_owner - a user that a task is wholly of, in the initial user namespace
 * @uid: its real, effective and saved user id, or (u32)-1 where these differ
 * @gid: likewise of groups
 *
 * As for ptrace(2), a task that may not be dumped is nobody's.
 */
struct td_owner {
	u32 uid;
	u32 gid;
};

/**
 * struct td_event_names - of a comm, what the task was called and will be
 */
struct td_event_names {
	u8 old[TD_COMM_LEN];
	u8 new[TD_COMM_LEN];
};

/**
 * struct td_event_change - of an ids, whom the task acted for and will act for
 */
struct td_event_change {
	struct td_event_ids old;
	struct td_event_ids new;
};

/**
 * struct td_event_end - of an exit, how it ended and what the process used
 * @usage: of all its threads; defined if @has_usage
 * @max_rss: the most bytes of memory ever resident, 0 without memory of its own
 * @exit_code: as for wait(2)
 * @has_usage: @usage is there
 */
struct td_event_end {
	struct td_cpu usage;
	u64 max_rss;
	s32 exit_code;
	u8 has_usage;
};

/**
 * struct td_event - something that happened to a task
 * @seq: counts all events from 1, lost ones too
 * @time: ns of CLOCK_BOOTTIME
 * @lost: how many events just before this one found the ring full
 * @cgroup: the id of the task's cgroup
 * @cpu: where it happened
 * @uid: the task's effective user id, in the initial user namespace
 * @owner: whose the task is
 * @kind: enum taskdiag_event_type, which says what of the union is defined
 * @task: the task
 * @parent: of a fork, who forked
 * @names: of a comm
 * @ids: of an ids
 * @end: of an exit
 */
struct td_event {
	u64 seq;
	u64 time;
	u64 lost;
	u64 cgroup;
	u32 cpu;
	u32 uid;
	struct td_owner owner;
	u32 kind;
	struct td_event_task task;
	union {
		struct td_event_task parent;
		struct td_event_names names;
		struct td_event_change ids;
		struct td_event_end end;
	};
};

/**
 * struct td_event_counts - what the ring has done since the module was loaded
 * @seq: the number of the last event, lost or not
 * @events: events that happened, but those that were forgotten
 * @lost: those that found it full
 * @untold: those of them that no record tells of yet
 * @peak: the most that ever waited
 */
struct td_event_counts {
	u64 seq;
	u64 events;
	u64 lost;
	u64 untold;
	u64 peak;
};

/**
 * typedef td_deliver_t - takes records out of the ring and sends them
 * @state: what td_events_new() was given
 * @ev: the events
 *
 * It takes all there are, or so many that it is time to let others run: it is
 * called again for what is left.
 *
 * Context: a work item; never runs twice at once; may sleep.
 * Return: false if nobody is in the group.
 */
typedef bool (*td_deliver_t)(const void *state, struct td_events *ev);

struct td_events *td_events_new(td_deliver_t deliver, const void *state);
void td_events_stop(struct td_events *ev);
void td_events_free(struct td_events *ev);

void td_events_joining(struct td_events *ev);
void td_events_look(struct td_events *ev);

int td_events_record(struct td_events *ev, u32 kinds);
void td_events_unrecord(struct td_events *ev, u32 kinds);

bool td_events_pop(struct td_events *ev, struct td_event *out);
int td_events_resize(struct td_events *ev, u32 size);
u32 td_events_size(struct td_events *ev);
void td_events_count(struct td_events *ev, struct td_event_counts *out);
u32 td_events_armed(struct td_events *ev);

bool td_in_initial_pid_ns(void);
bool td_follow_own(const struct cred *opener, struct td_owner *own);

#endif /* TASKDIAG_EVENTS_H */
