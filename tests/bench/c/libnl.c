// SPDX-License-Identifier: MIT OR Apache-2.0
// libnl: its sockets, messages and callbacks; attributes are read as the floor reads them.

#include "decode.h"
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

static struct nl_sock *generic, *route;
static uint64_t (*entry)(struct nlmsghdr *);
static uint64_t sum;

static int read_entry(struct nl_msg *message, void *data)
{
	(void)data;
	sum += entry(nlmsg_hdr(message));
	return NL_OK;
}

static struct nl_sock *open_socket(int protocol)
{
	struct nl_sock *socket = nl_socket_alloc();

	if (!socket || nl_connect(socket, protocol) < 0)
		fail("open");
	// As the others: no ACK on top of a reply.
	nl_socket_disable_auto_ack(socket);
	nl_socket_modify_cb(socket, NL_CB_VALID, NL_CB_CUSTOM, read_entry, NULL);
	return socket;
}

static void ask(struct nl_sock *socket, struct nl_msg *message)
{
	if (nl_send_auto(socket, message) < 0 || nl_recvmsgs_default(socket) < 0)
		fail("answer");
	nlmsg_free(message);
}

static uint64_t call(unsigned long count)
{
	entry = family;
	for (sum = 0; count--;) {
		struct nl_msg *message = nlmsg_alloc();

		genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, GENL_ID_CTRL, 0, 0,
			    CTRL_CMD_GETFAMILY, 2);
		nla_put_string(message, CTRL_ATTR_FAMILY_NAME, "nlctrl");
		ask(generic, message);
	}
	return sum;
}

static uint64_t stats(unsigned long count)
{
	static int id;

	if (!id)
		id = genl_ctrl_resolve(generic, TASKSTATS_GENL_NAME);
	entry = taskstats;
	for (sum = 0; count--;) {
		struct nl_msg *message = nlmsg_alloc();

		genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, id, 0, 0, TASKSTATS_CMD_GET,
			    TASKSTATS_GENL_VERSION);
		nla_put_u32(message, TASKSTATS_CMD_ATTR_PID, 1);
		ask(generic, message);
	}
	return sum;
}

static uint64_t families(unsigned long count)
{
	entry = family;
	for (sum = 0; count--;) {
		struct nl_msg *message = nlmsg_alloc();

		genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, GENL_ID_CTRL, 0, NLM_F_DUMP,
			    CTRL_CMD_GETFAMILY, 2);
		ask(generic, message);
	}
	return sum;
}

static uint64_t dump(int type, void *fixed, size_t len, unsigned long count)
{
	for (sum = 0; count--;)
		if (nl_send_simple(route, type, NLM_F_DUMP, fixed, len) < 0 ||
		    nl_recvmsgs_default(route) < 0)
			fail("dump");
	return sum;
}

static uint64_t addresses(unsigned long count)
{
	struct ifaddrmsg fixed = {};

	entry = address;
	return dump(RTM_GETADDR, &fixed, sizeof(fixed), count);
}

static uint64_t links(unsigned long count)
{
	struct ifinfomsg fixed = {};

	entry = link_entry;
	return dump(RTM_GETLINK, &fixed, sizeof(fixed), count);
}

const struct task tasks[] = {
	{ "call", call },	    { "taskstats", stats }, { "families", families },
	{ "addresses", addresses }, { "links", links },	    {},
};

int main(int argc, char **argv)
{
	generic = open_socket(NETLINK_GENERIC);
	if (!is_once(argc, argv))
		route = open_socket(NETLINK_ROUTE);
	return serve(argc, argv);
}
