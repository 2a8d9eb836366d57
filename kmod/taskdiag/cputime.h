/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TASKDIAG_CPUTIME_H
#define TASKDIAG_CPUTIME_H

#include <linux/types.h>

struct task_struct;
struct td_cpu;

/* A process of more threads than this is not summed up: it would hold RCU for too long. */
#define TD_MAX_THREADS 65536

bool td_cpu_of_process(struct task_struct *leader, struct td_cpu *out);
bool td_cpu_of_ending(struct task_struct *task, u64 unaccounted, struct td_cpu *out);
void td_cpu_of_thread(struct task_struct *task, struct td_cpu *out);
u64 td_runtime_of(struct task_struct *task, bool process);

#endif /* TASKDIAG_CPUTIME_H */
