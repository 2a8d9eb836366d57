// SPDX-License-Identifier: MIT OR Apache-2.0
// The kernel tree's own library for YNL, with what the tree's generator makes of its specs.

#include "worker.h"
#include "nlctrl-user.h"
#include "rt-addr-user.h"
#include "rt-link-user.h"
#include <ynl.h>

static struct ynl_sock *generic, *addr, *link_socket;

static struct ynl_sock *open_socket(const struct ynl_family *family)
{
	struct ynl_error error;
	struct ynl_sock *socket = ynl_sock_create(family, &error);

	if (!socket)
		fail(error.msg);
	return socket;
}

static uint64_t family(const struct nlctrl_getfamily_rsp *family)
{
	uint64_t sum = family->family_id + strlen(family->family_name);

	sum += (uint64_t)family->version + family->hdrsize + family->maxattr;
	for (unsigned int i = 0; i < family->_count.ops; i++)
		sum += family->ops[i].id + (family->ops[i].flags & 1);
	for (unsigned int i = 0; i < family->_count.mcast_groups; i++)
		sum += family->mcast_groups[i].id + strlen(family->mcast_groups[i].name);
	return sum;
}

static uint64_t call(unsigned long count)
{
	uint64_t sum = 0;

	while (count--) {
		struct nlctrl_getfamily_req *request = nlctrl_getfamily_req_alloc();
		struct nlctrl_getfamily_rsp *reply;

		nlctrl_getfamily_req_set_family_name(request, "nlctrl");
		reply = nlctrl_getfamily(generic, request);
		nlctrl_getfamily_req_free(request);
		if (!reply)
			fail(generic->err.msg);
		sum += family(reply);
		nlctrl_getfamily_rsp_free(reply);
	}
	return sum;
}

static uint64_t families(unsigned long count)
{
	uint64_t sum = 0;

	while (count--) {
		struct nlctrl_getfamily_list *list = nlctrl_getfamily_dump(generic);

		if (!list)
			fail(generic->err.msg);
		ynl_dump_foreach (list, entry)
			sum += family(entry);
		nlctrl_getfamily_list_free(list);
	}
	return sum;
}

static uint32_t first_word(const void *bytes)
{
	uint32_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

static uint64_t addresses(unsigned long count)
{
	uint64_t sum = 0;

	while (count--) {
		struct rt_addr_getaddr_req *request = rt_addr_getaddr_req_alloc();
		struct rt_addr_getaddr_list *list = rt_addr_getaddr_dump(addr, request);

		rt_addr_getaddr_req_free(request);
		if (!list)
			fail(addr->err.msg);
		ynl_dump_foreach (list, entry) {
			sum += entry->_hdr.ifa_index + strlen(entry->label);
			sum += (uint64_t)first_word(entry->address) + first_word(entry->local);
			// The library keeps no IFA_FLAGS; the header has what these are.
			sum += (uint64_t)entry->_hdr.ifa_flags + entry->cacheinfo->ifa_prefered;
		}
		rt_addr_getaddr_list_free(list);
	}
	return sum;
}

static uint64_t link_entry(const struct rt_link_getlink_rsp *entry)
{
	uint64_t sum = entry->_hdr.ifi_index + strlen(entry->ifname) + strlen(entry->qdisc);

	if (entry->_len.address)
		sum += first_word(entry->address);
	if (entry->linkinfo._len.kind)
		sum += strlen(entry->linkinfo.kind);
	sum += (uint64_t)entry->mtu + entry->txqlen + entry->operstate + entry->linkmode;
	sum += (uint64_t)entry->min_mtu + entry->max_mtu + entry->gso_max_size + entry->gso_max_segs;
	sum += entry->stats64->rx_packets + entry->stats->rx_packets + entry->map->mem_start;
	return sum + entry->carrier_changes + entry->num_tx_queues + entry->num_rx_queues;
}

static uint64_t links(unsigned long count)
{
	uint64_t sum = 0;

	while (count--) {
		struct rt_link_getlink_req_dump *request = rt_link_getlink_req_dump_alloc();
		struct rt_link_getlink_list *list = rt_link_getlink_dump(link_socket, request);

		rt_link_getlink_req_dump_free(request);
		if (!list)
			fail(link_socket->err.msg);
		ynl_dump_foreach (list, entry)
			sum += link_entry(entry);
		rt_link_getlink_list_free(list);
	}
	return sum;
}

const struct task tasks[] = {
	{ "call", call }, { "families", families }, { "addresses", addresses }, { "links", links }, {},
};

int main(int argc, char **argv)
{
	generic = open_socket(&ynl_nlctrl_family);
	if (!is_once(argc, argv)) {
		addr = open_socket(&ynl_rt_addr_family);
		link_socket = open_socket(&ynl_rt_link_family);
	}
	return serve(argc, argv);
}
