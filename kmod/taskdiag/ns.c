// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tells where a task is: its namespaces and its cgroup.
 */
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/ipc_namespace.h>
#include <linux/kernfs.h>
#include <linux/limits.h>
#include <linux/ns_common.h>
#include <linux/nsproxy.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/time_namespace.h>
#include <linux/user_namespace.h>
#include <linux/utsname.h>
#include <net/net_namespace.h>

#include "fill.h"

/*
 * A mount namespace's number. The type is the file systems' own and nothing
 * that tells of it is exported; it begins, as all namespaces that consist of
 * more than a counter do, with what they have in common, and that says what it
 * is of.
 */
static u32 mnt_ns_inum(const struct mnt_namespace *mnt_ns)
{
	const struct ns_common *ns = (const void *)mnt_ns;

	return ns->ns_type == CLONE_NEWNS ? ns->inum : 0;
}

/**
 * td_ns_of - the namespaces of a task
 * @task: the task
 * @out: their inode numbers; of a zombie, which has left most, those it has
 *
 * Context: under rcu_read_lock().
 * Return: false if one could not be told that the task has.
 */
bool td_ns_of(struct task_struct *task, struct td_ns *out)
{
	const struct pid_namespace *pid_ns = task_active_pid_ns(task);
	const struct nsproxy *proxy;
	bool whole = true;

	*out = (struct td_ns){};
	out->user = __task_cred(task)->user_ns->ns.inum;
	if (pid_ns)
		out->pid = pid_ns->ns.inum;

	task_lock(task);
	proxy = task->nsproxy;
	if (proxy) {
		out->mnt = mnt_ns_inum(proxy->mnt_ns);
		whole = out->mnt;
		out->uts = proxy->uts_ns->ns.inum;
		out->net = proxy->net_ns->ns.inum;
		out->pid_for_children = proxy->pid_ns_for_children->ns.inum;
#ifdef CONFIG_IPC_NS
		out->ipc = proxy->ipc_ns->ns.inum;
#endif
#ifdef CONFIG_TIME_NS
		out->time = proxy->time_ns->ns.inum;
		out->time_for_children = proxy->time_ns_for_children->ns.inum;
#endif
#ifdef CONFIG_CGROUPS
		out->cgroup = proxy->cgroup_ns->ns.inum;
#endif
	}
	task_unlock(task);
	return whole;
}

/**
 * td_cgroup_id_of - the cgroup of a task in the unified hierarchy
 * @task: the task
 *
 * Context: under rcu_read_lock().
 */
u64 td_cgroup_id_of(struct task_struct *task)
{
	return cgroup_id(task_dfl_cgroup(task));
}

/**
 * td_cgroup_path - where the cgroup of a task is
 * @task: the task
 * @out: its path from the root of the current task's cgroup namespace, as
 *	/proc/PID/cgroup shows it
 * @room: where it goes
 *
 * cgroup_path_ns() would wait for cgroup_mutex, which is held for long.
 *
 * Context: under rcu_read_lock().
 * Return: false if it is too long.
 */
bool td_cgroup_path(struct task_struct *task, struct td_span *out, struct td_room *room)
{
	static const char deleted[] = " (deleted)";
	const struct cgroup *cgrp = task_dfl_cgroup(task);
	const struct cgroup *root = current->nsproxy->cgroup_ns->root_cset->dfl_cgrp;
	char *path = td_text_take(room, PATH_MAX, out);
	int len;

	if (!path)
		return false;
	len = kernfs_path_from_node(cgrp->kn, root->kn, path, PATH_MAX - sizeof(deleted));
	if (len < 0) {
		out->len = 0;
		return false;
	}
	if (!(READ_ONCE(cgrp->self.flags) & CSS_ONLINE)) {
		memcpy(path + len, deleted, sizeof(deleted));
		len += sizeof(deleted) - 1;
	}
	out->len = len;
	return true;
}
