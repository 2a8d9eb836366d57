/* SPDX-License-Identifier: GPL-2.0-only */
/* What the headers have as inline functions and the kernel's Rust bindings lack. */
#ifndef GENL_HELPERS_H
#define GENL_HELPERS_H

#include <net/genetlink.h>

/* get_net() */
struct net *genl_get_net(struct net *net);

/* put_net() */
void genl_put_net(struct net *net);

/* genlmsg_multicast_netns(); consumes @skb also on error */
int genl_multicast_netns(const struct genl_family *family, struct net *net,
			 struct sk_buff *skb, unsigned int group, gfp_t flags);

#endif
