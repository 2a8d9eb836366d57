/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who fills which part of what is told of a task.
 */
#ifndef TASKDIAG_FILL_H
#define TASKDIAG_FILL_H

#include <linux/types.h>

#include "../generated/uapi/linux/taskdiag.h"
#include "task.h"

/* Groups that only some may be told. */
#define TD_SENSITIVE (TASKDIAG_GROUP_IO | TASKDIAG_GROUP_NS | TASKDIAG_GROUP_EXE | \
		      TASKDIAG_GROUP_CMDLINE)
/* Those of them that are found out with a reference to the task, outside of RCU. */
#define TD_LATE (TASKDIAG_GROUP_EXE | TASKDIAG_GROUP_CMDLINE)

/* task.c; under rcu_read_lock() */
u32 td_tgid_seen(const struct td_view *view, const struct task_struct *task);
u32 td_ppid_seen(const struct td_view *view, struct task_struct *task);
bool td_fill(const struct td_view *view, const struct td_query *query, struct task_struct *task,
	     bool process, struct td_task *out, struct td_room *room);

/* late.c; may sleep, but waits for nobody */
bool td_fill_late(const struct td_view *view, struct task_struct *task, bool paths,
		  struct td_task *out, struct td_room *room);

/* sched.c, mm.c, io.c, ns.c, files.c; under rcu_read_lock(). False if there is no such thing. */
void td_sched_of(struct task_struct *task, struct td_sched *out, struct td_room *room);
bool td_mm_of(struct task_struct *task, struct td_mm *out);
u64 td_rss_of(struct task_struct *task);
bool td_io_of(struct task_struct *task, bool process, struct td_io *out);
bool td_ns_of(struct task_struct *task, struct td_ns *out);
u64 td_cgroup_id_of(struct task_struct *task);
bool td_cgroup_path(struct task_struct *task, struct td_span *out, struct td_room *room);
bool td_fds_of(struct task_struct *task, u32 *out);

/* filter.c; under rcu_read_lock() */
bool td_filter_matches(const struct td_view *view, const struct td_filter *filter,
		       struct task_struct *task, bool process);

/**
 * td_text_left - how much text there is room for
 * @room: where
 */
static inline u32 td_text_left(const struct td_room *room)
{
	return room->text_max - room->text_len;
}

/**
 * td_text_take - takes a span of the text
 * @room: where from
 * @len: how long
 * @out: which span
 *
 * Return: its bytes, for the caller to write, or NULL (and an empty span) if
 * there is no room.
 */
static inline u8 *td_text_take(struct td_room *room, u32 len, struct td_span *out)
{
	*out = (struct td_span){ .at = room->text_len };
	if (len > td_text_left(room))
		return NULL;
	out->len = len;
	room->text_len += len;
	return room->text + out->at;
}

/**
 * td_text_trim - gives back what of the latest span is not used
 * @room: where to
 * @span: the span
 * @len: how long it is now
 */
static inline void td_text_trim(struct td_room *room, struct td_span *span, u32 len)
{
	span->len = len;
	room->text_len = span->at + len;
}

#endif /* TASKDIAG_FILL_H */
