// SPDX-License-Identifier: GPL-2.0-only
/*
 * Deliberate bugs, one a parameter, which show that a kernel with checks
 * reports them and that the report is seen. Never stays loaded.
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

static char *bug;
module_param(bug, charp, 0);
MODULE_PARM_DESC(bug, "which one");

static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);
static DEFINE_SPINLOCK(spin);
static int __rcu *shared;
static volatile int forty = 40;

/* KASAN: memory is read after it was freed. */
static void memory(void)
{
	volatile char *bytes = kmalloc(100, GFP_KERNEL);

	if (!bytes)
		return;
	kfree((void *)bytes);
	pr_info("%d\n", bytes[50]);
}

/* lockdep: two locks are taken in both orders. */
static void lock(void)
{
	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);

	mutex_lock(&second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
}

/* PROVE_RCU: a pointer is read that may be freed meanwhile. */
static void rcu(void)
{
	pr_info("%p\n", rcu_dereference(shared));
}

/* DEBUG_ATOMIC_SLEEP: sleeps with a spinlock held. */
static void sleeps(void)
{
	spin_lock(&spin);
	might_sleep();
	spin_unlock(&spin);
}

/* DEBUG_PREEMPT: asks which processor it is on, and may be moved to another. */
static void preempt(void)
{
	pr_info("%d\n", smp_processor_id());
}

/* UBSAN: shifts by more bits than there are. */
static void shift(void)
{
	pr_info("%d\n", 1 << forty);
}

static void nothing(struct timer_list *timer)
{
}

/* Debug objects: a timer's memory is freed before the timer has run. */
static void object(void)
{
	struct timer_list *timer = kmalloc(sizeof(*timer), GFP_KERNEL);

	if (!timer)
		return;
	timer_setup(timer, nothing, 0);
	mod_timer(timer, jiffies + 1000 * HZ);
	kfree(timer);
}

/*
 * kmemleak: memory that nothing points to. Of several, as a stale pointer that
 * was left in somebody's memory may hide one; cleared, as one may hide the next.
 */
static void leak(void)
{
	void *volatile bytes;
	int i;

	for (i = 0; i < 8; i++)
		bytes = kzalloc(4000, GFP_KERNEL);
	bytes = NULL;
	(void)bytes;
}

static const struct {
	const char *name;
	void (*make)(void);
} bugs[] = {
	{ "memory", memory }, { "lock", lock },   { "rcu", rcu },       { "sleep", sleeps },
	{ "preempt", preempt }, { "shift", shift }, { "object", object }, { "leak", leak },
};

static int __init bugs_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(bugs); i++) {
		if (bug && !strcmp(bug, bugs[i].name)) {
			bugs[i].make();
			return -ECANCELED;
		}
	}
	return -EINVAL;
}
module_init(bugs_init);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Deliberate bugs for a kernel that watches itself");
MODULE_AUTHOR("The genlkit authors");
