// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A disk between a program and its files, for LD_PRELOAD. It does two things:
 *
 * FAULT_TRACE=FILE  appends to FILE what the program does to files of the file
 *                   system that holds the directory FAULT_ROOT, in order, each
 *                   operation after it has succeeded. crash_state.py makes from
 *                   it what a power cut could have left.
 * FAULT_INJECT=FILE while FILE exists it names operations that fail, one per
 *                   line: `OPERATION ERRNO PERCENT`; ERRNO 0 is a short write.
 *
 * The trace: a line of text, then, for W and A, so many bytes.
 *   C DIR INODE NAME          file made in a directory
 *   M DIR INODE NAME          directory made
 *   R DIR NAME DIR NAME       renamed
 *   U DIR NAME                removed
 *   W INODE OFFSET BYTES      written
 *   T INODE SIZE              cut or extended
 *   S INODE                   synced: file or directory
 *   A BYTES                   written to standard output: an acknowledgement
 *
 * Only system calls are used, and the trace is opened anew for each line: a
 * child that closes what it does not know must not take it along.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 512, MAX_WRITE_BYTES = 1 << 30 };

/* One operation to the trace, in one write, so that two processes mix whole. */
static void put_trace(const char *line, const void *bytes, size_t n_bytes)
{
	const char *path = getenv("FAULT_TRACE");
	size_t n_line = strlen(line);
	char *all;
	int fd;

	if (!path)
		return;
	fd = (int)syscall(SYS_openat, AT_FDCWD, path,
			  O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	all = malloc(n_line + n_bytes);
	if (fd < 0 || !all)
		abort();
	memcpy(all, line, n_line);
	if (n_bytes)
		memcpy(all + n_line, bytes, n_bytes);
	if (syscall(SYS_write, fd, all, n_line + n_bytes) !=
	    (long)(n_line + n_bytes))
		abort();
	syscall(SYS_close, fd);
	free(all);
}

static int is_traced(const struct stat *st)
{
	const char *root = getenv("FAULT_ROOT");
	struct stat root_st;

	return root && getenv("FAULT_TRACE") && !stat(root, &root_st) &&
	       st->st_dev == root_st.st_dev;
}

/* The directory that holds the last component of a path, and that component. */
static int find_parent(int dir_fd, const char *path, ino_t *ret_inode,
		       const char **ret_name)
{
	char parent[LINE_MAX_BYTES] = ".";
	const char *slash = strrchr(path, '/');
	struct stat st;

	if (slash)
		snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path),
			 path);
	if (slash == path)
		strcpy(parent, "/");
	if (fstatat(dir_fd, parent, &st, 0) || !is_traced(&st))
		return -1;
	*ret_inode = st.st_ino;
	*ret_name = slash ? slash + 1 : path;
	return 0;
}

static void trace_made(char kind, int dir_fd, const char *path)
{
	char line[LINE_MAX_BYTES];
	const char *name;
	ino_t parent;
	struct stat st;

	if (find_parent(dir_fd, path, &parent, &name) ||
	    fstatat(dir_fd, path, &st, 0))
		return;
	snprintf(line, sizeof(line), "%c %llu %llu %s\n", kind,
		 (unsigned long long)parent, (unsigned long long)st.st_ino,
		 name);
	put_trace(line, NULL, 0);
}

/* An operation on an open file. */
static void trace_file(const char *format, int fd, ...)
{
	char line[LINE_MAX_BYTES];
	unsigned long long number[2];
	struct stat st;
	va_list at;

	if (fstat(fd, &st) || !is_traced(&st) ||
	    !(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
		return;
	va_start(at, fd);
	number[0] = va_arg(at, unsigned long long);
	number[1] = va_arg(at, unsigned long long);
	snprintf(line, sizeof(line), format, (unsigned long long)st.st_ino,
		 number[0], number[1]);
	put_trace(line, *format == 'W' ? va_arg(at, const void *) : NULL,
		  *format == 'W' ? (size_t)number[1] : 0);
	va_end(at);
}

/* Whether `operation` is to fail now, with *ret_errno (0: be short). */
static int is_injected(const char *operation, int *ret_errno)
{
	const char *path = getenv("FAULT_INJECT");
	char text[LINE_MAX_BYTES], *line, *field, *rest = text;
	size_t n_name = strlen(operation);
	static unsigned int seed;
	int fd, number;
	long n;

	if (!path)
		return 0;
	fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return 0;
	n = syscall(SYS_read, fd, text, sizeof(text) - 1);
	syscall(SYS_close, fd);
	text[n > 0 ? n : 0] = 0;
	seed = seed ? seed : (unsigned int)getpid();
	while ((line = strsep(&rest, "\n"))) {
		if (strncmp(line, operation, n_name) || line[n_name] != ' ')
			continue;
		number = (int)strtol(line + n_name, &field, 10);
		if (rand_r(&seed) % 100 >= strtol(field, NULL, 10))
			continue;
		*ret_errno = number;
		return 1;
	}
	return 0;
}

static int fails(const char *operation)
{
	int number;

	if (!is_injected(operation, &number) || !number)
		return 0;
	errno = number;
	return 1;
}

static int open_any(int dir_fd, const char *path, int flags, mode_t mode)
{
	int is_new = flags & O_CREAT && faccessat(dir_fd, path, F_OK, 0);
	int fd;

	if (flags & (O_WRONLY | O_RDWR | O_CREAT) && fails("open"))
		return -1;
	fd = (int)syscall(SYS_openat, dir_fd, path, flags, mode);
	if (fd < 0)
		return fd;
	if (is_new)
		trace_made('C', dir_fd, path);
	else if (flags & O_TRUNC)
		trace_file("T %llu %llu\n", fd, 0ull, 0ull);
	return fd;
}

#define OPEN_MODE(flags, mode)                                                 \
	do {                                                                   \
		va_list at;                                                    \
                                                                               \
		va_start(at, flags);                                           \
		(mode) = (flags)&O_CREAT ? va_arg(at, mode_t) : 0;             \
		va_end(at);                                                    \
	} while (0)

int open(const char *path, int flags, ...)
{
	mode_t mode;

	OPEN_MODE(flags, mode);
	return open_any(AT_FDCWD, path, flags, mode);
}

int openat(int dir_fd, const char *path, int flags, ...)
{
	mode_t mode;

	OPEN_MODE(flags, mode);
	return open_any(dir_fd, path, flags, mode);
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));
int openat64(int dir_fd, const char *path, int flags, ...)
	__attribute__((alias("openat")));

ssize_t pwrite(int fd, const void *bytes, size_t n_bytes, off_t offset)
{
	int number;
	ssize_t n;

	if (is_injected("pwrite", &number)) {
		errno = number;
		if (number)
			return -1;
		n_bytes = (n_bytes + 1) / 2;
	}
	n = syscall(SYS_pwrite64, fd, bytes, n_bytes, offset);
	if (n > 0)
		trace_file("W %llu %llu %llu\n", fd, (unsigned long long)offset,
			   (unsigned long long)n, bytes);
	return n;
}

ssize_t pwrite64(int fd, const void *bytes, size_t n_bytes, off_t offset)
	__attribute__((alias("pwrite")));

ssize_t write(int fd, const void *bytes, size_t n_bytes)
{
	unsigned long long offset = 0;
	char line[LINE_MAX_BYTES];
	struct stat st;
	ssize_t n;

	if (fd > STDERR_FILENO && fails("write"))
		return -1;
	n = syscall(SYS_write, fd, bytes, n_bytes);
	if (n <= 0 || fd == STDERR_FILENO)
		return n;
	if (fd == STDOUT_FILENO) {
		snprintf(line, sizeof(line), "A %zd\n", n);
		put_trace(line, bytes, (size_t)n);
		return n;
	}
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		offset = (unsigned long long)(lseek(fd, 0, SEEK_CUR) - n);
	trace_file("W %llu %llu %llu\n", fd, offset, (unsigned long long)n,
		   bytes);
	return n;
}

int ftruncate(int fd, off_t size)
{
	int err = fails("ftruncate") ? -1 :
				       (int)syscall(SYS_ftruncate, fd, size);

	if (!err)
		trace_file("T %llu %llu\n", fd, (unsigned long long)size, 0ull);
	return err;
}

int ftruncate64(int fd, off_t size) __attribute__((alias("ftruncate")));

int fsync(int fd)
{
	int err = fails("fsync") ? -1 : (int)syscall(SYS_fsync, fd);

	if (!err)
		trace_file("S %llu\n", fd, 0ull, 0ull);
	return err;
}

int fdatasync(int fd)
{
	int err = fails("fdatasync") ? -1 : (int)syscall(SYS_fdatasync, fd);

	if (!err)
		trace_file("S %llu\n", fd, 0ull, 0ull);
	return err;
}

int mkdirat(int dir_fd, const char *path, mode_t mode)
{
	int err = fails("mkdir") ?
			  -1 :
			  (int)syscall(SYS_mkdirat, dir_fd, path, mode);

	if (!err)
		trace_made('M', dir_fd, path);
	return err;
}

int mkdir(const char *path, mode_t mode)
{
	return mkdirat(AT_FDCWD, path, mode);
}

int unlinkat(int dir_fd, const char *path, int flags)
{
	char line[LINE_MAX_BYTES];
	const char *name;
	ino_t parent;
	int is_known = !find_parent(dir_fd, path, &parent, &name);
	int err = fails("unlink") ?
			  -1 :
			  (int)syscall(SYS_unlinkat, dir_fd, path, flags);

	if (!err && is_known) {
		snprintf(line, sizeof(line), "U %llu %s\n",
			 (unsigned long long)parent, name);
		put_trace(line, NULL, 0);
	}
	return err;
}

int unlink(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}

int rmdir(const char *path)
{
	return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int renameat(int old_fd, const char *old_path, int new_fd, const char *new_path)
{
	char line[LINE_MAX_BYTES];
	const char *old_name, *new_name;
	ino_t old_parent, new_parent;
	int is_known = !find_parent(old_fd, old_path, &old_parent, &old_name) &&
		       !find_parent(new_fd, new_path, &new_parent, &new_name);
	int err = fails("rename") ? -1 :
				    (int)syscall(SYS_renameat, old_fd, old_path,
						 new_fd, new_path);

	if (!err && is_known) {
		snprintf(line, sizeof(line), "R %llu %s %llu %s\n",
			 (unsigned long long)old_parent, old_name,
			 (unsigned long long)new_parent, new_name);
		put_trace(line, NULL, 0);
	}
	return err;
}

int rename(const char *old_path, const char *new_path)
{
	return renameat(AT_FDCWD, old_path, AT_FDCWD, new_path);
}
