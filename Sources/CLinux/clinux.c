#define _GNU_SOURCE
#include "clinux.h"
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

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

// glibc hands main's arguments to constructors. Swift looks for them below `environ`, where they are not once
// a preloaded library has set a variable.
static int argument_count;
static char **argument_values;
__attribute__((constructor)) static void keep_arguments(int count, char **values) {
    argument_count = count;
    argument_values = values;
}
const char *clinux_argument(int index) {
    return index >= 0 && index < argument_count ? argument_values[index] : NULL;
}

// The clock is asked of the kernel, and named with each wait: what is preloaded to fake the time of day (for tests)
// turns a wait on a condition that was made with a clock into one that never waits.
uint64_t clinux_steady(void) {
    struct timespec time;
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}
void clinux_wait_until(pthread_cond_t *condition, pthread_mutex_t *mutex, uint64_t nanoseconds) {
    struct timespec time = {(time_t)(nanoseconds / 1000000000u), (long)(nanoseconds % 1000000000u)};
    pthread_cond_clockwait(condition, mutex, CLOCK_MONOTONIC, &time);
}
