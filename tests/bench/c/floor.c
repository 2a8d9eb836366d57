// SPDX-License-Identifier: MIT OR Apache-2.0
// The floor: what a loop by hand costs that sends, receives, checks lengths and reads all attributes.
//
// It does what no answer can be believed without (sequence number, lengths, errno) and no more: it
// does not look at who sent an answer, nor whether it was truncated.

#include "socket.h"
#include <unistd.h>

static char buffer[32768] __attribute__((aligned(8)));
static char requests[32 * 64] __attribute__((aligned(8)));
static int generic, route;
static uint32_t seq;

// One answer to request `wanted`.
static uint64_t answer(uint16_t type, uint32_t wanted, uint64_t (*read)(struct nlmsghdr *))
{
	ssize_t len = recv(generic, buffer, sizeof(buffer), 0);
	struct nlmsghdr *header = (void *)buffer;

	if (len < 0 || !NLMSG_OK(header, len) || header->nlmsg_type != type ||
	    header->nlmsg_seq != wanted)
		fail("answer");
	return read(header);
}

static uint64_t call(unsigned long count)
{
	uint64_t sum = 0;

	while (count--) {
		size_t len = getfamily(requests, "nlctrl", ++seq);

		if (send(generic, requests, len, 0) != (ssize_t)len)
			fail("send");
		sum += answer(GENL_ID_CTRL, seq, family);
	}
	return sum;
}

static uint64_t stats(unsigned long count)
{
	static uint16_t id;
	uint64_t sum = 0;

	if (!id) {
		if (send(generic, requests, getfamily(requests, TASKSTATS_GENL_NAME, ++seq), 0) < 0)
			fail("send");
		id = answer(GENL_ID_CTRL, seq, family_id);
	}
	while (count--) {
		size_t len = gettaskstats(requests, id, ++seq);

		if (send(generic, requests, len, 0) != (ssize_t)len)
			fail("send");
		sum += answer(id, seq, taskstats);
	}
	return sum;
}

static uint64_t batch(unsigned long count)
{
	uint64_t sum = 0;

	for (; count >= 32; count -= 32) {
		uint32_t first = seq + 1;
		size_t len = 0;

		for (int i = 0; i < 32; i++)
			len += getfamily(requests + len, "nlctrl", ++seq);
		if (send(generic, requests, len, 0) != (ssize_t)len)
			fail("send");
		for (int i = 0; i < 32; i++)
			sum += answer(GENL_ID_CTRL, first + i, family);
	}
	return sum;
}

static uint64_t dump(int fd, uint16_t type, size_t body, uint64_t (*entry)(struct nlmsghdr *))
{
	struct nlmsghdr *request = (void *)requests;
	uint64_t sum = 0;

	memset(requests, 0, sizeof(*request) + body);
	*request = (struct nlmsghdr){
		.nlmsg_len = NLMSG_LENGTH(body),
		.nlmsg_type = type,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		.nlmsg_seq = ++seq,
	};
	if (type == GENL_ID_CTRL)
		*(struct genlmsghdr *)NLMSG_DATA(request) =
			(struct genlmsghdr){ .cmd = CTRL_CMD_GETFAMILY, .version = 2 };
	if (send(fd, request, request->nlmsg_len, 0) < 0)
		fail("send");
	for (;;) {
		ssize_t len = recv(fd, buffer, sizeof(buffer), 0);

		if (len < 0)
			fail("recv");
		for (struct nlmsghdr *header = (void *)buffer; NLMSG_OK(header, len);
		     header = NLMSG_NEXT(header, len)) {
			if (header->nlmsg_seq != seq)
				continue;
			if (header->nlmsg_type == NLMSG_DONE)
				return sum;
			if (header->nlmsg_type == NLMSG_ERROR)
				fail("dump");
			sum += entry(header);
		}
	}
}

static uint64_t families(unsigned long count)
{
	uint64_t sum = 0;

	while (count--)
		sum += dump(generic, GENL_ID_CTRL, GENL_HDRLEN, family);
	return sum;
}

static uint64_t addresses(unsigned long count)
{
	uint64_t sum = 0;

	while (count--)
		sum += dump(route, RTM_GETADDR, sizeof(struct ifaddrmsg), address);
	return sum;
}

static uint64_t links(unsigned long count)
{
	uint64_t sum = 0;

	while (count--)
		sum += dump(route, RTM_GETLINK, sizeof(struct ifinfomsg), link_entry);
	return sum;
}

const struct task tasks[] = {
	{ "call", call },	    { "batch", batch }, { "families", families },
	{ "addresses", addresses }, { "links", links }, { "taskstats", stats }, {},
};

int main(int argc, char **argv)
{
	generic = open_socket(NETLINK_GENERIC);
	if (!is_once(argc, argv))
		route = open_socket(NETLINK_ROUTE);
	return serve(argc, argv);
}
