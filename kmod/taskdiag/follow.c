// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decides whom the caller may be told events of, where it may not of all.
 */
#include <linux/cred.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/uidgid.h>

#include "events.h"

/* Whether the caller's pids are those that events tell. */
bool td_in_initial_pid_ns(void)
{
	return task_active_pid_ns(current) == &init_pid_ns;
}

/**
 * td_follow_own - whose tasks are the caller's own
 * @opener: who opened the socket that the caller asks through
 * @own: filled
 *
 * A program with more rights may have been given the socket, or have left it
 * to one with fewer: both must be the same user.
 *
 * Return: whether they are.
 */
bool td_follow_own(const struct cred *opener, struct td_owner *own)
{
	const struct cred *cred = current_cred();

	own->uid = __kuid_val(cred->fsuid);
	own->gid = __kgid_val(cred->fsgid);
	return uid_eq(cred->fsuid, opener->fsuid) && gid_eq(cred->fsgid, opener->fsgid);
}
