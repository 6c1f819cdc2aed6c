#define _GNU_SOURCE
#include "clinux_sockets.h"
#include <arpa/inet.h>
#include <errno.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

long clinux_receive(int fd, void *bytes, size_t room) {
    ssize_t got = recv(fd, bytes, room, 0);
    return got < 0 ? -(long)errno : got;
}

long clinux_send(int fd, const void *bytes, size_t count) {
    ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL);
    return sent < 0 ? -(long)errno : sent;
}

long clinux_send_pair(int fd, const void *a, size_t a_count, const void *b, size_t b_count) {
    struct iovec parts[2] = {{(void *)a, a_count}, {(void *)b, b_count}};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    return sent < 0 ? -(long)errno : sent;
}

static void no_delay(int fd, int family) {
    int on = 1;
    if (family == AF_INET || family == AF_INET6) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/// Whether the other side is on this machine.
static int is_loopback(const struct sockaddr_storage *peer) {
    if (peer->ss_family == AF_INET)
        return (ntohl(((const struct sockaddr_in *)peer)->sin_addr.s_addr) >> 24) == 127;
    if (peer->ss_family != AF_INET6) return 0;
    const struct in6_addr *address = &((const struct sockaddr_in6 *)peer)->sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(address) || (IN6_IS_ADDR_V4MAPPED(address) && address->s6_addr[12] == 127);
}

/// A sidecar's clients are on its own machine, where no queue is on the way. Where the system's congestion
/// control paces each segment by a timer (bbr), that costs processor time for each answer and gains nothing;
/// reno, which every kernel has and every process may choose, does without. Failing that, the system's stays.
static void choose_congestion_control(int fd, const struct sockaddr_storage *peer) {
    if (is_loopback(peer)) setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
}

int clinux_accept_peer(int listener, struct sockaddr_storage *peer) {
    socklen_t length = sizeof *peer;
    memset(peer, 0, sizeof *peer);
    int fd = accept4(listener, (struct sockaddr *)peer, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return -errno;
    no_delay(fd, peer->ss_family);
    choose_congestion_control(fd, peer);
    return fd;
}

int clinux_connect(const struct sockaddr_storage *address, unsigned length) {
    int fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    no_delay(fd, address->ss_family);
    choose_congestion_control(fd, address);
    if (connect(fd, (const struct sockaddr *)address, length) < 0 && errno != EINPROGRESS) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

int clinux_listen(const struct sockaddr_storage *address, unsigned length, int share_port, int backlog) {
    int on = 1;
    int fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    if (address->ss_family != AF_UNIX) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (share_port) setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
        if (address->ss_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    }
    if (bind(fd, (const struct sockaddr *)address, length) < 0 || listen(fd, backlog) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

int clinux_listen_file(const struct sockaddr_storage *address, unsigned length, unsigned mode, int backlog) {
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    // The file takes the mode of the socket: there is no moment in which others could connect.
    if (fchmod(fd, mode) < 0 || bind(fd, (const struct sockaddr *)address, length) < 0 ||
        listen(fd, backlog) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

int clinux_socket_error(int fd) {
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0) return errno;
    return error;
}

void clinux_reset_on_close(int fd) {
    struct linger hard = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

int clinux_wait(int epoll, struct epoll_event *events, int room, int milliseconds) {
    return epoll_wait(epoll, events, room, milliseconds);
}

int clinux_usable_cores(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    int count = CPU_COUNT(&set);
    return count > 0 ? count : 1;
}

void clinux_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

void clinux_return_free_memory(void) { malloc_trim(0); }
