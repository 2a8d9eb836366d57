/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an administrator sets: with module parameters, and with config-set.
 * bindgen reads this file.
 */
#ifndef TASKDIAG_CONFIG_H
#define TASKDIAG_CONFIG_H

#include <linux/types.h>

u8 td_config_sensitive(void);
void td_config_set_sensitive(u8 to);
u8 td_config_hidepid(void);
void td_config_set_hidepid(u8 to);
u32 td_config_watches_max(void);
void td_config_set_watches_max(u32 to);

#endif /* TASKDIAG_CONFIG_H */
