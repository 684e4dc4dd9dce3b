// What Linux has for a process, its sockets and its files, and Swift does not see: macros, functions with `...`, and those
// that are declared with _GNU_SOURCE only. No header of the system stands here: its declarations would count as this module's.
#pragma once

#include <stddef.h>
#include <stdint.h>

// The most descriptors that Linux passes with one message is 253; we stay far below.
enum { martlet_max_descriptors = 64 };

// Sends a message and descriptors (perhaps none), whole or not at all. -1 and errno on failure.
long martlet_send_descriptors(int socket, const void *bytes, size_t count, const int *descriptors, int descriptor_count);

// Receives a message with its descriptors (at most martlet_max_descriptors), which are close-on-exec. A message or descriptors that
// were cut off are a failure (EMSGSIZE), what came of them is closed. 0 is the peer's end.
long martlet_receive_descriptors(int socket, void *bytes, size_t count, int *descriptors, int *descriptor_count);

// Who is at the other end of a Unix socket; 0, or -1 and errno.
int martlet_peer(int socket, int32_t *process, uint32_t *user);

// No program that this process starts can have more rights than it has.
int martlet_set_no_new_privileges(void);
int martlet_has_no_new_privileges(void);

// Neither a core file nor another process of the same user gets at the memory, where keys are.
int martlet_set_dumpable(int is_dumpable);
int martlet_is_dumpable(void);

// What is written goes to the disk past the system's memory, or through it again: whole blocks, from and to whole places. -1 and errno
// where that cannot be.
int martlet_set_direct(int file, int is_direct);

// Bytes of a file; -1 for what is none, as a pipe or a device.
int64_t martlet_file_size(int file);
