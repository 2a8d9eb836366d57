// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes room for what is told of tasks. Their bytes of varying length are all
 * in one buffer, of which each takes a span.
 */
#include <linux/cpumask.h>
#include <linux/limits.h>
#include <linux/slab.h>

#include "../generated/uapi/linux/taskdiag.h"
#include "fill.h"

/* A command line of full length each would be 64 KiB; most have a hundred bytes. */
#define CMDLINES 4

/**
 * td_text_max - how long the text of some tasks may get
 * @groups: TASKDIAG_GROUP_* that are told
 * @tasks: of how many tasks, at most TD_BATCH
 * @paths: paths, too
 *
 * Return: bytes for struct td_room's @text.
 */
u32 td_text_max(u32 groups, u32 tasks, bool paths)
{
	u32 len = 0;

	if (groups & TASKDIAG_GROUP_SCHED)
		len += tasks * BITS_TO_U64(nr_cpu_ids) * sizeof(u64);
	if (groups & TASKDIAG_GROUP_CMDLINE)
		len += min(tasks, CMDLINES) * TASKDIAG_CMDLINE_MAX;
	if (groups & TASKDIAG_GROUP_CGROUP && paths)
		len += tasks * PATH_MAX;
	if (groups & TASKDIAG_GROUP_EXE && paths)
		len += tasks * PATH_MAX;
	return len;
}

/**
 * td_room_new - makes room for what is told of tasks
 * @groups: TASKDIAG_GROUP_* that are told
 * @tasks: of how many tasks, at most TD_BATCH
 * @paths: paths, too
 *
 * Return: the room, for td_room_free(), or NULL without memory. All of it can
 * be read, whatever was told.
 */
struct td_room *td_room_new(u32 groups, u32 tasks, bool paths)
{
	struct td_room *room = kzalloc(sizeof(*room), GFP_KERNEL);

	if (!room)
		return NULL;
	room->max = min(tasks, TD_BATCH);
	room->tasks = kcalloc(room->max, sizeof(*room->tasks), GFP_KERNEL);
	room->text_max = td_text_max(groups, room->max, paths);
	/* Without text, a pointer that stands for none. */
	room->text = kvzalloc(room->text_max, GFP_KERNEL);
	if (room->tasks && room->text)
		return room;
	td_room_free(room);
	return NULL;
}

/**
 * td_room_free - gives room back
 * @room: what td_room_new() returned
 */
void td_room_free(struct td_room *room)
{
	kvfree(room->text);
	kfree(room->tasks);
	kfree(room);
}
