// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tells what memory a process has.
 *
 * Under task_lock(), which is never held for long, a task keeps its mm. The
 * mm's own lock, which a stuck task may hold for ever, is not taken.
 */
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/percpu_counter.h>
#include <linux/sched.h>
#include <linux/sched/task.h>

#include "fill.h"

/*
 * The exact counts, as percpu_counter_sum_positive() tells them, but all in
 * one pass and without the counters' locks: a count that a processor folds
 * into the total meanwhile can be off by what it folds.
 */
static void count_pages(const struct mm_struct *mm, u64 pages[NR_MM_COUNTERS])
{
	s64 sum[NR_MM_COUNTERS];
	int i;

	for (i = 0; i < NR_MM_COUNTERS; i++)
		sum[i] = READ_ONCE(mm->rss_stat[i].count);
#ifdef CONFIG_SMP
	int cpu;

	for_each_cpu_or(cpu, cpu_online_mask, cpu_dying_mask)
		for (i = 0; i < NR_MM_COUNTERS; i++)
			sum[i] += READ_ONCE(*per_cpu_ptr(mm->rss_stat[i].counters, cpu));
#endif
	for (i = 0; i < NR_MM_COUNTERS; i++)
		pages[i] = max(sum[i], 0);
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
	u64 pages[NR_MM_COUNTERS], rss, total, hiwater;
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
