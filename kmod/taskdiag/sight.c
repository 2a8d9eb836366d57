// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds the procfs that the caller goes by, and by its hidepid= option what it
 * may see of other tasks.
 */
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/file.h>
#include <linux/fs_struct.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>

#include "view.h"

/* Whether @cred is in group @gid, for file access. in_group_p() asks of current only. */
static bool cred_in_group(const struct cred *cred, kgid_t gid)
{
	const struct cred *old = override_creds(cred);
	bool in = in_group_p(gid);

	revert_creds(old);
	return in;
}

/* Whether @path is a whole procfs. */
static bool is_procfs(const struct path *path)
{
	const struct super_block *sb = path->mnt->mnt_sb;

	return sb->s_magic == PROC_SUPER_MAGIC && path->dentry == path->mnt->mnt_root &&
	       path->dentry == sb->s_root;
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
	if (is_procfs(path))
		return true;
	path_put(path);
	return false;
}

/*
 * What a procfs would let @view see. False if it shows other tasks than those
 * of @view's pid namespace: it must be a procfs of that namespace or of one of
 * its ancestors.
 */
static bool judge(const struct td_view *view, const struct path *procfs, enum td_sight *sight)
{
	const struct proc_fs_info *info = proc_sb_info(procfs->mnt->mnt_sb);
	const struct pid_namespace *ns = view->pid_ns;

	while (ns && ns != info->pid_ns)
		ns = ns->parent;
	if (!ns)
		return false;

	*sight = TD_SIGHT_NONE;
	switch (READ_ONCE(info->hide_pid)) {
	case HIDEPID_OFF:
		*sight = TD_SIGHT_ALL;
		break;
	case HIDEPID_NO_ACCESS:
		*sight = TD_SIGHT_PID;
		fallthrough;
	case HIDEPID_INVISIBLE:
		if (cred_in_group(view->cred, info->pid_gid) &&
		    cred_in_group(view->opener, info->pid_gid))
			*sight = TD_SIGHT_ALL;
		break;
	case HIDEPID_NOT_PTRACEABLE:
		break;
	}
	return true;
}

/**
 * td_sight_of_proc - what the procfs at the caller's /proc lets it see
 * @view: of the current task
 *
 * Context: may sleep, but waits for no file system.
 */
enum td_sight td_sight_of_proc(const struct td_view *view)
{
	enum td_sight sight = TD_SIGHT_NONE;
	struct path path;

	if (find_procfs(&path)) {
		judge(view, &path, &sight);
		path_put(&path);
	}
	return sight;
}

/**
 * td_sight_of_fd - what the procfs of a descriptor lets the caller see
 * @view: of the current task
 * @fd: the current task's descriptor of the root of a procfs
 * @sight: what it lets it see
 *
 * Who has such a descriptor can read through it what this lets it see.
 *
 * Return: 0, -EBADF if there is no such descriptor, -EINVAL if it is not of a
 * whole procfs of the caller's pid namespace or of one of its ancestors.
 */
int td_sight_of_fd(const struct td_view *view, s32 fd, enum td_sight *sight)
{
	struct file *file = fget_raw(fd);
	bool fine;

	if (!file)
		return -EBADF;
	fine = is_procfs(&file->f_path) && judge(view, &file->f_path, sight);
	fput(file);
	return fine ? 0 : -EINVAL;
}
