// SPDX-License-Identifier: GPL-2.0-only
/*
 * The family "genltest_legacy", for what a family in Rust cannot do: operations without strict
 * checks, hooks around them, and living in the initial network namespace only.
 */
#include <net/netlink.h>

#include "families.h"
#include "legacy.h"

static const struct nla_policy policy[__GENLTEST_LEGACY_A_MAX] = {
	[GENLTEST_LEGACY_A_VALUE] = { .type = NLA_U32 },
	[GENLTEST_LEGACY_A_PRE_ERRNO] = NLA_POLICY_MAX(NLA_U32, MAX_ERRNO),
	[GENLTEST_LEGACY_A_DO_ERRNO] = NLA_POLICY_MAX(NLA_U32, MAX_ERRNO),
};

/* What the last hooked request ran. The family is not parallel: requests take turns. */
static char trace[8];

static void ran(char what)
{
	size_t len = strlen(trace);

	if (len + 1 < sizeof(trace)) {
		trace[len] = what;
		trace[len + 1] = '\0';
	}
}

static int asked_errno(const struct genl_info *info, int attr)
{
	return info->attrs[attr] ? -(int)nla_get_u32(info->attrs[attr]) : 0;
}

static int hooked_pre(const struct genl_split_ops *ops, struct sk_buff *skb,
		      struct genl_info *info)
{
	trace[0] = '\0';
	ran('p');
	return asked_errno(info, GENLTEST_LEGACY_A_PRE_ERRNO);
}

static int hooked_doit(struct sk_buff *skb, struct genl_info *info)
{
	ran('d');
	return asked_errno(info, GENLTEST_LEGACY_A_DO_ERRNO);
}

static void hooked_post(const struct genl_split_ops *ops, struct sk_buff *skb,
			struct genl_info *info)
{
	ran('P');
}

static int fill_flags(struct sk_buff *skb, const struct genl_info *info)
{
	const struct nlattr *value = info->attrs[GENLTEST_LEGACY_A_VALUE];
	void *hdr = genlmsg_iput(skb, info);

	if (!hdr)
		return -EMSGSIZE;
	if ((value && nla_put_u32(skb, GENLTEST_LEGACY_A_VALUE, nla_get_u32(value))) ||
	    nla_put_u16(skb, GENLTEST_LEGACY_A_FLAGS, info->nlhdr->nlmsg_flags)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int flags_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	int err;

	if (!reply)
		return -ENOMEM;
	err = fill_flags(reply, info);
	if (err) {
		nlmsg_free(reply);
		return err;
	}
	return genlmsg_reply(reply, info);
}

static int flags_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	if (cb->args[0]++)
		return 0;
	return fill_flags(skb, genl_info_dump(cb));
}

static int trace_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *hdr;

	if (!reply)
		return -ENOMEM;
	hdr = genlmsg_iput(reply, info);
	if (!hdr || nla_put_string(reply, GENLTEST_LEGACY_A_TRACE, trace)) {
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	genlmsg_end(reply, hdr);
	return genlmsg_reply(reply, info);
}

static const struct genl_split_ops ops[] = {
	{
		.cmd		= GENLTEST_LEGACY_CMD_FLAGS,
		.validate	= GENL_DONT_VALIDATE_STRICT,
		.doit		= flags_doit,
		.policy		= policy,
		.maxattr	= ARRAY_SIZE(policy) - 1,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= GENLTEST_LEGACY_CMD_FLAGS,
		.validate	= GENL_DONT_VALIDATE_DUMP_STRICT,
		.dumpit		= flags_dumpit,
		.policy		= policy,
		.maxattr	= ARRAY_SIZE(policy) - 1,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= GENLTEST_LEGACY_CMD_HOOKED,
		.pre_doit	= hooked_pre,
		.doit		= hooked_doit,
		.post_doit	= hooked_post,
		.policy		= policy,
		.maxattr	= ARRAY_SIZE(policy) - 1,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= GENLTEST_LEGACY_CMD_TRACE,
		.doit		= trace_doit,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= GENLTEST_LEGACY_CMD_ADMIN,
		.pre_doit	= hooked_pre,
		.doit		= hooked_doit,
		.post_doit	= hooked_post,
		.policy		= policy,
		.maxattr	= ARRAY_SIZE(policy) - 1,
		.flags		= GENL_CMD_CAP_DO | GENL_ADMIN_PERM,
	},
};

struct genl_family genltest_c_legacy __ro_after_init = {
	.name		= "genltest_legacy",
	.version	= 1,
	.module		= THIS_MODULE,
	.split_ops	= ops,
	.n_split_ops	= ARRAY_SIZE(ops),
	/* The operations before this one accept what strict ones refuse in a header. */
	.resv_start_op	= GENLTEST_LEGACY_CMD_HOOKED,
};
