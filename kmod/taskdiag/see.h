/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each probe does when it is hit.
 */
#ifndef TASKDIAG_SEE_H
#define TASKDIAG_SEE_H

struct cred;
struct linux_binprm;
struct task_struct;

/* Probes of tracepoints: @data is the struct td_probes. */
void td_see_fork(void *data, struct task_struct *parent, struct task_struct *child);
void td_see_exec(void *data, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm);
void td_see_exit(void *data, struct task_struct *task, bool group_dead);
void td_see_rename(void *data, struct task_struct *task, const char *comm);

/* What kprobes see, with the arguments of what they are on. */
struct td_probes;
void td_see_creds(struct td_probes *probes, const struct cred *next);
void td_see_session(struct td_probes *probes, struct task_struct *leader);

#endif /* TASKDIAG_SEE_H */
