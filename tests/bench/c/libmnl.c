// SPDX-License-Identifier: MIT OR Apache-2.0
// libmnl: its sockets, its buffers and its loop over messages; attributes are read as the floor reads them.

#include "decode.h"
#include <libmnl/libmnl.h>

static struct mnl_socket *generic, *route;
static unsigned int portid_generic, portid_route;
static char buffer[32768] __attribute__((aligned(8)));
static char requests[32 * 64] __attribute__((aligned(8)));
static uint32_t seq;

typedef uint64_t entry_fn(struct nlmsghdr *);

struct reading {
	entry_fn *entry;
	uint64_t sum;
};

static int read_entry(const struct nlmsghdr *header, void *data)
{
	struct reading *reading = data;

	reading->sum += reading->entry((struct nlmsghdr *)header);
	return MNL_CB_OK;
}

static struct mnl_socket *open_socket(int bus, unsigned int *portid)
{
	struct mnl_socket *socket = mnl_socket_open(bus);

	if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
		fail("open");
	*portid = mnl_socket_get_portid(socket);
	return socket;
}

// Receives what answers request `wanted`: one datagram, or up to the end of a dump.
static void answer(struct mnl_socket *socket, unsigned int portid, uint32_t wanted, int is_dump,
		   struct reading *reading)
{
	int more = MNL_CB_OK;

	do {
		ssize_t len = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));

		if (len < 0)
			fail("recv");
		more = mnl_cb_run(buffer, len, wanted, portid, read_entry, reading);
		if (more < 0)
			fail("answer");
	} while (is_dump && more > MNL_CB_STOP);
}

static uint64_t call(unsigned long count)
{
	struct reading reading = { family, 0 };

	while (count--) {
		size_t len = getfamily(requests, "nlctrl", ++seq);

		if (mnl_socket_sendto(generic, requests, len) < 0)
			fail("send");
		answer(generic, portid_generic, seq, 0, &reading);
	}
	return reading.sum;
}

static uint64_t stats(unsigned long count)
{
	static uint16_t id;
	struct reading reading = { taskstats, 0 };

	if (!id) {
		struct reading found = { family_id, 0 };
		size_t len = getfamily(requests, TASKSTATS_GENL_NAME, ++seq);

		if (mnl_socket_sendto(generic, requests, len) < 0)
			fail("send");
		answer(generic, portid_generic, seq, 0, &found);
		id = found.sum;
	}
	while (count--) {
		size_t len = gettaskstats(requests, id, ++seq);

		if (mnl_socket_sendto(generic, requests, len) < 0)
			fail("send");
		answer(generic, portid_generic, seq, 0, &reading);
	}
	return reading.sum;
}

static uint64_t batch(unsigned long count)
{
	struct reading reading = { family, 0 };

	for (; count >= 32; count -= 32) {
		size_t len = 0;

		for (int i = 0; i < 32; i++)
			len += getfamily(requests + len, "nlctrl", ++seq);
		if (mnl_socket_sendto(generic, requests, len) < 0)
			fail("send");
		for (int i = 31; i >= 0; i--)
			answer(generic, portid_generic, seq - i, 0, &reading);
	}
	return reading.sum;
}

static uint64_t dump(struct mnl_socket *socket, unsigned int portid, uint16_t type, size_t body,
		     entry_fn *entry, unsigned long count)
{
	struct reading reading = { entry, 0 };

	while (count--) {
		struct nlmsghdr *request = mnl_nlmsg_put_header(requests);
		void *fixed = mnl_nlmsg_put_extra_header(request, body);

		request->nlmsg_type = type;
		request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
		request->nlmsg_seq = ++seq;
		if (type == GENL_ID_CTRL)
			*(struct genlmsghdr *)fixed =
				(struct genlmsghdr){ .cmd = CTRL_CMD_GETFAMILY, .version = 2 };
		if (mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
			fail("send");
		answer(socket, portid, seq, 1, &reading);
	}
	return reading.sum;
}

static uint64_t families(unsigned long count)
{
	return dump(generic, portid_generic, GENL_ID_CTRL, GENL_HDRLEN, family, count);
}

static uint64_t addresses(unsigned long count)
{
	return dump(route, portid_route, RTM_GETADDR, sizeof(struct ifaddrmsg), address, count);
}

static uint64_t links(unsigned long count)
{
	return dump(route, portid_route, RTM_GETLINK, sizeof(struct ifinfomsg), link_entry, count);
}

const struct task tasks[] = {
	{ "call", call },	    { "batch", batch }, { "families", families },
	{ "addresses", addresses }, { "links", links }, { "taskstats", stats }, {},
};

int main(int argc, char **argv)
{
	generic = open_socket(NETLINK_GENERIC, &portid_generic);
	if (!is_once(argc, argv))
		route = open_socket(NETLINK_ROUTE, &portid_route);
	return serve(argc, argv);
}
