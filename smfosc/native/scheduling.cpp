#include "scheduling.h"

#include <cerrno>

#if !defined(_WIN32)
#include <pthread.h>
#include <sched.h>
#endif

namespace smfosc {

#if defined(_WIN32)

std::uintptr_t this_thread() noexcept { return 0; }

bool scheduling_of(std::uintptr_t, Scheduling&) noexcept {
  errno = ENOSYS;
  return false;
}

bool set_scheduling(std::thread&, Scheduling) noexcept {
  errno = ENOSYS;
  return false;
}

#else

std::uintptr_t this_thread() noexcept { return reinterpret_cast<std::uintptr_t>(pthread_self()); }

bool scheduling_of(std::uintptr_t thread, Scheduling& found) noexcept {
  sched_param param{};
  errno = thread == 0
              ? ESRCH
              : pthread_getschedparam(reinterpret_cast<pthread_t>(thread), &found.policy, &param);
  found.priority = param.sched_priority;
  return errno == 0;
}

bool set_scheduling(std::thread& thread, Scheduling wanted) noexcept {
  sched_param param{};
  param.sched_priority = wanted.priority;
  errno = pthread_setschedparam(thread.native_handle(), wanted.policy, &param);
  return errno == 0;
}

#endif

}  // namespace smfosc
