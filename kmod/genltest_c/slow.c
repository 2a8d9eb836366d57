// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes genl_register_family() slow to return, for other modules' families: a
 * family is called as soon as others can find it, which is before that.
 */
#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/moduleparam.h>

#include "families.h"

static unsigned int slow_ms;
module_param(slow_ms, uint, 0600);
MODULE_PARM_DESC(slow_ms, "How long each registration of a family takes more");

static int returned(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	mdelay(READ_ONCE(slow_ms));
	return 0;
}

static struct kretprobe probe = {
	.kp.symbol_name = "genl_register_family",
	.handler = returned,
};

int __init genltest_c_slow_init(void)
{
	return register_kretprobe(&probe);
}

void __exit genltest_c_slow_exit(void)
{
	unregister_kretprobe(&probe);
}
