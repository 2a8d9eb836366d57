// SPDX-License-Identifier: GPL-2.0-only
#include "helpers.h"

#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/user_namespace.h>
#include <net/netns/generic.h>
#include <net/sock.h>

struct net *genl_get_net(struct net *net)
{
	return get_net(net);
}

void genl_put_net(struct net *net)
{
	put_net(net);
}

void *genl_net_generic(const struct net *net, unsigned int id)
{
	return net_generic(net, id);
}

int genl_multicast_netns(const struct genl_family *family, struct net *net,
			 struct sk_buff *skb, unsigned int group, gfp_t flags)
{
	return genlmsg_multicast_netns(family, net, skb, 0, group, flags);
}

static bool init_owned_listener(const struct genl_family *family,
				struct net *net, unsigned int group)
{
	/* One mask for all network namespaces: no means nobody, yes means maybe. */
	return net->user_ns == &init_user_ns &&
	       genl_has_listeners(family, net, group) > 0;
}

/* What becomes of one send: whether anyone was there, and the first error. */
static void sent(int err, bool *heard, int *first)
{
	if (!err || err == -ENOBUFS)
		*heard = true;
	if (err && err != -ESRCH && !*first)
		*first = err;
}

int genl_multicast_init_owned(const struct genl_family *family,
			      struct sk_buff *skb, unsigned int group)
{
	struct net *net, *last = NULL;
	bool heard = false;
	int first = 0;

	rcu_read_lock();
	for_each_net_rcu(net) {
		struct sk_buff *clone;

		if (!init_owned_listener(family, net, group))
			continue;
		/* Every namespace but the last gets a clone. */
		if (last) {
			clone = skb_clone(skb, GFP_ATOMIC);
			sent(clone ? genlmsg_multicast_netns(family, last,
							     clone, 0, group,
							     GFP_ATOMIC)
				   : -ENOMEM,
			     &heard, &first);
		}
		last = net;
	}
	if (last)
		sent(genlmsg_multicast_netns(family, last, skb, 0, group,
					     GFP_ATOMIC),
		     &heard, &first);
	else
		kfree_skb(skb);
	rcu_read_unlock();
	if (first)
		return first;
	return heard ? 0 : -ESRCH;
}

bool genl_init_owned_listens(const struct genl_family *family,
			     unsigned int group)
{
	struct net *net;
	bool ret = false;

	rcu_read_lock();
	for_each_net_rcu(net) {
		if (init_owned_listener(family, net, group)) {
			ret = true;
			break;
		}
	}
	rcu_read_unlock();
	return ret;
}

const struct cred *genl_opener(struct sk_buff *skb)
{
	const struct sock *sk = NETLINK_CB(skb).sk;

	/* The sender is inside sendmsg() on this socket, which holds its file. */
	if (sk && sk->sk_socket && sk->sk_socket->file)
		return sk->sk_socket->file->f_cred;
	return current_cred();
}
