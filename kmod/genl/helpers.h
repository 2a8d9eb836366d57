/* SPDX-License-Identifier: GPL-2.0-only */
/* What the headers have as inline functions and the kernel's Rust bindings lack. */
#ifndef GENL_HELPERS_H
#define GENL_HELPERS_H

#include <net/genetlink.h>

/* get_net() */
struct net *genl_get_net(struct net *net);

/* put_net() */
void genl_put_net(struct net *net);

/* maybe_get_net() */
struct net *genl_maybe_get_net(struct net *net);

/* Whether the current task is in the user namespace that owns @net */
bool genl_net_is_of_current_user(const struct net *net);

/* Whether the initial user namespace owns @net */
bool genl_net_is_init_owned(const struct net *net);

/* net_generic() */
void *genl_net_generic(const struct net *net, unsigned int id);

/* genlmsg_multicast_netns(); consumes @skb also on error */
int genl_multicast_netns(const struct genl_family *family, struct net *net,
			 struct sk_buff *skb, unsigned int group, gfp_t flags);

/*
 * Sends @skb to the listeners to @group in every network namespace that the
 * initial user namespace owns; consumes it also on error. Returns 0, or -ESRCH
 * where nobody listens. Never sleeps.
 */
int genl_multicast_init_owned(const struct genl_family *family,
			      struct sk_buff *skb, unsigned int group);

/*
 * Whether anyone may listen to @group in such a network namespace: false is
 * certain, true may be about a listener in another one.
 */
bool genl_init_owned_listens(const struct genl_family *family,
			     unsigned int group);

/*
 * The credentials of who opened the socket that @skb, a request that is being
 * served, came from; those of the current task where it has no file. They live
 * as long as the request is being served.
 */
const struct cred *genl_opener(struct sk_buff *skb);

/* The socket that @skb, a request that is being served, came from; NULL if it is the kernel's */
struct sock *genl_sender(struct sk_buff *skb);

/*
 * What @family, which is registered and has a sock_priv_size, keeps for @sk;
 * NULL if nothing yet.
 */
void *genl_sk_priv_find(const struct genl_family *family, const struct sock *sk);

/*
 * Has @family keep @priv, which kfree() must be able to free, for @sk, which is
 * open, unless it keeps something already. Returns what is kept, or an error
 * pointer. May sleep.
 */
void *genl_sk_priv_keep(const struct genl_family *family, const struct sock *sk,
			void *priv);

/* Counts a reference to the socket that @skb, a request that is being served, came from */
struct sock *genl_get_sender(struct sk_buff *skb);

/* sock_put() */
void genl_put_socket(struct sock *sk);

/* Whether the user has closed @sk, which is for good */
bool genl_socket_is_closed(const struct sock *sk);

/*
 * Puts @skb into the receive queue of @sk, a netlink socket of a user; consumes
 * it also on error. Returns 0, or -EAGAIN where there is no room. May sleep.
 */
int genl_queue(struct sock *sk, struct sk_buff *skb);

#endif
