// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts the watches, and the processes of watches, of those who administer no
 * more than namespaces of their own.
 *
 * A limit for each network namespace is none for who can make more of them.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "target.h"

/* What one user may have. */
#define USER_WATCHES 512
#define USER_PIDS 8192

/* What all users may have together. */
#define ALL_WATCHES 4096
#define ALL_PIDS 32768

/**
 * struct td_quota - what a user has; it has a watch
 * @entry: among those of all users
 * @uid: the user
 * @watches: how many
 * @pids: processes of these watches, a process of two being two
 */
struct td_quota {
	struct list_head entry;
	kuid_t uid;
	u32 watches;
	u32 pids;
};

static LIST_HEAD(quotas);
static u32 all_watches;
static u32 all_pids;

/*
 * Who is counted for: in user namespaces, the user who made the outermost one,
 * whichever ids it was given.
 */
static kuid_t payer(const struct cred *cred)
{
	const struct user_namespace *ns = cred->user_ns;

	if (ns == &init_user_ns)
		return cred->euid;
	while (ns->parent != &init_user_ns)
		ns = ns->parent;
	return ns->owner;
}

static struct td_quota *quota_of(kuid_t uid)
{
	struct td_quota *quota;

	list_for_each_entry(quota, &quotas, entry)
		if (uid_eq(quota->uid, uid))
			return quota;
	quota = kzalloc(sizeof(*quota), GFP_KERNEL_ACCOUNT);
	if (quota) {
		quota->uid = uid;
		list_add(&quota->entry, &quotas);
	}
	return quota;
}

/**
 * td_quota_watch - counts a watch
 * @cred: who makes it
 *
 * Context: under td_watch_lock; may sleep.
 * Return: for whom it is counted, or an error pointer: -EMFILE if the user has
 * as many as it may, -ENFILE if all users have, -ENOMEM.
 */
struct td_quota *td_quota_watch(const struct cred *cred)
{
	struct td_quota *quota;

	if (all_watches == ALL_WATCHES)
		return ERR_PTR(-ENFILE);
	quota = quota_of(payer(cred));
	if (!quota)
		return ERR_PTR(-ENOMEM);
	if (quota->watches == USER_WATCHES)
		return ERR_PTR(-EMFILE);
	quota->watches++;
	all_watches++;
	return quota;
}

/* Counts a watch no more, of which no process is counted; NULL is nobody. Under td_watch_lock. */
void td_quota_unwatch(struct td_quota *quota)
{
	if (!quota)
		return;
	all_watches--;
	if (--quota->watches)
		return;
	list_del(&quota->entry);
	kfree(quota);
}

/**
 * td_quota_pid - counts a process of a watch
 * @quota: for whom the watch is counted, or NULL for nobody
 *
 * Context: under td_watch_lock.
 * Return: 0, or -EMFILE or -ENFILE as td_quota_watch().
 */
int td_quota_pid(struct td_quota *quota)
{
	if (!quota)
		return 0;
	if (quota->pids == USER_PIDS)
		return -EMFILE;
	if (all_pids == ALL_PIDS)
		return -ENFILE;
	quota->pids++;
	all_pids++;
	return 0;
}

/* Counts a process of a watch no more. Under td_watch_lock. */
void td_quota_unpid(struct td_quota *quota)
{
	if (!quota)
		return;
	quota->pids--;
	all_pids--;
}
