// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adds up what a thread or a process used, to the figures that /proc gives.
 */
#include <linux/context_tracking_state.h>
#include <linux/math64.h>
#include <linux/sched.h>
#include <linux/sched/cputime.h>
#include <linux/sched/signal.h>

#include "cputime.h"
#include "task.h"

/*
 * Scales tick-sampled user and system time so that their sum is the exact
 * runtime and neither ever goes backwards, as cputime_adjust() does, which is
 * not exported. It works on the process's own memory of what it last told
 * (@prev) under its lock, so that what /proc and taskdiag tell stays one
 * monotonic sequence.
 */
static void scale(struct td_cpu *cpu, struct prev_cputime *prev)
{
#ifndef CONFIG_VIRT_CPU_ACCOUNTING_NATIVE
	u64 runtime = cpu->runtime, utime = cpu->utime, stime = cpu->stime;
	unsigned long flags;

	/*
	 * Nothing ran since it was last told, which is so for most processes of
	 * a listing: no lock. If this catches another reader between its two
	 * stores, each of the two is still one that was or will be told.
	 */
	cpu->utime = READ_ONCE(prev->utime);
	cpu->stime = READ_ONCE(prev->stime);
	if (cpu->utime + cpu->stime == runtime)
		return;

	raw_spin_lock_irqsave(&prev->lock, flags);
	if (prev->utime + prev->stime < runtime) {
		if (stime && !utime)
			stime = runtime;
		else if (stime)
			stime = mul_u64_u64_div_u64(stime, runtime, stime + utime);

		/* Both at least what was told before; runtime has grown, so there is room. */
		stime = clamp(stime, prev->stime, runtime - prev->utime);
		prev->stime = stime;
		prev->utime = runtime - stime;
	}
	cpu->utime = prev->utime;
	cpu->stime = prev->stime;
	raw_spin_unlock_irqrestore(&prev->lock, flags);
#endif
}

/* Adds one living (or unreaped) thread to @sum; times are as sampled. */
static __always_inline void add_thread(struct td_cpu *sum, const struct task_struct *task)
{
	sum->utime += task->utime;
	sum->stime += task->stime;
	sum->runtime += task->se.sum_exec_runtime;
	sum->minflt += task->min_flt;
	sum->majflt += task->maj_flt;
	sum->nvcsw += task->nvcsw;
	sum->nivcsw += task->nivcsw;
}

/*
 * With full dynticks a running thread's times stand still until it is asked:
 * the exported task_cputime_adjusted() knows how, a thread at a time. It takes
 * locks of the scheduler, so this never takes stats_lock, but looks again if a
 * thread ended meanwhile. False if threads end all the time, or are too many.
 */
static bool dyntick_times(struct td_cpu *sum, struct signal_struct *sig)
{
	unsigned int seq, left, tries;
	struct task_struct *task;
	u64 utime, stime;

	for (tries = 8; tries; tries--) {
		seq = read_seqbegin(&sig->stats_lock);
		sum->utime = sig->utime;
		sum->stime = sig->stime;
		left = 2 * TD_MAX_THREADS;
		__for_each_thread(sig, task) {
			if (!left--)
				return false;
			task_cputime_adjusted(task, &utime, &stime);
			sum->utime += utime;
			sum->stime += stime;
		}
		if (!read_seqretry(&sig->stats_lock, seq))
			return true;
	}
	return false;
}

/**
 * td_cpu_of_ending - as td_cpu_of_process(), of a process whose last thread is running
 * @task: the thread
 * @unaccounted: ns that it has run since the scheduler last added them up
 * @out: the figures
 */
bool td_cpu_of_ending(struct task_struct *task, u64 unaccounted, struct td_cpu *out)
{
	struct signal_struct *sig = task->signal;
	struct task_struct *thread;
	/* Of its own: @out would be written with each figure of each thread. */
	struct td_cpu sum;
	unsigned int left;
	bool whole = true;

	if (READ_ONCE(sig->nr_threads) > TD_MAX_THREADS)
		return false;

	/* A thread that ends moves its figures from itself to sig, under stats_lock. */
	scoped_seqlock_read(&sig->stats_lock, ss_lock_irqsave) {
		sum.utime = sig->utime;
		sum.stime = sig->stime;
		sum.runtime = sig->sum_sched_runtime;
		sum.minflt = sig->min_flt;
		sum.majflt = sig->maj_flt;
		sum.nvcsw = sig->nvcsw;
		sum.nivcsw = sig->nivcsw;

		/* Threads may be born faster than they are walked: twice the limit ends it. */
		left = 2 * TD_MAX_THREADS;
		__for_each_thread(sig, thread) {
			if (!left--) {
				whole = false;
				break;
			}
			add_thread(&sum, thread);
		}
	}
	if (!whole)
		return false;
	sum.runtime += unaccounted;
	*out = sum;
	if (context_tracking_enabled())
		return dyntick_times(out, sig);
	scale(out, &sig->prev_cputime);
	return true;
}

/**
 * td_cpu_of_process - what all threads of a process used, ended ones too
 * @leader: any of its threads
 * @out: the figures
 *
 * Context: under rcu_read_lock().
 * Return: false, and nothing told, if the process has too many threads to sum.
 */
bool td_cpu_of_process(struct task_struct *leader, struct td_cpu *out)
{
	return td_cpu_of_ending(leader, 0, out);
}

/**
 * td_cpu_of_thread - what one thread used
 * @task: the thread
 * @out: the figures
 *
 * Context: under rcu_read_lock().
 */
void td_cpu_of_thread(struct task_struct *task, struct td_cpu *out)
{
	*out = (struct td_cpu){};
	add_thread(out, task);
	task_cputime_adjusted(task, &out->utime, &out->stime);
}

/**
 * td_runtime_of - how long a thread or a process has been on a processor
 * @task: the thread, or any of the process
 * @process: all threads of it, ended ones too
 *
 * Context: under rcu_read_lock().
 * Return: ns by the scheduler's clock; of too many threads, of those that have ended.
 */
u64 td_runtime_of(struct task_struct *task, bool process)
{
	struct signal_struct *sig = task->signal;
	u64 sum;

	if (!process)
		return task->se.sum_exec_runtime;
	if (READ_ONCE(sig->nr_threads) > TD_MAX_THREADS)
		return READ_ONCE(sig->sum_sched_runtime);
	scoped_seqlock_read(&sig->stats_lock, ss_lock_irqsave) {
		unsigned int left = 2 * TD_MAX_THREADS;

		sum = sig->sum_sched_runtime;
		__for_each_thread(sig, task) {
			if (!left--)
				break;
			sum += task->se.sum_exec_runtime;
		}
	}
	return sum;
}
