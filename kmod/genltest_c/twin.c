// SPDX-License-Identifier: GPL-2.0-only
/*
 * The family "genltest_c": echo and entry of genltest as one would write them in C, with the same
 * numbers, policies and answers.
 */
#include <linux/delay.h>
#include <net/netlink.h>

#include "../generated/uapi/linux/genltest.h"
#include "families.h"

static const struct nla_policy echo_policy[GENLTEST_A_ECHO_PAYLOAD + 1] = {
	[GENLTEST_A_ECHO_PAYLOAD] = NLA_POLICY_MAX_LEN(GENLTEST_PAYLOAD_MAX),
};

static int echo_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *payload = info->attrs[GENLTEST_A_ECHO_PAYLOAD];
	size_t len = payload ? nla_total_size(nla_len(payload)) : 0;
	struct sk_buff *reply;
	void *hdr;

	reply = genlmsg_new(max_t(size_t, len, GENLMSG_DEFAULT_SIZE), GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	hdr = genlmsg_iput(reply, info);
	if (!hdr)
		goto full;
	if (payload && nla_put(reply, GENLTEST_A_ECHO_PAYLOAD, nla_len(payload), nla_data(payload)))
		goto full;
	genlmsg_end(reply, hdr);
	return genlmsg_reply(reply, info);

full:
	nlmsg_free(reply);
	return -EMSGSIZE;
}

static const struct netlink_range_validation size_range = {
	.max = 60000,
};

static const struct nla_policy entry_policy[GENLTEST_A_ENTRY_DELAY + 1] = {
	[GENLTEST_A_ENTRY_COUNT] = { .type = NLA_U32, },
	[GENLTEST_A_ENTRY_SIZE] = NLA_POLICY_FULL_RANGE(NLA_U32, &size_range),
	[GENLTEST_A_ENTRY_PER_PART] = NLA_POLICY_MIN(NLA_U32, 1),
	[GENLTEST_A_ENTRY_STEP] = NLA_POLICY_MIN(NLA_U32, 1),
	[GENLTEST_A_ENTRY_DELAY] = NLA_POLICY_MAX(NLA_U32, 10000),
};

/* Where an entry dump is. */
struct entry_ctx {
	u32 next;
	u32 count;
	u32 size;
	u32 per_part;
	u32 step;
	u32 delay;
};

static u32 u32_or(const struct nlattr *attr, u32 absent)
{
	return attr ? nla_get_u32(attr) : absent;
}

static int entry_start(struct netlink_callback *cb)
{
	struct nlattr **attrs = genl_info_dump(cb)->attrs;
	struct entry_ctx *ctx = (void *)cb->ctx;

	NL_ASSERT_CTX_FITS(struct entry_ctx);
	ctx->count = u32_or(attrs[GENLTEST_A_ENTRY_COUNT], 0);
	ctx->size = u32_or(attrs[GENLTEST_A_ENTRY_SIZE], 0);
	ctx->per_part = u32_or(attrs[GENLTEST_A_ENTRY_PER_PART], U32_MAX);
	ctx->step = u32_or(attrs[GENLTEST_A_ENTRY_STEP], 1);
	ctx->delay = u32_or(attrs[GENLTEST_A_ENTRY_DELAY], 0);
	/* The entry's own attributes fit into any buffer. */
	cb->min_dump_alloc = max_t(u32, cb->min_dump_alloc, ctx->size + 256);
	return 0;
}

static int entry_fill(struct sk_buff *skb, const struct genl_info *info,
		      const struct entry_ctx *ctx)
{
	u64 value = (u64)ctx->next * ctx->next;
	struct nlattr *filling;
	void *hdr;

	hdr = genlmsg_put(skb, info->snd_portid, info->snd_seq, info->family, NLM_F_MULTI,
			  GENLTEST_CMD_ENTRY);
	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_u32(skb, GENLTEST_A_ENTRY_INDEX, ctx->next) ||
	    nla_put(skb, GENLTEST_A_ENTRY_VALUE, sizeof(value), &value) ||
	    nla_put_string(skb, GENLTEST_A_ENTRY_LABEL, "entry"))
		goto full;
	if (ctx->size) {
		filling = nla_reserve(skb, GENLTEST_A_ENTRY_FILLING, ctx->size);
		if (!filling)
			goto full;
		memset(nla_data(filling), 0, ctx->size);
	}
	genlmsg_end(skb, hdr);
	return 0;

full:
	genlmsg_cancel(skb, hdr);
	return -EMSGSIZE;
}

static int entry_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct genl_info *info = genl_info_dump(cb);
	struct entry_ctx *ctx = (void *)cb->ctx;
	u32 left = ctx->per_part;
	int err;

	if (ctx->delay)
		msleep(ctx->delay);
	while (ctx->next < ctx->count) {
		if (!left--)
			return skb->len;
		err = entry_fill(skb, info, ctx);
		if (err)
			return err;
		if (check_add_overflow(ctx->next, ctx->step, &ctx->next))
			ctx->next = ctx->count;
	}
	return 0;
}

static const struct genl_split_ops twin_ops[] = {
	{
		.cmd		= GENLTEST_CMD_ECHO,
		.doit		= echo_doit,
		.policy		= echo_policy,
		.maxattr	= GENLTEST_A_ECHO_PAYLOAD,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= GENLTEST_CMD_ENTRY,
		.start		= entry_start,
		.dumpit		= entry_dumpit,
		.policy		= entry_policy,
		.maxattr	= GENLTEST_A_ENTRY_DELAY,
		.flags		= GENL_CMD_CAP_DUMP,
	},
};

struct genl_family genltest_c_twin __ro_after_init = {
	.name		= "genltest_c",
	.version	= GENLTEST_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.split_ops	= twin_ops,
	.n_split_ops	= ARRAY_SIZE(twin_ops),
};
