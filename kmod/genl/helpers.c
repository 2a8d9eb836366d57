// SPDX-License-Identifier: GPL-2.0-only
#include "helpers.h"

#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/user_namespace.h>
#include <linux/xarray.h>
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

struct net *genl_maybe_get_net(struct net *net)
{
	return maybe_get_net(net);
}

bool genl_net_is_of_current_user(const struct net *net)
{
	return net->user_ns == current_user_ns();
}

bool genl_net_is_init_owned(const struct net *net)
{
	return net->user_ns == &init_user_ns;
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
	return genl_net_is_init_owned(net) &&
	       genl_has_listeners(family, net, group) > 0;
}

/* Counts a listener that is about to get a message, or to hear of its loss. */
static int count_listener(struct sock *sk, struct sk_buff *skb, void *listeners)
{
	++*(unsigned int *)listeners;
	return 0;
}

/*
 * What the core returns would not do: without delivery it is the same for
 * nobody and for listeners whose queues are full.
 */
static void multicast_counted(const struct genl_family *family, struct net *net,
			      struct sk_buff *skb, unsigned int group,
			      unsigned int *listeners)
{
	genlmsg_multicast_netns_filtered(family, net, skb, 0, group, GFP_ATOMIC,
					 count_listener, listeners);
}

int genl_multicast_init_owned(const struct genl_family *family,
			      struct sk_buff *skb, unsigned int group)
{
	struct net *net, *last = NULL;
	unsigned int listeners = 0;

	rcu_read_lock();
	/* The last one gets the buffer itself: with one, there is nothing that can fail. */
	for_each_net_rcu(net) {
		struct sk_buff *clone;

		if (!init_owned_listener(family, net, group))
			continue;
		if (last) {
			clone = skb_clone(skb, GFP_ATOMIC);
			if (clone) {
				multicast_counted(family, last, clone, group, &listeners);
			} else {
				/* Maybe nobody there listened; the next batch will tell. */
				genl_set_err(family, last, 0, group, -ENOBUFS);
				listeners++;
			}
		}
		last = net;
	}
	if (last)
		multicast_counted(family, last, skb, group, &listeners);
	else
		kfree_skb(skb);
	rcu_read_unlock();
	return listeners ? 0 : -ESRCH;
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

struct sock *genl_sender(struct sk_buff *skb)
{
	return NETLINK_CB(skb).sk;
}

/* Both of genl_sk_priv_get(), which is not exported. */
void *genl_sk_priv_find(const struct genl_family *family, const struct sock *sk)
{
	return xa_load(family->sock_privs, (unsigned long)sk);
}

void *genl_sk_priv_keep(const struct genl_family *family, const struct sock *sk,
			void *priv)
{
	void *kept = xa_cmpxchg(family->sock_privs, (unsigned long)sk, NULL,
				priv, GFP_KERNEL);

	if (xa_is_err(kept))
		return ERR_PTR(xa_err(kept));
	return kept ?: priv;
}

struct sock *genl_get_sender(struct sk_buff *skb)
{
	struct sock *sk = genl_sender(skb);

	if (sk)
		sock_hold(sk);
	return sk;
}

void genl_put_socket(struct sock *sk)
{
	sock_put(sk);
}

bool genl_socket_is_closed(const struct sock *sk)
{
	return sock_flag(sk, SOCK_DEAD);
}

/*
 * netlink_unicast() looks the receiver up by its port id, which can be another
 * socket's at any moment; what it does once it has found it is not exported.
 */
int genl_queue(struct sock *sk, struct sk_buff *skb)
{
	int spare = skb_tailroom(skb);

	/* Charge the receiver for what it gets, not for what might have been. */
	if (spare * 2 >= skb->truesize)
		pskb_expand_head(skb, 0, -spare, GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY);
	if (!sock_queue_rcv_skb(sk, skb))
		return 0;
	kfree_skb(skb);
	return -EAGAIN;
}
