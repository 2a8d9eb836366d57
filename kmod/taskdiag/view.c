// SPDX-License-Identifier: GPL-2.0-only
/*
 * Snapshots who asks, and decides what may be told to them.
 *
 * The measure is /proc: nobody learns from taskdiag what their own /proc would
 * not tell. Two parts of /proc's own check are not exported to modules and are
 * done by their rules: here ptrace_may_access() in the mode that /proc reads
 * with, in sight.c hidepid=. What cannot be done is the security module's
 * say: a policy (SELinux, Yama's and AppArmor's ptrace rules) that denies one
 * task the reading of another is not asked. Administrators who rely on such a
 * policy should not load this module.
 */
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/sched/exec_state.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/time_namespace.h>
#include <linux/user_namespace.h>

#include "../generated/uapi/linux/taskdiag.h"
#include "config.h"
#include "task.h"
#include "view.h"

/* Whether @cred has CAP_SYS_PTRACE in @ns. ns_capable() asks of current only. */
static bool cred_may_ptrace(const struct cred *cred, struct user_namespace *ns)
{
	const struct cred *old;
	bool may;

	if (cred == current_cred())
		return ns_capable_noaudit(ns, CAP_SYS_PTRACE);
	old = override_creds(cred);
	may = ns_capable_noaudit(ns, CAP_SYS_PTRACE);
	revert_creds(old);
	return may;
}

/*
 * ptrace_may_access(task, PTRACE_MODE_READ_FSCREDS) for @cred, without the
 * security module. The caller holds rcu_read_lock().
 */
static bool cred_may_read(const struct cred *cred, struct task_struct *task)
{
	const struct cred *theirs = __task_cred(task);
	struct task_exec_state *exec;
	bool same;

	same = uid_eq(cred->fsuid, theirs->uid) &&
	       uid_eq(cred->fsuid, theirs->euid) &&
	       uid_eq(cred->fsuid, theirs->suid) &&
	       gid_eq(cred->fsgid, theirs->gid) &&
	       gid_eq(cred->fsgid, theirs->egid) &&
	       gid_eq(cred->fsgid, theirs->sgid);
	if (!same && !cred_may_ptrace(cred, theirs->user_ns))
		return false;

	/*
	 * A task that drops privileges first becomes undumpable and then takes
	 * its new ids: having seen the new ids, see that too. Pairs with the
	 * write barrier in commit_creds().
	 */
	smp_rmb();
	exec = rcu_dereference(task->exec_state);
	if (!exec)
		return false;
	return READ_ONCE(exec->dumpable) == TASK_DUMPABLE_OWNER ||
	       cred_may_ptrace(cred, exec->user_ns);
}

static bool is_self(const struct td_view *view, struct task_struct *task)
{
	return rcu_access_pointer(task->signal->pids[PIDTYPE_TGID]) == view->self;
}

/**
 * td_may_read - whether a view may see what /proc keeps for ptrace readers
 * @view: who asks
 * @task: of whom
 *
 * Both the caller and whoever opened the socket must be allowed to: else a
 * setuid program that can be made to write to an inherited socket would ask
 * with its own rights. The caller may always read itself; another who opened
 * the socket may not because of that.
 *
 * Context: under rcu_read_lock().
 */
bool td_may_read(const struct td_view *view, struct task_struct *task)
{
	if (view->reads_all)
		return true;
	return (is_self(view, task) || cred_may_read(view->cred, task)) &&
	       (view->opener == view->cred || cred_may_read(view->opener, task));
}

/* Whether @view may be told the sensitive groups of @task. */
static bool may_tell(const struct td_view *view, struct task_struct *task)
{
	return (view->ptrace_suffices || is_self(view, task)) && td_may_read(view, task);
}

/**
 * td_sensitive_begin - whether a view may be told sensitive groups of a task now
 * @view: who asks
 * @task: of whom
 *
 * A task that executes a program has the new program's memory before it has
 * its credentials. /proc waits meanwhile; here nobody may be told, and no
 * exec begins before td_sensitive_end(), which must follow if this is true.
 *
 * Context: under rcu_read_lock().
 */
bool td_sensitive_begin(const struct td_view *view, struct task_struct *task)
{
	if (view->reads_all)
		return true;
	if (!may_tell(view, task) || !down_read_trylock(&task->signal->exec_update_lock))
		return false;
	if (may_tell(view, task))
		return true;
	up_read(&task->signal->exec_update_lock);
	return false;
}

/**
 * td_sensitive_end - lets a task execute programs again
 * @view: as for td_sensitive_begin()
 * @task: likewise
 */
void td_sensitive_end(const struct td_view *view, struct task_struct *task)
{
	if (!view->reads_all)
		up_read(&task->signal->exec_update_lock);
}

/*
 * Finds out what @view may see of others' tasks, as an administrator has set.
 * A descriptor is looked at whether it counts or not: what is wrong with it
 * must not depend on who asks.
 */
static int decide_sight(struct td_view *view, s32 procfs_fd)
{
	enum td_sight sight = TD_SIGHT_NONE;
	u8 hidepid = td_config_hidepid();
	int err;

	if (procfs_fd >= 0) {
		err = td_sight_of_fd(view, procfs_fd, &sight);
		if (err)
			return err;
	}
	if (view->reads_all || hidepid == TASKDIAG_HIDEPID_ALL)
		view->sight = TD_SIGHT_ALL;
	else if (hidepid == TASKDIAG_HIDEPID_OWN)
		view->sight = TD_SIGHT_NONE;
	else
		view->sight = procfs_fd >= 0 ? sight : td_sight_of_proc(view);
	return 0;
}

/**
 * td_view_new - snapshots who asks
 * @opener: the credentials that the socket of the request was opened with
 * @procfs_fd: a descriptor of the current task's, of the procfs whose hidepid
 *	counts, or -1 for the one at /proc
 * @out: the view, for td_view_free()
 *
 * Context: the caller's own, in the handler of a request; may sleep for memory.
 * Return: 0, or -ENOMEM, -EBADF if there is no such descriptor, -EINVAL if it
 * is not of a whole procfs, of the caller's pid namespace or one that has it.
 */
int td_view_new(const struct cred *opener, s32 procfs_fd, struct td_view **out)
{
	struct td_view *view = kzalloc(sizeof(*view), GFP_KERNEL);
	int err;

	if (!view)
		return -ENOMEM;
	view->pid_ns = get_pid_ns(task_active_pid_ns(current));
	view->level = view->pid_ns->level;
	view->self = get_pid(task_tgid(current));
	view->cred = get_current_cred();
	view->opener = get_cred(opener);
	view->plain_ids = view->cred->user_ns == &init_user_ns;
	view->boot_offset = timens_add_boottime_ns(0);
	view->ptrace_suffices = td_config_sensitive() == TASKDIAG_SENSITIVE_PTRACE;
	view->reads_all = cred_may_ptrace(view->cred, &init_user_ns) &&
			  cred_may_ptrace(view->opener, &init_user_ns);
	err = decide_sight(view, procfs_fd);
	if (err) {
		td_view_free(view);
		return err;
	}
	*out = view;
	return 0;
}

/**
 * td_view_free - lets go of a view
 * @view: what td_view_new() returned
 *
 * Context: any task; the one that closes the socket may be another one.
 */
void td_view_free(struct td_view *view)
{
	put_cred(view->opener);
	put_cred(view->cred);
	put_pid(view->self);
	put_pid_ns(view->pid_ns);
	kfree(view);
}
