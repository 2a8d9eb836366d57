// SPDX-License-Identifier: MIT OR Apache-2.0
// The tool by hand: `tool do nlctrl getfamily family-name=NAME -o json`, with no spec, as small as it goes.
//
// It takes the same arguments as `genlkit`, asks the same, with an ACK, checks as much of the answer as
// the floor does, and prints the same text.

#include "socket.h"
#include <errno.h>
#include <stdbool.h>

// Names by number: attributes of a family, of one of its operations, of one of its groups; and of
// operations' flags by bit. Those that `genlkit` prints otherwise are printed as nothing at all.
static const char *const attrs[] = {
	[CTRL_ATTR_FAMILY_ID] = "family-id", [CTRL_ATTR_FAMILY_NAME] = "family-name",
	[CTRL_ATTR_VERSION] = "version",     [CTRL_ATTR_HDRSIZE] = "hdrsize",
	[CTRL_ATTR_MAXATTR] = "maxattr",     [CTRL_ATTR_OPS] = "ops",
	[CTRL_ATTR_MCAST_GROUPS] = "mcast-groups",
};
static const char *const op_attrs[] = {
	[CTRL_ATTR_OP_ID] = "id",
	[CTRL_ATTR_OP_FLAGS] = "flags",
};
static const char *const group_attrs[] = {
	[CTRL_ATTR_MCAST_GRP_NAME] = "name",
	[CTRL_ATTR_MCAST_GRP_ID] = "id",
};
static const char *const op_flags[] = {
	"admin-perm", "cmd-cap-do", "cmd-cap-dump", "cmd-cap-haspol", "uns-admin-perm",
};

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define NAME(names, number) ((number) < LEN(names) ? (names)[number] : NULL)

static void print_text(const struct nlattr *attr)
{
	const char *at = (const char *)(attr + 1), *end = at + text(attr);

	putchar('"');
	for (; at < end; at++)
		if (*at == '"' || *at == '\\')
			printf("\\%c", *at);
		else if ((unsigned char)*at < ' ')
			printf("\\u%04x", *at);
		else
			putchar(*at);
	putchar('"');
}

static void print_flags(uint32_t bits)
{
	const char *comma = "";

	putchar('[');
	for (unsigned int bit = 0; bit < LEN(op_flags); bit++)
		if (bits & 1u << bit) {
			printf("%s\"%s\"", comma, op_flags[bit]);
			comma = ",";
		}
	putchar(']');
}

// A list of objects, each under its number.
static void print_list(struct nlattr *array, const char *const *names, size_t count)
{
	const char *comma = "";

	putchar('[');
	each_attr (entry, array + 1, END(array)) {
		const char *inner = "";

		printf("%s{\"%d\":{", comma, NUMBER(entry));
		comma = ",";
		each_attr (attr, entry + 1, END(entry)) {
			const char *name = NUMBER(attr) < (int)count ? names[NUMBER(attr)] : NULL;

			if (!name)
				continue;
			printf("%s\"%s\":", inner, name);
			inner = ",";
			if (!strcmp(name, "name"))
				print_text(attr);
			else if (!strcmp(name, "flags"))
				print_flags(number(attr));
			else
				printf("%u", number(attr));
		}
		printf("}}");
	}
	putchar(']');
}

static void print_family(struct nlmsghdr *header)
{
	struct genlmsghdr *genl = NLMSG_DATA(header);
	const char *comma = "";

	putchar('{');
	each_attr (attr, genl + 1, (char *)header + header->nlmsg_len) {
		const char *name = NAME(attrs, (size_t)NUMBER(attr));

		if (!name)
			continue;
		printf("%s\"%s\":", comma, name);
		comma = ",";
		switch (NUMBER(attr)) {
		case CTRL_ATTR_FAMILY_ID:
			printf("%u", (unsigned int)value(attr));
			break;
		case CTRL_ATTR_FAMILY_NAME:
			print_text(attr);
			break;
		case CTRL_ATTR_OPS:
			print_list(attr, op_attrs, LEN(op_attrs));
			break;
		case CTRL_ATTR_MCAST_GROUPS:
			print_list(attr, group_attrs, LEN(group_attrs));
			break;
		default:
			printf("%u", number(attr));
		}
	}
	puts("}");
}

// Prints the reply, up to the ACK.
static void answers(int fd)
{
	static char buffer[32768] __attribute__((aligned(8)));

	for (;;) {
		ssize_t len = recv(fd, buffer, sizeof(buffer), 0);

		if (len < 0)
			fail("recv");
		for (struct nlmsghdr *header = (void *)buffer; NLMSG_OK(header, len);
		     header = NLMSG_NEXT(header, len)) {
			struct nlmsgerr *error = NLMSG_DATA(header);

			if (header->nlmsg_seq != 1)
				continue;
			if (header->nlmsg_type == GENL_ID_CTRL)
				print_family(header);
			if (header->nlmsg_type != NLMSG_ERROR)
				continue;
			errno = -error->error;
			if (errno)
				fail("getfamily");
			return;
		}
	}
}

// The value of `key=value`, if it is that.
static const char *value_of(const char *word, const char *key)
{
	size_t len = strlen(key);

	return !strncmp(word, key, len) && word[len] == '=' ? word + len + 1 : NULL;
}

int main(int argc, char **argv)
{
	static char request[4096] __attribute__((aligned(8)));
	static const char *const words[] = { "do", "nlctrl", "getfamily" };
	const char *name = NULL, *format = NULL;
	int place = 0;

	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "-o") && i + 1 < argc)
			format = argv[++i];
		else if (place < (int)LEN(words) && !strcmp(argv[i], words[place]))
			place++;
		else
			name = value_of(argv[i], "family-name");
	if (place < (int)LEN(words) || !name || strlen(name) >= 1024 || !format || strcmp(format, "json")) {
		fprintf(stderr, "tool do nlctrl getfamily family-name=NAME -o json\n");
		return 2;
	}
	int fd = open_socket(NETLINK_GENERIC);
	size_t len = getfamily(request, name, 1);

	((struct nlmsghdr *)request)->nlmsg_flags |= NLM_F_ACK;
	if (send(fd, request, len, 0) != (ssize_t)len)
		fail("send");
	answers(fd);
	return fflush(stdout) ? 1 : 0;
}
