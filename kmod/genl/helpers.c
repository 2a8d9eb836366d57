// SPDX-License-Identifier: GPL-2.0-only
#include "helpers.h"

struct net *genl_get_net(struct net *net)
{
	return get_net(net);
}

void genl_put_net(struct net *net)
{
	put_net(net);
}

int genl_multicast_netns(const struct genl_family *family, struct net *net,
			 struct sk_buff *skb, unsigned int group, gfp_t flags)
{
	return genlmsg_multicast_netns(family, net, skb, 0, group, flags);
}
