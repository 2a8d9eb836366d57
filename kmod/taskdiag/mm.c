// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tells what memory a process has.
 *
 * Under task_lock(), which is never held for long, a task keeps its mm. The
 * mm's own lock, which a stuck task may hold for ever, is not taken.
 */
#include <linux/bitops.h>
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/percpu_counter.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/unroll.h>

#include "fill.h"

#ifdef CONFIG_SMP
/* What a processor, whose variables are at @offset, has yet to add to the total of a count. */
static __always_inline s64 share(const struct percpu_counter *counter, unsigned long offset)
{
	return READ_ONCE(*SHIFT_PERCPU_PTR(counter->counters, offset));
}
#endif

/*
 * The exact counts, as percpu_counter_sum_positive() tells them, but all in
 * one pass and without the counters' locks: a count that a processor folds
 * into the total meanwhile can be off by what it folds.
 */
static __always_inline void count_pages(const struct mm_struct *mm, s64 pages[NR_MM_COUNTERS])
{
	unsigned int i;

	unrolled_full
	for (i = 0; i < NR_MM_COUNTERS; i++)
		pages[i] = READ_ONCE(mm->rss_stat[i].count);
#ifdef CONFIG_SMP
	unsigned long cpus, offset;
	unsigned int word;

	/* As for_each_cpu_or(), which calls a function to find each. */
	for (word = 0; word < BITS_TO_LONGS(nr_cpu_ids); word++) {
		cpus = cpumask_bits(cpu_online_mask)[word] | cpumask_bits(cpu_dying_mask)[word];
		for (; cpus; cpus &= cpus - 1) {
			offset = per_cpu_offset(word * BITS_PER_LONG + __ffs(cpus));
			unrolled_full
			for (i = 0; i < NR_MM_COUNTERS; i++)
				pages[i] += share(&mm->rss_stat[i], offset);
		}
	}
#endif
	unrolled_full
	for (i = 0; i < NR_MM_COUNTERS; i++)
		pages[i] = max(pages[i], 0);
}

/* The task's own mm, or NULL; one that a kernel thread borrows is not its own. Under task_lock(). */
static struct mm_struct *own_mm(struct task_struct *task)
{
	return task->flags & PF_KTHREAD ? NULL : task->mm;
}

/**
 * td_mm_of - what memory a task's process has
 * @task: the task
 * @out: the figures
 *
 * Return: false if it has none of its own, as kernel threads and zombies.
 */
bool td_mm_of(struct task_struct *task, struct td_mm *out)
{
	s64 pages[NR_MM_COUNTERS];
	u64 rss, total, hiwater;
	const struct mm_struct *mm;

	task_lock(task);
	mm = own_mm(task);
	if (!mm) {
		task_unlock(task);
		return false;
	}
	count_pages(mm, pages);
	total = READ_ONCE(mm->total_vm);
	hiwater = READ_ONCE(mm->hiwater_rss);
	task_unlock(task);

	rss = pages[MM_FILEPAGES] + pages[MM_ANONPAGES] + pages[MM_SHMEMPAGES];
	out->vsz = total << PAGE_SHIFT;
	out->rss = rss << PAGE_SHIFT;
	out->anon = pages[MM_ANONPAGES] << PAGE_SHIFT;
	out->file = pages[MM_FILEPAGES] << PAGE_SHIFT;
	out->shmem = pages[MM_SHMEMPAGES] << PAGE_SHIFT;
	out->swap = pages[MM_SWAPENTS] << PAGE_SHIFT;
	/* The mark is made only when memory is about to shrink. */
	out->hiwater = max(hiwater, rss) << PAGE_SHIFT;
	return true;
}

/**
 * td_rss_of - the resident memory of a task's process
 * @task: the task
 *
 * Return: bytes, 0 if it has no memory of its own.
 */
u64 td_rss_of(struct task_struct *task)
{
	struct td_mm mm;

	return td_mm_of(task, &mm) ? mm.rss : 0;
}
