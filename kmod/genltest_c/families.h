/* SPDX-License-Identifier: GPL-2.0-only */
/* The module's families. */
#ifndef GENLTEST_C_FAMILIES_H
#define GENLTEST_C_FAMILIES_H

#include <net/genetlink.h>

extern struct genl_family genltest_c_twin;
extern struct genl_family genltest_c_legacy;

#endif
