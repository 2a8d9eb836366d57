// SPDX-License-Identifier: MIT OR Apache-2.0
// What every contender in C shares: lines "TASK COUNT" in, lines "WALL CPU ALLOCATIONS SUM" out.
//
// A contender defines `tasks`. Sums are of what was decoded, so that all have to decode the same.

#include <linux/genetlink.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/taskstats.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct task {
	const char *name;
	// Does the task so many times; the sum of what was decoded.
	uint64_t (*run)(unsigned long count);
};

extern const struct task tasks[];

_Noreturn static inline void fail(const char *what)
{
	perror(what);
	exit(1);
}

// Allocations of the program and of its libraries. Where libc is linked in, the linker wraps them
// (--wrap); elsewhere what the executable defines goes before libc's.
static unsigned long allocations;

#ifdef STATIC
#define OURS(name) __wrap_##name
#define LIBC(name) __real_##name
#else
#define OURS(name) name
#define LIBC(name) __libc_##name
#endif

extern void *LIBC(malloc)(size_t size);
extern void *LIBC(calloc)(size_t count, size_t size);
extern void *LIBC(realloc)(void *old, size_t size);

void *OURS(malloc)(size_t size)
{
	allocations++;
	return LIBC(malloc)(size);
}

void *OURS(calloc)(size_t count, size_t size)
{
	allocations++;
	return LIBC(calloc)(count, size);
}

void *OURS(realloc)(void *old, size_t size)
{
	allocations++;
	return LIBC(realloc)(old, size);
}

static inline uint64_t now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

// Whether the argument is "once": one call is done, which needs no more than one socket.
static inline int is_once(int argc, char **argv)
{
	return argc > 1 && !strcmp(argv[1], "once");
}

// Does what lines say; or, once, one call.
static inline int serve(int argc, char **argv)
{
	char line[128], name[64];
	unsigned long count;

	if (is_once(argc, argv))
		return tasks[0].run(1) ? 0 : 1;

	while (fgets(line, sizeof(line), stdin)) {
		const struct task *task = tasks;

		if (sscanf(line, "%63s %lu", name, &count) != 2)
			return 1;
		while (task->name && strcmp(task->name, name))
			task++;
		if (!task->name) {
			puts("none");
			fflush(stdout);
			continue;
		}
		unsigned long before = allocations;
		uint64_t wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
		uint64_t sum = task->run(count);

		cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
		wall = now(CLOCK_MONOTONIC) - wall;
		printf("%llu %llu %lu %llu\n", (unsigned long long)wall, (unsigned long long)cpu,
		       allocations - before, (unsigned long long)sum);
		fflush(stdout);
	}
	return 0;
}
