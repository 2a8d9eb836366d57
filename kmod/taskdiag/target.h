/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a watch is made of, and how it fires.
 */
#ifndef TASKDIAG_TARGET_H
#define TASKDIAG_TARGET_H

#include <linux/atomic.h>
#include <linux/hashtable.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/types.h>

#include "watch.h"

struct cred;
struct pid;
struct task_struct;
struct td_quota;

/* Firings of one watch that wait to be told of, at most. */
#define TD_FIRINGS 4096

/**
 * struct td_watch - processes, and what of them is waited for
 * @refs: one until it ended and nobody finds it any more, one for each firing that waits
 * @ended: nothing more is told of it
 * @rules: when it fires
 * @view: who made it: what may be told, and in whose ids
 * @quota: for whom it and its processes are counted, or NULL; under td_watch_lock
 * @home: whose it is
 * @fired: tells of a firing
 * @put: lets go of @home
 * @waiting: firings that wait to be told of
 * @lost: firings dropped since the last one that was not
 * @due: when its processes are to be looked at, in ns of CLOCK_MONOTONIC
 * @entry: among those whose processes are looked at; under td_watch_lock
 * @targets: its processes, of @ntargets; under td_watch_lock
 * @filtering: among those that filter; read under RCU, changed under td_watch_lock
 * @grave: among those that ended
 */
struct td_watch {
	refcount_t refs;
	bool ended;
	struct td_rules rules;
	struct td_view *view;
	struct td_quota *quota;
	const void *home;
	td_fired_t fired;
	td_home_put_t put;
	atomic_t waiting;
	atomic64_t lost;
	u64 due;
	struct list_head entry;
	struct list_head targets;
	u32 ntargets;
	struct hlist_node filtering;
	struct llist_node grave;
};

/**
 * struct td_target - a process of a watch
 * @node: among those of all watches, by @pid; read under RCU
 * @entry: among those of @watch
 * @watch: the watch
 * @pid: the process
 * @gone: it has ended, and that was seen
 * @over: a bit for each enum taskdiag_watch_on whose threshold it was over when last looked at
 * @seen: when that was, in ns of CLOCK_MONOTONIC
 * @runtime: ns that it had run then
 * @grave: among those that nobody will find
 */
struct td_target {
	struct hlist_node node;
	struct list_head entry;
	struct td_watch *watch;
	struct pid *pid;
	unsigned int gone;
	u32 over;
	u64 seen;
	u64 runtime;
	struct llist_node grave;
};

/* Processes of all watches by pid, and watches that filter: read under RCU, changed under the lock. */
#define TD_TARGET_BITS 10
extern struct hlist_head td_targets[1 << TD_TARGET_BITS];
extern struct hlist_head td_filtering;
extern struct mutex td_watch_lock;

/* watch.c */
bool td_watch_sees(const struct td_view *view, struct task_struct *task);
void td_watch_put(struct td_watch *watch);

/* fire.c */
int td_fire_on(void);
void td_fire_off(void);
void td_fire_sync(void);
void td_fire(struct td_watch *watch, struct task_struct *task, u32 on, u64 value);

/* quota.c; under td_watch_lock */
struct td_quota *td_quota_watch(const struct cred *cred);
void td_quota_unwatch(struct td_quota *quota);
int td_quota_pid(struct td_quota *quota);
void td_quota_unpid(struct td_quota *quota);

/* look.c; under td_watch_lock, but for the last */
void td_look_first(struct td_target *target);
void td_look_begin(struct td_watch *watch);
void td_look_end(struct td_watch *watch);
void td_look_sync(void);

#endif /* TASKDIAG_TARGET_H */
