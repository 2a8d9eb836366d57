// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tells what takes a reference to the memory of a process: its program and its
 * command line.
 *
 * None of it waits. Where a lock is taken or a page is not in memory, the group
 * is omitted; and if the process ends meanwhile, a work item takes its memory
 * apart, not whoever asked.
 */
#include <linux/dcache.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/kdev_t.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>

#include "../generated/uapi/linux/taskdiag.h"
#include "fill.h"
#include "view.h"

/* The path of @file from the current task's root, as /proc/PID/exe shows it. False if too long. */
static bool tell_path(struct file *file, struct td_span *out, struct td_room *room)
{
	char *buffer = td_text_take(room, PATH_MAX, out);
	char *path;

	if (!buffer)
		return false;
	path = d_path(&file->f_path, buffer, PATH_MAX);
	if (IS_ERR(path)) {
		td_text_trim(room, out, 0);
		return false;
	}
	out->len = strlen(path);
	memmove(buffer, path, out->len);
	return true;
}

static void tell_exe(struct mm_struct *mm, bool paths, struct td_task *out, struct td_room *room)
{
	const struct inode *inode;
	struct file *file;

	rcu_read_lock();
	file = get_file_rcu(&mm->exe_file);
	rcu_read_unlock();
	if (!file)
		return;
	/* As /proc/PID/maps: of a file in an overlay, its own and not the one below. */
	inode = file_user_inode(file);
	out->exe.dev = huge_encode_dev(inode->i_sb->s_dev);
	out->exe.ino = inode->i_ino;
	out->exe.path = (struct td_span){};
	if (paths && !tell_path(file, &out->exe.path, room))
		out->omitted |= TASKDIAG_GROUP_EXE;
	out->filled |= TASKDIAG_GROUP_EXE;
	fput(file);
}

/*
 * Copies from another process's memory what is there. The caller has the mmap
 * lock. As /proc does, only anonymous memory is read: anything else a process
 * may have put in the place of its arguments can be a trap for the reader.
 *
 * Return: how many bytes could be had.
 */
static u32 copy_present(struct mm_struct *mm, unsigned long from, u8 *to, u32 len)
{
	u32 done = 0, part, offset;
	struct page *page;

	while (done < len) {
		offset = offset_in_page(from + done);
		part = min_t(u32, len - done, PAGE_SIZE - offset);
		if (get_user_pages_remote(mm, from + done - offset, 1, FOLL_ANON | FOLL_NOFAULT,
					  &page, NULL) != 1)
			break;
		memcpy_from_page(to + done, page, offset, part);
		put_page(page);
		done += part;
	}
	return done;
}

/*
 * As reading /proc/PID/cmdline does: the arguments, or, if a process has
 * written over the end of them, what it wrote (setproctitle(3)), which may go
 * on where its environment was.
 *
 * False if not all of it could be had; @len bytes could.
 */
static bool copy_cmdline(struct mm_struct *mm, u8 *to, u32 *len)
{
	unsigned long start, end, env_start, env_end;
	u32 most, got;
	u8 last;

	*len = 0;
	/* It may not have come so far. */
	if (!READ_ONCE(mm->env_end))
		return true;
	spin_lock(&mm->arg_lock);
	start = mm->arg_start;
	end = mm->arg_end;
	env_start = mm->env_start;
	env_end = mm->env_end;
	spin_unlock(&mm->arg_lock);
	if (start >= end)
		return true;
	if (env_start != end || env_end < env_start)
		env_end = end;

	if (copy_present(mm, end - 1, &last, 1) != 1)
		return false;
	most = min(TASKDIAG_CMDLINE_MAX, (last ? env_end : end) - start);
	got = copy_present(mm, start, to, most);
	*len = got;
	if (!last)
		return got == most;
	*len = strnlen(to, got);
	if (*len == got)
		return got == most;
	/* With its NUL. */
	*len += 1;
	return true;
}

static void tell_cmdline(struct mm_struct *mm, struct td_task *out, struct td_room *room)
{
	u8 *to = td_text_take(room, TASKDIAG_CMDLINE_MAX, &out->cmdline);
	bool whole = false;
	u32 len = 0;

	if (to && mmap_read_trylock(mm)) {
		whole = copy_cmdline(mm, to, &len);
		mmap_read_unlock(mm);
	}
	td_text_trim(room, &out->cmdline, len);
	if (!whole)
		out->omitted |= TASKDIAG_GROUP_CMDLINE;
	if (whole || len)
		out->filled |= TASKDIAG_GROUP_CMDLINE;
}

/**
 * td_fill_late - tells of what @out->late says
 * @view: who asks
 * @task: of whom; the caller has a reference
 * @paths: paths, too, as seen by the current task
 * @out: where to
 * @room: where the text goes
 *
 * Context: may sleep, for memory and for other tasks' turns.
 * Return: false if there is no room for it: nothing has been told.
 */
bool td_fill_late(const struct td_view *view, struct task_struct *task, bool paths,
		  struct td_task *out, struct td_room *room)
{
	struct mm_struct *mm;

	if (out->late & TASKDIAG_GROUP_CMDLINE && td_text_left(room) < TASKDIAG_CMDLINE_MAX)
		return false;

	rcu_read_lock();
	if (!td_sensitive_begin(view, task)) {
		rcu_read_unlock();
		out->omitted |= out->late;
		return true;
	}
	mm = get_task_mm(task);
	td_sensitive_end(view, task);
	rcu_read_unlock();
	if (!mm)
		return true;

	if (out->late & TASKDIAG_GROUP_EXE)
		tell_exe(mm, paths, out, room);
	if (out->late & TASKDIAG_GROUP_CMDLINE)
		tell_cmdline(mm, out, room);
	mmput_async(mm);
	return true;
}
