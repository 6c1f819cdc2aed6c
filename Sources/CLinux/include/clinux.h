// Linux calls that Swift cannot import: unions, variadics, macros, GNU extensions. No logic.
//
// The header must not define _GNU_SOURCE: Swift would then see the same libc types twice, differently.
// What needs it is declared here and defined in clinux.c.
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

static inline int clinux_errno(void) { return errno; }
static inline int clinux_epoll_ctl(int epoll, int operation, int fd, uint32_t events, uint64_t data) {
    struct epoll_event event;
    event.events = events;
    event.data.u64 = data;
    return epoll_ctl(epoll, operation, fd, &event);
}
static inline uint64_t clinux_event_data(const struct epoll_event *events, int index) { return events[index].data.u64; }
static inline uint32_t clinux_event_bits(const struct epoll_event *events, int index) { return events[index].events; }
static inline int clinux_open(const char *path, int flags, unsigned mode) { return open(path, flags, mode); }
static inline int clinux_set_flags(int fd, int flags) { return fcntl(fd, F_SETFL, flags); }
static inline int clinux_get_flags(int fd) { return fcntl(fd, F_GETFL); }

/// memmem: NULL when the needle is not there.
void *clinux_find(const void *haystack, size_t count, const void *needle, size_t size);
/// pipe2 with O_CLOEXEC.
int clinux_pipe(int ends[2]);
/// accept4 with SOCK_NONBLOCK and SOCK_CLOEXEC.
int clinux_accept(int listener);
/// The spawned program starts in this directory.
int clinux_spawn_in(posix_spawn_file_actions_t *actions, const char *directory);
/// Starts a program with the caller's environment; arguments end with NULL. Returns 0 or an errno.
int clinux_spawn(pid_t *process, const char *file, const posix_spawn_file_actions_t *actions, char *const arguments[]);
/// The entry NAME=value at an index of the environment, NULL behind the last one.
const char *clinux_environment(int index);
/// The program's argument at an index, NULL behind the last one.
const char *clinux_argument(int index);

/// Nanoseconds of the kernel's monotonic clock.
uint64_t clinux_steady(void);
/// Waits for a condition until that clock shows so many nanoseconds.
void clinux_wait_until(pthread_cond_t *condition, pthread_mutex_t *mutex, uint64_t nanoseconds);
