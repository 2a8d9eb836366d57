// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes down what happens to tasks.
 *
 * This runs in the context of whoever forks, execs, exits or changes itself,
 * under locks of theirs: it must not sleep and must not fail, so all it does
 * is to write a plain record into the ring. A lazy irq_work (which costs no
 * interrupt of its own) then starts a work item at the next tick, and that
 * sends many records at once.
 *
 * Threads: a process is told of when its first thread is born and when its
 * last one ends, whichever that is, under the id of the process. Names and
 * user ids are a thread's own, and told of under its id.
 */
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/exec_state.h>
#include <linux/sched/clock.h>
#include <linux/sched/signal.h>
#include <linux/timekeeping.h>
#include <linux/uidgid.h>

#include "cputime.h"
#include "events.h"
#include "probes.h"
#include "ring.h"
#include "see.h"

static void describe(const struct task_struct *task, struct td_event_task *out)
{
	const struct task_struct *parent;

	rcu_read_lock();
	/* A thread can rename another that was reaped, whose real_parent may be gone. */
	parent = pid_alive(task) ? rcu_dereference(task->real_parent) : NULL;
	out->ppid = parent ? parent->tgid : 0;
	rcu_read_unlock();
	out->pid = task->pid;
	out->tgid = task->tgid;
	out->start_time = task->start_boottime;
	memcpy(out->comm, task->comm, TD_COMM_LEN);
}

/* The caller holds rcu_read_lock(). */
static bool is_dumpable(const struct task_struct *task)
{
	const struct task_exec_state *exec = rcu_dereference(task->exec_state);

	return exec && READ_ONCE(exec->dumpable) == TASK_DUMPABLE_OWNER;
}

static void note_owner(struct task_struct *task, struct td_event *rec)
{
	const struct cred *cred;

	rcu_read_lock();
	cred = __task_cred(task);
	rec->uid = __kuid_val(cred->euid);
	rec->owner = (struct td_owner){ -1, -1 };
	if (is_dumpable(task)) {
		if (uid_eq(cred->uid, cred->euid) && uid_eq(cred->uid, cred->suid))
			rec->owner.uid = __kuid_val(cred->uid);
		if (gid_eq(cred->gid, cred->egid) && gid_eq(cred->gid, cred->sgid))
			rec->owner.gid = __kgid_val(cred->gid);
	}
	rcu_read_unlock();
}

static u64 cgroup_of(struct task_struct *task)
{
	u64 id = 0;

#ifdef CONFIG_CGROUPS
	rcu_read_lock();
	id = cgroup_id(task_dfl_cgroup(task));
	rcu_read_unlock();
#endif
	return id;
}

/*
 * Begins a record; NULL if there is no room. end() is to be called in any
 * case: between the two, the ring is locked.
 */
static struct td_event *begin(struct td_probes *probes, u32 kind, struct task_struct *task,
			      unsigned long *flags)
{
	struct td_event *rec = td_ring_begin(probes->ring, flags);

	if (!rec)
		return NULL;
	/* As in td_ring_begin(): the usual clock waits for who sets it. */
	rec->time = in_nmi() ? ktime_get_boot_fast_ns() : ktime_get_boottime_ns();
	rec->cpu = smp_processor_id();
	rec->kind = kind;
	note_owner(task, rec);
	rec->cgroup = cgroup_of(task);
	describe(task, &rec->task);
	return rec;
}

static void end(struct td_probes *probes, unsigned long flags)
{
	td_ring_end(probes->ring, flags);
	irq_work_queue(&probes->kick);
}

void td_see_fork(void *data, struct task_struct *parent, struct task_struct *child)
{
	struct td_probes *probes = data;
	struct td_event *rec;
	unsigned long flags;

	if (!thread_group_leader(child) || !READ_ONCE(probes->recording))
		return;
	rec = begin(probes, TASKDIAG_EVENT_TYPE_FORK, child, &flags);
	if (rec)
		describe(parent, &rec->parent);
	end(probes, flags);
}

void td_see_exec(void *data, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	struct td_probes *probes = data;
	unsigned long flags;

	if (!READ_ONCE(probes->recording))
		return;
	begin(probes, TASKDIAG_EVENT_TYPE_EXEC, task, &flags);
	end(probes, flags);
}

/*
 * What the running task has run since the scheduler last looked, which it does
 * at each tick and switch; the function that would make it look is not
 * exported. Most processes live shorter than a tick: without this, they would
 * have used nothing. The scheduler's clock can be behind this one where time
 * is taken away by interrupts or a hypervisor, so neither more than the task
 * has been running for nor more than a tick.
 */
static u64 unaccounted(const struct task_struct *task)
{
	u64 most = TICK_NSEC;
	u64 now;

	/* Times of one processor, and probes can be preempted. */
	preempt_disable();
	now = sched_clock_cpu(smp_processor_id());
#ifdef CONFIG_SCHED_INFO
	most = min(most, now - min(now, task->sched_info.last_arrival));
#endif
	most = min(most, now - min(now, task->se.exec_start));
	preempt_enable();
	return most;
}

static bool usage_of(struct task_struct *task, struct td_cpu *usage)
{
	bool whole;

	rcu_read_lock();
	whole = td_cpu_of_ending(task, unaccounted(task), usage);
	rcu_read_unlock();
	return whole;
}

/* By now the kernel has put the process's exit code where wait(2) will find it. */
void td_see_exit(void *data, struct task_struct *task, bool group_dead)
{
	const struct signal_struct *sig = task->signal;
	struct td_probes *probes = data;
	struct td_cpu usage;
	struct td_event *rec;
	unsigned long flags;
	bool has_usage;

	if (!group_dead || !READ_ONCE(probes->recording))
		return;
	has_usage = usage_of(task, &usage);
	rec = begin(probes, TASKDIAG_EVENT_TYPE_EXIT, task->group_leader, &flags);
	if (rec) {
		rec->end.exit_code = sig->group_exit_code;
		rec->end.max_rss = task->mm ? (u64)sig->maxrss << PAGE_SHIFT : 0;
		rec->end.has_usage = has_usage;
		if (has_usage)
			rec->end.usage = usage;
	}
	end(probes, flags);
}

/* Exec renames too, but tells of itself. The new name is not there yet. */
void td_see_rename(void *data, struct task_struct *task, const char *comm)
{
	struct td_probes *probes = data;
	struct td_event *rec;
	unsigned long flags;

	if ((task == current && task->in_execve) || !READ_ONCE(probes->recording))
		return;
	rec = begin(probes, TASKDIAG_EVENT_TYPE_COMM, task, &flags);
	if (rec) {
		memcpy(rec->names.old, task->comm, TD_COMM_LEN);
		strscpy_pad(rec->names.new, comm, TD_COMM_LEN);
	}
	end(probes, flags);
}

static void note_ids(const struct cred *cred, struct td_event_ids *out)
{
	out->uid = __kuid_val(cred->uid);
	out->gid = __kgid_val(cred->gid);
	out->euid = __kuid_val(cred->euid);
	out->egid = __kgid_val(cred->egid);
}

/* The current task is about to act by @next; many other changes come this way too. */
void td_see_creds(struct td_probes *probes, const struct cred *next)
{
	const struct cred *prev = current_real_cred();
	struct td_event *rec;
	unsigned long flags;

	if (uid_eq(prev->uid, next->uid) && gid_eq(prev->gid, next->gid) &&
	    uid_eq(prev->euid, next->euid) && gid_eq(prev->egid, next->egid))
		return;
	if (!READ_ONCE(probes->recording))
		return;
	rec = begin(probes, TASKDIAG_EVENT_TYPE_IDS, current, &flags);
	if (rec) {
		note_ids(prev, &rec->ids.old);
		note_ids(next, &rec->ids.new);
	}
	end(probes, flags);
}

void td_see_session(struct td_probes *probes, struct task_struct *leader)
{
	unsigned long flags;

	if (!READ_ONCE(probes->recording))
		return;
	begin(probes, TASKDIAG_EVENT_TYPE_SESSION, leader, &flags);
	end(probes, flags);
}
