// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeps the list of processes that a query can name.
 */
#include <linux/slab.h>
#include <linux/sort.h>

#include "task.h"

/**
 * td_query_list - makes room for a list of processes
 * @query: which has no such list
 * @most: how many there can be in it
 *
 * Return: 0, or -ENOMEM.
 */
int td_query_list(struct td_query *query, u32 most)
{
	query->pids = kvmalloc_array(most, sizeof(*query->pids), GFP_KERNEL);
	return query->pids ? 0 : -ENOMEM;
}

/**
 * td_query_add - puts a process into the list
 * @query: which has a list
 * @pid: the process
 * @most: how many there can be in it
 */
void td_query_add(struct td_query *query, u32 pid, u32 most)
{
	if (query->npids < most)
		query->pids[query->npids++] = pid;
}

static int compare_pids(const void *left, const void *right)
{
	return cmp_int(*(const u32 *)left, *(const u32 *)right);
}

/**
 * td_query_sort - puts the list in order, and each process in it once
 * @query: which has a list
 */
void td_query_sort(struct td_query *query)
{
	u32 i, kept = 0, *pids = query->pids;

	sort(pids, query->npids, sizeof(*pids), compare_pids, NULL);
	for (i = 0; i < query->npids; i++)
		if (!kept || pids[i] != pids[kept - 1])
			pids[kept++] = pids[i];
	query->npids = kept;
}

/**
 * td_query_release - lets go of the list
 * @query: which is not used any more
 */
void td_query_release(struct td_query *query)
{
	kvfree(query->pids);
}
