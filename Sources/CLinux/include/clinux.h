// Linux calls that Swift cannot import: unions, variadics, macros. One inline function each, no logic.
#pragma once
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
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
static inline int clinux_wait_status_exited(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : -1; }
static inline int clinux_wait_status_signal(int status) { return WIFSIGNALED(status) ? WTERMSIG(status) : 0; }
static inline void *clinux_find(const void *haystack, size_t count, const void *needle, size_t size) {
    return memmem(haystack, count, needle, size);
}
