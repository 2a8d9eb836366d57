/* SPDX-License-Identifier: GPL-2.0-only */
/* The module's families, and what it does besides. */
#ifndef GENLTEST_C_FAMILIES_H
#define GENLTEST_C_FAMILIES_H

#include <net/genetlink.h>

extern struct genl_family genltest_c_twin;
extern struct genl_family genltest_c_legacy;

int genltest_c_slow_init(void);
void genltest_c_slow_exit(void);

#endif
