/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* What the family "genltest_legacy" understands. */
#ifndef GENLTEST_C_LEGACY_H
#define GENLTEST_C_LEGACY_H

enum {
	/* A number, returned; has a policy. */
	GENLTEST_LEGACY_A_VALUE = 1,
	/* u32: what pre_doit is to fail with, as a positive number. */
	GENLTEST_LEGACY_A_PRE_ERRNO,
	/* u32: what doit is to fail with, as a positive number. */
	GENLTEST_LEGACY_A_DO_ERRNO,
	/* u16: the request's flags. */
	GENLTEST_LEGACY_A_FLAGS,
	/* string: what the last hooked request ran, a letter each: p, d, P (post_doit). */
	GENLTEST_LEGACY_A_TRACE,
	__GENLTEST_LEGACY_A_MAX,
};

enum {
	/* do, dump: returns value and the request's flags. */
	GENLTEST_LEGACY_CMD_FLAGS = 1,
	/* do: runs pre_doit, doit and post_doit, with the errors that are asked for. */
	GENLTEST_LEGACY_CMD_HOOKED,
	/* do: returns the trace of the last hooked request. */
	GENLTEST_LEGACY_CMD_TRACE,
	/* do: needs CAP_NET_ADMIN in the initial user namespace; otherwise as hooked. */
	GENLTEST_LEGACY_CMD_ADMIN,
	__GENLTEST_LEGACY_CMD_MAX,
};

#endif
