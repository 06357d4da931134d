// A thread's scheduling policy and priority, where the system has such things.
#pragma once
#include <cstdint>
#include <thread>

namespace smfosc {

// The running thread, as a number that scheduling_of understands. No system call.
std::uintptr_t this_thread() noexcept;

struct Scheduling {
  int policy = 0;
  int priority = 0;
};

// False, with errno set, if the system refuses or has no priorities. The thread must live.
bool scheduling_of(std::uintptr_t thread, Scheduling& found) noexcept;
bool set_scheduling(std::thread& thread, Scheduling wanted) noexcept;

}  // namespace smfosc
