/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A watch: processes, and what of them is waited for. bindgen reads this file.
 */
#ifndef TASKDIAG_WATCH_H
#define TASKDIAG_WATCH_H

#include <linux/types.h>

#include "events.h"

struct td_view;
struct td_watch;

/* The most processes that a watch can have. */
#define TD_WATCH_PIDS 1024

/* The most watches of what matches a filter, which all are asked at each exec and end. */
#define TD_WATCH_FILTERS 64

/**
 * struct td_rules - when a watch fires
 * @id: its number, which firings carry
 * @on: a bit for each enum taskdiag_watch_on that is waited for
 * @cpu: thousandths of one processor, for cpu-over
 * @interval: how often memory and processor time are looked at, in ms
 * @rss: bytes, for rss-over
 * @filters: it is of all processes that match @filter, and not of some by number
 * @filter: what they must be like
 */
struct td_rules {
	u32 id;
	u32 on;
	u32 cpu;
	u32 interval;
	u64 rss;
	bool filters;
	struct td_filter filter;
};

/**
 * struct td_firing - what happened
 * @time: ns of CLOCK_BOOTTIME
 * @value: what a threshold was compared with
 * @lost: how many firings of the watch just before this one were dropped
 * @watch: the watch's number
 * @on: enum taskdiag_watch_on
 * @exit_code: as for wait(2); defined if @has_exit_code
 * @has_exit_code: the process has ended, and who made the watch may know how
 * @task: the process, with the ids and the clock of who made the watch
 */
struct td_firing {
	u64 time;
	u64 value;
	u64 lost;
	u32 watch;
	u32 on;
	s32 exit_code;
	bool has_exit_code;
	struct td_event_task task;
};

/**
 * typedef td_fired_t - tells that a watch fired
 * @home: what td_watch_new() was given
 * @firing: what happened
 *
 * It may be about a watch that has ended meanwhile.
 *
 * Context: a work item; never runs twice at once; may sleep.
 */
typedef void (*td_fired_t)(const void *home, const struct td_firing *firing);

/**
 * typedef td_home_put_t - lets go of what td_watch_new() was given
 * @home: which it was
 *
 * Context: a work item; may sleep.
 */
typedef void (*td_home_put_t)(const void *home);

struct td_watch *td_watch_new(struct td_view *view, const struct td_rules *rules, bool bounded,
			      const void *home, td_fired_t fired, td_home_put_t put);
int td_watch_add(struct td_watch *watch, const u32 *pids, u32 n);
void td_watch_end(struct td_watch *watch);
void td_watch_sync(void);
u64 td_firings_dropped(void);

u32 td_watch_pids(struct td_watch *watch, const struct td_view *view, u32 *pids, u32 max);

#endif /* TASKDIAG_WATCH_H */
