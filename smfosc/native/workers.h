// The first pass of a block, spread over threads: batches of players of one kernel
// that step together.
//
// A batch is claimed by whoever moves it from ready to running. The audio thread
// takes its share, then waits for the rest within a bound; a batch that is still
// running after it keeps its slot until it is done, and its voices are silent.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "event_heap.h"
#include "kernel.h"
#include "meter.h"
#include "pace.h"
#include "player.h"
#include "scheduling.h"

namespace smfosc {

class Voice;

struct Seat {  // a player, and the voice that it plays for
  Player* player;
  Voice* voice;
};

struct alignas(64) Runner {    // a worker, as the audio thread sees it
  Meter meter;                 // the worker's
  std::int64_t before_ns = 0;  // audio thread: what it had run when the pass began
};

struct alignas(64) Batch {
  enum State : std::uint32_t { idle, ready, running };
  std::atomic<std::uint32_t> state{idle};
  std::array<Seat, kMaxBatch> seats{};
  int size = 0;
  std::uint64_t end = 0;                       // frame after the pass
  std::uint64_t pass = 0;                      // audio thread: counts them
  bool slow = false;                           // audio thread: late by a slow machine
  std::atomic<std::int64_t> begun_ns{0};       // on its runner's meter; kNotBegun
  std::int64_t cpu_ns = 0;                     // that it took; its runner's until it is idle
  bool patient = false;                        // no deadline
  bool late = false;                           // audio thread: given up, but somebody still runs it
  std::atomic<const Runner*> runner{nullptr};  // the worker that has begun it

  static constexpr std::int64_t kNotBegun = -1;

  const void* kernel() const noexcept { return &seats[0].player->kernel(); }
  // meter: the thread's own.
  void run(const EventHeap& events, Meter& meter) noexcept;
};

class Workers {
 public:
  // threads: beside the audio thread. most: players that can be seated.
  Workers(std::uint32_t threads, std::uint32_t most, const EventHeap& events);
  ~Workers();

  // -- Audio thread ----------------------------------------------------------
  // Groups `seats` (reordered) into batches and makes them; waits no longer than
  // until `deadline_ns`, for ever if 0. Voices that are not done keep tasks > 0
  // or are marked missed, and stolen if the worker did not run all the while, or slow
  // if the pass was.
  void run(Seat* seats, std::uint32_t count, std::uint64_t end, std::int64_t deadline_ns,
           Meter& meter) noexcept;

  // Whether the last pass took more CPU time than such batches usually take, or had to
  // bear what such a pass had left.
  bool slow() const noexcept { return slow_; }

  // -- Any other thread ------------------------------------------------------
  std::uint32_t threads() const noexcept { return static_cast<std::uint32_t>(threads_.size()); }
  // False if the system refuses (errno says why).
  bool set_scheduling(Scheduling wanted) noexcept;

 private:
  void plan(Seat* seats, std::uint32_t count, std::uint64_t end) noexcept;
  void group(const Seat* seats, std::uint32_t count, std::uint32_t width) noexcept;
  void group_kernel(std::uint32_t count, std::uint32_t width) noexcept;
  void spread_rest() noexcept;
  void offer(const Seat* seats, std::uint32_t count, std::uint64_t end) noexcept;
  Batch& idle_batch() noexcept;
  void wake() noexcept;
  void take_ready(Meter& meter, const Runner* runner) noexcept;
  bool settled() const noexcept;
  std::int64_t wait(std::int64_t deadline_ns, Meter& meter) noexcept;
  bool is_burdened() const noexcept;
  bool took_longer(std::int64_t now_ns) const noexcept;
  void learn() noexcept;
  void give_up(std::int64_t now_ns) noexcept;
  void give_up(Batch& batch, bool begun, bool stolen) noexcept;
  bool did_run(const Runner& runner, std::int64_t now_ns) const noexcept;
  bool all_did_run(std::int64_t now_ns) const noexcept;
  void work(Runner& runner) noexcept;

  const EventHeap& events_;
  std::vector<Batch> batches_;
  std::atomic<std::uint32_t> in_use_{0};  // batches below may be ready
  std::vector<std::uint32_t> sizes_;      // of the batches of this pass, in the order of the seats
  std::uint32_t planned_ = 0;
  bool patient_ = false;         // this pass has no deadline
  std::int64_t offered_ns_ = 0;  // when the batches of this pass could be begun
  std::uint64_t pass_ = 0, end_ = 0;
  double frames_ = 0.0;  // of this pass
  bool slow_ = false;
  Pace pace_;
  std::vector<Runner> runners_;          // one per thread
  std::atomic<std::uint32_t> alarm_{0};  // counts blocks; workers sleep on it
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> threads_;
};

}  // namespace smfosc
