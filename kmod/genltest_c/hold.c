// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds the mmap lock of a process, as one that is stuck in a page fault or
 * in a file system does, so that tests see what then waits.
 *
 * A module parameter: "PID MILLISECONDS" written to it returns when the lock
 * has been held for so long, or the writer is killed.
 */
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>

static int hold_mmap(const char *text, const struct kernel_param *kp)
{
	struct task_struct *task;
	unsigned int ms, nr;
	struct mm_struct *mm;

	if (sscanf(text, "%u %u", &nr, &ms) != 2 || ms > 60000)
		return -EINVAL;
	task = get_pid_task(find_vpid(nr), PIDTYPE_PID);
	if (!task)
		return -ESRCH;
	mm = get_task_mm(task);
	put_task_struct(task);
	if (!mm)
		return -ESRCH;
	mmap_write_lock(mm);
	msleep_interruptible(ms);
	mmap_write_unlock(mm);
	mmput(mm);
	return 0;
}

static const struct kernel_param_ops hold_mmap_ops = {
	.set = hold_mmap,
};

module_param_cb(hold_mmap, &hold_mmap_ops, NULL, 0200);
MODULE_PARM_DESC(hold_mmap, "PID MILLISECONDS: hold the mmap lock of a process for so long");
