// SPDX-License-Identifier: MIT OR Apache-2.0
// The socket of what is written by hand: with the options that the other contenders have.

#pragma once

#include "decode.h"
#include <sys/socket.h>

static int open_socket(int protocol)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol), on = 1;

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)))
		fail("open");
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	return fd;
}
