// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tells what a thread or a process has read and written, as /proc/PID/io.
 */
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/task_io_accounting_ops.h>

#include "cputime.h"
#include "fill.h"

/* What all threads of a process did, ended ones too. False if they are too many. */
static bool sum_threads(struct signal_struct *sig, struct task_io_accounting *sum)
{
	struct task_struct *task;
	unsigned int left;
	bool whole = true;

	if (READ_ONCE(sig->nr_threads) > TD_MAX_THREADS)
		return false;
	/* A thread that ends moves its figures from itself to sig, under stats_lock. */
	scoped_seqlock_read(&sig->stats_lock, ss_lock_irqsave) {
		*sum = sig->ioac;
		left = 2 * TD_MAX_THREADS;
		__for_each_thread(sig, task) {
			if (!left--) {
				whole = false;
				break;
			}
			task_io_accounting_add(sum, &task->ioac);
		}
	}
	return whole;
}

/**
 * td_io_of - what a task has read and written
 * @task: the task
 * @process: of all its process's threads, ended ones too
 * @out: the figures
 *
 * Context: under rcu_read_lock().
 * Return: false if there are too many threads to sum, or the kernel does not count.
 */
bool td_io_of(struct task_struct *task, bool process, struct td_io *out)
{
#if defined(CONFIG_TASK_XACCT) && defined(CONFIG_TASK_IO_ACCOUNTING)
	struct task_io_accounting sum;

	if (!process)
		sum = task->ioac;
	else if (!sum_threads(task->signal, &sum))
		return false;
	out->rchar = sum.rchar;
	out->wchar = sum.wchar;
	out->syscr = sum.syscr;
	out->syscw = sum.syscw;
	out->read_bytes = sum.read_bytes;
	out->write_bytes = sum.write_bytes;
	out->cancelled_write_bytes = sum.cancelled_write_bytes;
	return true;
#else
	return false;
#endif
}
