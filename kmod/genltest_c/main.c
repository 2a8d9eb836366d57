// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two families in C for tests only: a twin of two operations of genltest, to compare cost with, and
 * one that does what our own layer does not allow. Besides, it can slow down registrations.
 */
#include <linux/module.h>

#include "families.h"

static int __init genltest_c_init(void)
{
	int err;

	err = genl_register_family(&genltest_c_twin);
	if (err)
		return err;
	err = genl_register_family(&genltest_c_legacy);
	if (err)
		goto no_legacy;
	err = genltest_c_slow_init();
	if (err)
		goto no_slow;
	return 0;

no_slow:
	genl_unregister_family(&genltest_c_legacy);
no_legacy:
	genl_unregister_family(&genltest_c_twin);
	return err;
}
module_init(genltest_c_init);

static void __exit genltest_c_exit(void)
{
	genltest_c_slow_exit();
	genl_unregister_family(&genltest_c_legacy);
	genl_unregister_family(&genltest_c_twin);
}
module_exit(genltest_c_exit);

MODULE_AUTHOR("The genlkit authors");
MODULE_DESCRIPTION("Generic netlink families in C that tests compare with");
MODULE_LICENSE("GPL");
