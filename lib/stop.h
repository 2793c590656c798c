/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A signal that ends long work early but in order. The second one ends the
 * process at once, as if nothing had been asked for.
 */
#ifndef LIB_STOP_H
#define LIB_STOP_H

/* From here on SIGINT, SIGTERM and SIGHUP, if not ignored, are only noted; system
 * calls that wait end with EINTR. */
void stop_on_signals(void);
/* The signal that came, or 0. */
int stop_signal(void);

#endif
