// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts the open file descriptors of a task.
 */
#include <linux/bitmap.h>
#include <linux/fdtable.h>
#include <linux/sched.h>
#include <linux/sched/task.h>

#include "fill.h"

/**
 * td_fds_of - how many file descriptors a task has open
 * @task: the task
 * @out: how many
 *
 * Context: under rcu_read_lock().
 * Return: false if it has no table of them, as zombies.
 */
bool td_fds_of(struct task_struct *task, u32 *out)
{
	const struct fdtable *fdt;
	bool has;

	task_lock(task);
	has = task->files;
	if (has) {
		fdt = files_fdtable(task->files);
		*out = bitmap_weight(fdt->open_fds, fdt->max_fds);
	}
	task_unlock(task);
	return has;
}
