// Sockets for the relay. Each call returns a descriptor or a count, or the negative errno.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/// recv without flags.
long clinux_receive(int fd, void *bytes, size_t room);
/// send without SIGPIPE.
long clinux_send(int fd, const void *bytes, size_t count);
/// Sends two stretches with one call, without SIGPIPE.
long clinux_send_pair(int fd, const void *a, size_t a_count, const void *b, size_t b_count);
/// Takes a client without blocking, TCP_NODELAY set; `peer` is its address. No pacing where that is this
/// machine's own.
int clinux_accept_peer(int listener, struct sockaddr_storage *peer);
/// Begins to connect, TCP_NODELAY set; no pacing where the address is this machine's own.
int clinux_connect(const struct sockaddr_storage *address, unsigned length);
/// Listens; with `share_port` several sockets may listen on one port (SO_REUSEPORT).
int clinux_listen(const struct sockaddr_storage *address, unsigned length, int share_port, int backlog);
/// Listens on a Unix socket whose file never has more permission bits than `mode`.
int clinux_listen_file(const struct sockaddr_storage *address, unsigned length, unsigned mode, int backlog);
/// What a finished connection attempt says: 0 or an errno.
int clinux_socket_error(int fd);
/// The next close sends a reset, so that the other side cannot take it for a proper end.
void clinux_reset_on_close(int fd);
/// epoll_wait.
int clinux_wait(int epoll, struct epoll_event *events, int room, int milliseconds);
/// The number of cores that this process may use.
int clinux_usable_cores(void);
/// Names the calling thread, in 15 bytes.
void clinux_name_thread(const char *name);

// Gives memory that was freed back to the system.
void clinux_return_free_memory(void);
