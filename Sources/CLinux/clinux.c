#define _GNU_SOURCE
#include "clinux.h"
#include <string.h>

extern char **environ;

void *clinux_find(const void *haystack, size_t count, const void *needle, size_t size) {
    return memmem(haystack, count, needle, size);
}
int clinux_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }
int clinux_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC); }
int clinux_spawn_in(posix_spawn_file_actions_t *actions, const char *directory) {
    return posix_spawn_file_actions_addchdir_np(actions, directory);
}
int clinux_spawn(pid_t *process, const char *file, const posix_spawn_file_actions_t *actions, char *const arguments[]) {
    return posix_spawnp(process, file, actions, NULL, arguments, environ);
}
const char *clinux_environment(int index) { return environ[index]; }
