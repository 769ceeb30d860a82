/* After each fsync and fdatasync of a file of the database, keeps a copy of what is on the disk now.

   Preloaded into a broker: SYNCED_FILES is the path that the files' names begin with, SYNCED_COPIES
   the folder that gets one copy a sync, <number>-<file name>, numbered in the order of the syncs. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static unsigned number;

static void fail(const char *what) {
  perror(what);
  abort();
}

static void copy_to(int from, const char *to) {
  static char buffer[1 << 20];
  char partial[PATH_MAX + 16];
  snprintf(partial, sizeof partial, "%s.partial", to);
  int copy = open(partial, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (copy < 0) fail(partial);
  ssize_t size;
  for (off_t place = 0; (size = pread(from, buffer, sizeof buffer, place)) > 0; place += size)
    if (write(copy, buffer, size) != size) fail(partial);
  close(copy);
  if (rename(partial, to)) fail(to); /* who lists the folder sees whole copies only */
}

static void keep(int synced) {
  const char *files = getenv("SYNCED_FILES"), *copies = getenv("SYNCED_COPIES");
  char link[64], path[PATH_MAX] = "", to[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", synced);
  if (!files || !copies || readlink(link, path, sizeof path - 1) < 0) return;
  if (strncmp(path, files, strlen(files)) != 0) return;
  pthread_mutex_lock(&one_at_a_time);
  snprintf(to, sizeof to, "%s/%06u-%s", copies, ++number, strrchr(path, '/') + 1);
  copy_to(synced, to);
  pthread_mutex_unlock(&one_at_a_time);
}

static int sync_and_keep(const char *name, int file) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  int result = real(file);
  if (result == 0) keep(file);
  return result;
}

int fsync(int file) { return sync_and_keep("fsync", file); }

int fdatasync(int file) { return sync_and_keep("fdatasync", file); }
