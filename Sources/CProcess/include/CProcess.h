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

// Asks for so many bytes on the disk behind the end of a file, which stays where it is. -1 and errno where there is no room or where
// the descriptor has no blocks.
int martlet_allocate_behind(int file, int64_t count);

// Of a file that has grown by so many bytes: begins to write those before them to the disk, and lets go of the memory that the system
// keeps of what is more than `kept` bytes before the end and was written. -1 and errno where the descriptor has no disk.
int martlet_leave_behind(int file, int64_t count, int64_t kept);
