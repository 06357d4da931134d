// What the audio thread may not do: allocate, and enter the kernel. Both while
// everything happens that can happen to voices.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

#include "check.h"
#include "rig.h"

using namespace rig;

namespace {

thread_local bool watched = false;
std::atomic<int> allocations{0};

}  // namespace

// Every allocation of the process goes through here, malloc's own included.
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);
void* malloc(std::size_t size) {
  if (watched) ++allocations;
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  if (watched) ++allocations;
  return __libc_calloc(count, size);
}
void* realloc(void* memory, std::size_t size) {
  if (watched) ++allocations;
  return __libc_realloc(memory, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  if (watched) ++allocations;
  return __libc_memalign(alignment, size);
}
void free(void* memory) {
  if (watched && memory != nullptr) ++allocations;
  __libc_free(memory);
}
}

namespace {

// Voices of two kernels, added, played, swapped, reset, freed; refilled each time.
class Traffic {
 public:
  explicit Traffic(std::uint32_t workers) : rig_(options(workers)) {
    channels_.resize(2, std::vector<float>(kMaxPass));
    for (auto& channel : channels_) outputs_.push_back(channel.data());
  }

  void prepare(int round) {
    const auto taps = short_taps(16000, 48000);
    VoiceSpec added{rig_.spec(kernels_[round % 2], taps, {0.1, 0.2}), 0, true, 0};
    added.bus = static_cast<std::uint32_t>(round % 2);
    const Handle voice = rig_.engine.add_voice(added, kAtOnce);
    voices_.push_back(voice);
    for (int i = 0; i < 100; ++i)
      rig_.send(voices_[i % voices_.size()], kinds_[i % 10], rig_.engine.frame() + i, i % 2, i);
    rig_.engine.set_bus_gain(round % 2, 0.5, 3.0, rig_.engine.frame() + round);
    auto spec = rig_.spec(kernels_[(round + 1) % 2], taps, {0.1, 0.2});
    spec.mapping = {0, 1};
    rig_.engine.swap_model(voice, spec, 5.0, rig_.engine.frame() + 50);
    if (voices_.size() > 12) {
      rig_.send(voices_.front(), Kind::free, rig_.engine.frame() + 70);
      voices_.erase(voices_.begin());
    }
    if (round % 10 == 9) rig_.engine.clear_scheduled();
    rig_.engine.collect();
    rig_.notices();
  }
  void render(std::uint32_t nframes) { rig_.engine.render(outputs_.data(), nframes); }

 private:
  static EngineOptions options(std::uint32_t workers) {
    EngineOptions options;
    options.workers = workers;
    options.buses = {{{0, 1}, -1, {2, false}, 1.0}, {{1, 0}, 0, {2, true}, 1.0}};
    return options;
  }

  static constexpr Kind kinds_[10] = {Kind::param,       Kind::gain,     Kind::pan,  Kind::gate,
                                      Kind::note,        Kind::note_off, Kind::seed, Kind::reset,
                                      Kind::temperature, Kind::rest};
  std::shared_ptr<const Kernel> kernels_[2] = {std::make_shared<stub::Hash>(2),
                                               std::make_shared<stub::Failing>(2)};
  Rig rig_;
  std::vector<Handle> voices_;
  std::vector<std::vector<float>> channels_;
  std::vector<float*> outputs_;
};

void forbid_system_calls_but_futex() {
  sock_filter rules[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_futex, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  };
  const sock_fprog program{sizeof(rules) / sizeof(rules[0]), rules};
  CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

// In a child, for the filter cannot be taken off again. 0: the child came through.
template <typename Run>
int status_of_child(Run run) {
  const pid_t child = fork();
  if (child == 0) {
    run();
    syscall(SYS_exit_group, 0);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  return status;
}

void render_without_system_calls(std::uint32_t workers) {
  auto* traffic = new Traffic(workers);  // never freed: that would be system calls again
  for (int round = 0; round < 20; ++round) {
    traffic->prepare(round);
    traffic->render(256);
  }
  traffic->prepare(20);
  forbid_system_calls_but_futex();
  for (int block = 0; block < 50; ++block) traffic->render(256);
}

}  // namespace

TEST(rendering_allocates_nothing) {
  for (const std::uint32_t workers : {0, 2}) {
    Traffic traffic(workers);
    for (int round = 0; round < 200; ++round) {
      traffic.prepare(round);
      watched = true;
      traffic.render(1 + round * 37 % 9000);
      watched = false;
    }
    CHECK(allocations == 0);
  }
}

TEST(the_count_of_allocations_counts) {
  watched = true;
  auto* some = new std::vector<int>(100);
  asm volatile("" : : "r"(some->data()) : "memory");  // else the compiler leaves it all out
  delete some;
  watched = false;
  CHECK(allocations.exchange(0) == 4);
}

TEST(rendering_enters_the_kernel_for_nothing_but_the_wake_of_workers) {
  // Both clocks come from the vDSO where the machine has a stable counter; a filter
  // that kills at once shows what this machine does before the engine is tried.
  const int clock = status_of_child([] {
    forbid_system_calls_but_futex();
    monotonic_ns();
  });
  if (clock != 0) return (void)std::puts("  (no vDSO clock on this machine: not tried)");
  CHECK(status_of_child([] { render_without_system_calls(0); }) == 0);
  CHECK(status_of_child([] { render_without_system_calls(1); }) == 0);
  CHECK(status_of_child([] {
          forbid_system_calls_but_futex();
          getppid();
        }) != 0);
}

int main(int argc, char** argv) { return run_tests(argc, argv); }
