// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeps what an administrator sets: who is told sensitive groups, and by what
 * it is decided which tasks may be seen, and how many watches there may be.
 *
 * Each setting is one word. A view reads it once, when a request arrives, so
 * that a dump is judged by one setting from its start to its end.
 */
#include <linux/module.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "../generated/uapi/linux/taskdiag.h"
#include "config.h"

/**
 * struct setting - one of a few named values
 * @names: of the values, from 0
 * @count: how many there are
 * @value: which it is
 */
struct setting {
	const char * const *names;
	unsigned int count;
	u8 value;
};

static const char * const sensitive_names[] = {
	[TASKDIAG_SENSITIVE_ADMIN] = "admin",
	[TASKDIAG_SENSITIVE_PTRACE] = "ptrace",
};

static const char * const hidepid_names[] = {
	[TASKDIAG_HIDEPID_PROCFS] = "procfs",
	[TASKDIAG_HIDEPID_ALL] = "all",
	[TASKDIAG_HIDEPID_OWN] = "own",
};

static struct setting sensitive = { sensitive_names, ARRAY_SIZE(sensitive_names) };
static struct setting hidepid = { hidepid_names, ARRAY_SIZE(hidepid_names) };

static int setting_from_param(const char *text, const struct kernel_param *kp)
{
	struct setting *setting = kp->arg;
	int value = __sysfs_match_string(setting->names, setting->count, text);

	if (value < 0)
		return value;
	WRITE_ONCE(setting->value, value);
	return 0;
}

static int setting_to_param(char *buffer, const struct kernel_param *kp)
{
	const struct setting *setting = kp->arg;

	return sysfs_emit(buffer, "%s\n", setting->names[READ_ONCE(setting->value)]);
}

static const struct kernel_param_ops setting_ops = {
	.set = setting_from_param,
	.get = setting_to_param,
};

module_param_cb(sensitive, &setting_ops, &sensitive, 0644);
MODULE_PARM_DESC(sensitive,
	"Who is told io, ns, exe and cmdline of others' tasks: admin (CAP_SYS_PTRACE in the "
	"initial user namespace; default), or ptrace (whoever may ptrace-read the task, as far "
	"as ids, dumpability and capabilities tell; security modules are not asked)");

module_param_cb(hidepid, &setting_ops, &hidepid, 0644);
MODULE_PARM_DESC(hidepid,
	"Which tasks may be seen: procfs (as the hidepid option of the caller's procfs says; "
	"default), all, or own (those that the caller may ptrace-read)");

static unsigned int watches_max = 1024;
module_param(watches_max, uint, 0644);
MODULE_PARM_DESC(watches_max, "Watches that a network namespace may have (default 1024)");

/**
 * td_config_sensitive - who is told sensitive groups
 *
 * Return: enum taskdiag_sensitive.
 */
u8 td_config_sensitive(void)
{
	return READ_ONCE(sensitive.value);
}

/**
 * td_config_set_sensitive - sets who is told sensitive groups
 * @to: enum taskdiag_sensitive; any other value changes nothing
 */
void td_config_set_sensitive(u8 to)
{
	if (to < sensitive.count)
		WRITE_ONCE(sensitive.value, to);
}

/**
 * td_config_hidepid - by what it is decided which tasks may be seen
 *
 * Return: enum taskdiag_hidepid.
 */
u8 td_config_hidepid(void)
{
	return READ_ONCE(hidepid.value);
}

/**
 * td_config_set_hidepid - sets by what it is decided which tasks may be seen
 * @to: enum taskdiag_hidepid; any other value changes nothing
 */
void td_config_set_hidepid(u8 to)
{
	if (to < hidepid.count)
		WRITE_ONCE(hidepid.value, to);
}

/**
 * td_config_watches_max - how many watches a network namespace may have
 */
u32 td_config_watches_max(void)
{
	return READ_ONCE(watches_max);
}

/**
 * td_config_set_watches_max - sets how many watches a network namespace may have
 * @to: how many; those that there are stay
 */
void td_config_set_watches_max(u32 to)
{
	WRITE_ONCE(watches_max, to);
}
