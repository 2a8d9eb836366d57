// SPDX-License-Identifier: GPL-2.0-only
/*
 * Snapshots who asks, and decides what may be told to them.
 *
 * The measure is /proc: nobody learns from taskdiag what their own /proc would
 * not tell. Two parts of /proc's own check are not exported to modules and are
 * done here by their rules: ptrace_may_access() in the mode that /proc reads
 * with, and hidepid=. What cannot be done here is the security module's
 * say: a policy (SELinux, Yama's and AppArmor's ptrace rules) that denies one
 * task the reading of another is not asked. Administrators who rely on such a
 * policy should not load this module.
 */
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/fs_struct.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>
#include <linux/sched/exec_state.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/time_namespace.h>
#include <linux/user_namespace.h>

#include "../generated/uapi/linux/taskdiag.h"
#include "config.h"
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

/**
 * td_may_read - whether a view may see what /proc keeps for ptrace readers
 * @view: who asks
 * @task: of whom
 *
 * Both the caller and whoever opened the socket must be allowed to: else a
 * setuid program that can be made to write to an inherited socket would ask
 * with its own rights.
 *
 * Context: under rcu_read_lock().
 */
bool td_may_read(const struct td_view *view, struct task_struct *task)
{
	if (view->reads_all)
		return true;
	if (rcu_access_pointer(task->signal->pids[PIDTYPE_TGID]) == view->self)
		return true;
	return cred_may_read(view->cred, task) &&
	       (view->opener == view->cred || cred_may_read(view->opener, task));
}

/* Whether @cred is in group @gid, for file access. in_group_p() asks of current only. */
static bool cred_in_group(const struct cred *cred, kgid_t gid)
{
	const struct cred *old = override_creds(cred);
	bool in = in_group_p(gid);

	revert_creds(old);
	return in;
}

/*
 * Finds what is mounted on the caller's /proc, which is in the dentry cache,
 * as each mount point is. A path walk could wait for a file system; this never
 * does. Fills @path, which the caller puts, if it is a whole procfs.
 */
static bool find_procfs(struct path *path)
{
	struct dentry *dentry;
	struct path root;

	get_fs_root(current->fs, &root);
	dentry = try_lookup_noperm(&QSTR("proc"), root.dentry);
	if (IS_ERR_OR_NULL(dentry)) {
		path_put(&root);
		return false;
	}
	path->mnt = mntget(root.mnt);
	path->dentry = dentry;
	path_put(&root);

	while (follow_down_one(path))
		;
	if (path->mnt->mnt_sb->s_magic == PROC_SUPER_MAGIC && path->dentry == path->mnt->mnt_root &&
	    path->dentry == path->mnt->mnt_sb->s_root)
		return true;
	path_put(path);
	return false;
}

/*
 * What the caller's own procfs would let it see. One that shows other tasks
 * than those of @view's pid namespace is as none: it must be a procfs of
 * that namespace or of one of its ancestors.
 */
static enum td_sight procfs_sight(const struct td_view *view)
{
	enum td_sight sight = TD_SIGHT_NONE;
	const struct proc_fs_info *info;
	const struct pid_namespace *ns;
	struct path path;

	if (!find_procfs(&path))
		return TD_SIGHT_NONE;

	info = proc_sb_info(path.mnt->mnt_sb);
	ns = view->pid_ns;
	while (ns && ns != info->pid_ns)
		ns = ns->parent;
	if (!ns)
		goto out;

	switch (READ_ONCE(info->hide_pid)) {
	case HIDEPID_OFF:
		sight = TD_SIGHT_ALL;
		break;
	case HIDEPID_NO_ACCESS:
		sight = TD_SIGHT_PID;
		fallthrough;
	case HIDEPID_INVISIBLE:
		if (cred_in_group(view->cred, info->pid_gid) &&
		    cred_in_group(view->opener, info->pid_gid))
			sight = TD_SIGHT_ALL;
		break;
	case HIDEPID_NOT_PTRACEABLE:
		break;
	}
out:
	path_put(&path);
	return sight;
}

/* What @view may see of others' tasks, as an administrator has set. */
static enum td_sight sight_of(const struct td_view *view)
{
	if (view->reads_all)
		return TD_SIGHT_ALL;
	switch (td_config_hidepid()) {
	case TASKDIAG_HIDEPID_ALL:
		return TD_SIGHT_ALL;
	case TASKDIAG_HIDEPID_PROCFS:
		return procfs_sight(view);
	default:
		return TD_SIGHT_NONE;
	}
}

/**
 * td_view_new - snapshots who asks
 * @opener: the credentials that the socket of the request was opened with
 *
 * Context: the caller's own, in the handler of a request; may sleep for memory.
 * Return: the view, for td_view_free(), or NULL without memory.
 */
struct td_view *td_view_new(const struct cred *opener)
{
	struct td_view *view = kzalloc(sizeof(*view), GFP_KERNEL);

	if (!view)
		return NULL;
	view->pid_ns = get_pid_ns(task_active_pid_ns(current));
	view->level = view->pid_ns->level;
	view->self = get_pid(task_tgid(current));
	view->cred = get_current_cred();
	view->opener = get_cred(opener);
	view->plain_ids = view->cred->user_ns == &init_user_ns;
	view->boot_offset = timens_add_boottime_ns(0);
	view->reads_all = cred_may_ptrace(view->cred, &init_user_ns) &&
			  cred_may_ptrace(view->opener, &init_user_ns);
	view->sight = sight_of(view);
	return view;
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
