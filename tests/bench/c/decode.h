// SPDX-License-Identifier: MIT OR Apache-2.0
// What contenders in C ask for and read: all attributes, each as what it is.

#include "worker.h"

// Writes a request for a family; its length.
static inline size_t getfamily(char *at, const char *name, uint32_t seq)
{
	struct nlmsghdr *header = (void *)at;
	struct genlmsghdr *genl = NLMSG_DATA(header);
	struct nlattr *attr = (void *)(genl + 1);
	size_t len = strlen(name) + 1;

	*attr = (struct nlattr){ .nla_len = NLA_HDRLEN + len, .nla_type = CTRL_ATTR_FAMILY_NAME };
	memcpy(attr + 1, name, len);
	*genl = (struct genlmsghdr){ .cmd = CTRL_CMD_GETFAMILY, .version = 2 };
	*header = (struct nlmsghdr){
		.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN) + NLA_ALIGN(attr->nla_len),
		.nlmsg_type = GENL_ID_CTRL,
		.nlmsg_flags = NLM_F_REQUEST,
		.nlmsg_seq = seq,
	};
	return header->nlmsg_len;
}

// Writes a request for what is counted of process 1, which is always there; its length.
static inline size_t gettaskstats(char *at, uint16_t type, uint32_t seq)
{
	struct nlmsghdr *header = (void *)at;
	struct genlmsghdr *genl = NLMSG_DATA(header);
	struct nlattr *attr = (void *)(genl + 1);
	uint32_t pid = 1;

	*attr = (struct nlattr){ .nla_len = NLA_HDRLEN + 4, .nla_type = TASKSTATS_CMD_ATTR_PID };
	memcpy(attr + 1, &pid, 4);
	*genl = (struct genlmsghdr){ .cmd = TASKSTATS_CMD_GET, .version = TASKSTATS_GENL_VERSION };
	*header = (struct nlmsghdr){
		.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN) + attr->nla_len,
		.nlmsg_type = type,
		.nlmsg_flags = NLM_F_REQUEST,
		.nlmsg_seq = seq,
	};
	return header->nlmsg_len;
}

#define each_attr(attr, start, end)                                                                  \
	for (struct nlattr *attr = (void *)(start);                                                  \
	     (char *)(end) - (char *)attr >= NLA_HDRLEN && attr->nla_len >= NLA_HDRLEN &&            \
	     attr->nla_len <= (char *)(end) - (char *)attr;                                          \
	     attr = (void *)((char *)attr + NLA_ALIGN(attr->nla_len)))

#define END(attr) ((char *)(attr) + (attr)->nla_len)
#define NUMBER(attr) ((attr)->nla_type & NLA_TYPE_MASK)

static inline uint32_t number(const struct nlattr *attr)
{
	uint32_t value = 0;

	if (attr->nla_len == NLA_HDRLEN + 4)
		memcpy(&value, attr + 1, 4);
	return value;
}

static inline uint64_t text(const struct nlattr *attr)
{
	return strnlen((const char *)(attr + 1), attr->nla_len - NLA_HDRLEN);
}

static inline uint64_t numbers_of(struct nlattr *array, int wanted)
{
	uint64_t sum = 0;

	each_attr (entry, array + 1, END(array))
		each_attr (attr, entry + 1, END(entry)) {
			if (NUMBER(attr) == wanted)
				sum += number(attr);
			else if (wanted == CTRL_ATTR_OP_ID)
				sum += number(attr) & 1;
			else
				sum += text(attr);
		}
	return sum;
}

static inline uint64_t family(struct nlmsghdr *header)
{
	struct genlmsghdr *genl = NLMSG_DATA(header);
	uint64_t sum = 0;

	each_attr (attr, genl + 1, (char *)header + header->nlmsg_len) {
		switch (NUMBER(attr)) {
		case CTRL_ATTR_FAMILY_ID: {
			uint16_t id;

			memcpy(&id, attr + 1, 2);
			sum += id;
			break;
		}
		case CTRL_ATTR_FAMILY_NAME:
			sum += text(attr);
			break;
		case CTRL_ATTR_VERSION:
		case CTRL_ATTR_HDRSIZE:
		case CTRL_ATTR_MAXATTR:
			sum += number(attr);
			break;
		case CTRL_ATTR_OPS:
			sum += numbers_of(attr, CTRL_ATTR_OP_ID);
			break;
		case CTRL_ATTR_MCAST_GROUPS:
			sum += numbers_of(attr, CTRL_ATTR_MCAST_GRP_ID);
			break;
		}
	}
	return sum;
}

// The number of a family's messages.
static inline uint64_t family_id(struct nlmsghdr *header)
{
	struct genlmsghdr *genl = NLMSG_DATA(header);
	uint16_t id = 0;

	each_attr (attr, genl + 1, (char *)header + header->nlmsg_len)
		if (NUMBER(attr) == CTRL_ATTR_FAMILY_ID)
			memcpy(&id, attr + 1, 2);
	return id;
}

// What of statistics stays the same: the process, their length, and their version, which they start with.
static inline uint64_t taskstats(struct nlmsghdr *header)
{
	struct genlmsghdr *genl = NLMSG_DATA(header);
	uint64_t sum = 0;

	each_attr (aggregate, genl + 1, (char *)header + header->nlmsg_len)
		each_attr (attr, aggregate + 1, END(aggregate)) {
			uint16_t version;

			if (NUMBER(attr) == TASKSTATS_TYPE_PID)
				sum += number(attr);
			if (NUMBER(attr) != TASKSTATS_TYPE_STATS)
				continue;
			memcpy(&version, attr + 1, 2);
			sum += version + attr->nla_len - NLA_HDRLEN;
		}
	return sum;
}

// Numbers as such, text by its length, all else by its first word.
static inline uint64_t value(const struct nlattr *attr)
{
	size_t len = attr->nla_len - NLA_HDRLEN;
	uint32_t word;

	switch (len) {
	case 0:
		return 0;
	case 1:
		return *(const uint8_t *)(attr + 1);
	case 2: {
		uint16_t half;

		memcpy(&half, attr + 1, 2);
		return half;
	}
	case 3:
		return 3;
	default:
		memcpy(&word, attr + 1, 4);
		return word;
	}
}

static inline uint64_t address(struct nlmsghdr *header)
{
	struct ifaddrmsg *fixed = NLMSG_DATA(header);
	uint64_t sum = fixed->ifa_index;

	each_attr (attr, fixed + 1, (char *)header + header->nlmsg_len)
		sum += NUMBER(attr) == IFA_LABEL ? text(attr) : value(attr);
	return sum;
}

static inline uint64_t values(struct nlattr *nest)
{
	uint64_t sum = 0;

	each_attr (attr, nest + 1, END(nest))
		sum += value(attr);
	return sum;
}

static inline uint64_t link_info(struct nlattr *nest)
{
	uint64_t sum = 0;

	each_attr (attr, nest + 1, END(nest))
		sum += NUMBER(attr) == IFLA_INFO_KIND ? text(attr) : value(attr);
	return sum;
}

static inline uint64_t protocols(struct nlattr *nest)
{
	uint64_t sum = 0;

	each_attr (protocol, nest + 1, END(nest))
		sum += values(protocol);
	return sum;
}

static inline uint64_t link_attr(struct nlattr *attr)
{
	switch (NUMBER(attr)) {
	case IFLA_IFNAME:
	case IFLA_QDISC:
		return text(attr);
	case IFLA_LINKINFO:
		return link_info(attr);
	case IFLA_AF_SPEC:
		return protocols(attr);
	case IFLA_XDP:
		return values(attr);
	default:
		return value(attr);
	}
}

static inline uint64_t link_entry(struct nlmsghdr *header)
{
	struct ifinfomsg *fixed = NLMSG_DATA(header);

	uint64_t sum = fixed->ifi_index;

	each_attr (attr, fixed + 1, (char *)header + header->nlmsg_len)
		sum += link_attr(attr);
	return sum;
}
