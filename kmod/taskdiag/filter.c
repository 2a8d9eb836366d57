// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decides whether a task is one of those that were asked for, before anything
 * is told of it: what costs least is looked at first.
 */
#include <linux/cred.h>
#include <linux/sched.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "../generated/uapi/linux/taskdiag.h"
#include "cputime.h"
#include "fill.h"
#include "view.h"

static bool uid_matches(const struct td_view *view, struct task_struct *task, u32 uid)
{
	kuid_t euid = __task_cred(task)->euid;

	return uid == (view->plain_ids ? __kuid_val(euid) :
					 from_kuid_munged(view->cred->user_ns, euid));
}

/* Compares up to the first NUL: what is behind it in a task's name may be anything. */
static bool comm_matches(const struct task_struct *task, const u8 *comm)
{
	return task->comm[0] == comm[0] && !strncmp(task->comm, comm, TD_COMM_LEN);
}

/**
 * td_filter_matches - whether a task is as a filter wants it
 * @view: in whose ids the filter speaks
 * @filter: what it wants
 * @task: the task
 * @process: judge it by what all threads of its process used
 *
 * Context: under rcu_read_lock().
 */
bool td_filter_matches(const struct td_view *view, const struct td_filter *filter,
		       struct task_struct *task, bool process)
{
	u32 set = filter->set;

	if (set & TD_FILTER_KTHREADS &&
	    !!(READ_ONCE(task->flags) & PF_KTHREAD) != filter->kthreads)
		return false;
	if (set & TD_FILTER_STATE && !(filter->states & BIT(task_state_index(task))))
		return false;
	if (set & TD_FILTER_UID && !uid_matches(view, task, filter->uid))
		return false;
	if (set & TD_FILTER_COMM && !comm_matches(task, filter->comm))
		return false;
	if (set & TD_FILTER_PPID && td_ppid_seen(view, task) != filter->ppid)
		return false;
	if (set & TD_FILTER_CGROUP && td_cgroup_id_of(task) != filter->cgroup_id)
		return false;
	if (set & TD_FILTER_RSS && td_rss_of(task) < filter->min_rss)
		return false;
	if (set & TD_FILTER_CPU && td_runtime_of(task, process) < filter->min_cpu)
		return false;
	return true;
}
