// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tells how a thread is scheduled.
 */
#include <linux/cpumask.h>
#include <linux/sched.h>
#include <linux/sched/prio.h>
#include <linux/unaligned.h>

#include "fill.h"

/**
 * td_sched_of - how a thread is scheduled
 * @task: the thread
 * @out: the figures
 * @room: where its processors go
 *
 * Context: under rcu_read_lock().
 */
void td_sched_of(struct task_struct *task, struct td_sched *out, struct td_room *room)
{
	unsigned int i, words = BITS_TO_LONGS(nr_cpu_ids);
	u8 *bits;

	/* As task_prio(), which is not exported. */
	out->prio = READ_ONCE(task->prio) - MAX_RT_PRIO;
	out->nice = task_nice(task);
	out->policy = READ_ONCE(task->policy);
	out->cpu = task_cpu(task);
	out->rt_prio = READ_ONCE(task->rt_priority);

	/* Whoever sets the mask sets it a word at a time, too. */
	bits = td_text_take(room, words * sizeof(long), &out->affinity);
	for (i = 0; bits && i < words; i++)
		if (IS_ENABLED(CONFIG_64BIT))
			put_unaligned_le64(cpumask_bits(&task->cpus_mask)[i], bits + i * 8);
		else
			put_unaligned_le32(cpumask_bits(&task->cpus_mask)[i], bits + i * 4);
}
