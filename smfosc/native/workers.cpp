#include "workers.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "denormals.h"
#include "voice.h"

namespace smfosc {

namespace {

// A worker that ran for less than this share of a pass was kept from it by the machine:
// preempted, or not woken in time. One that had too much to do ran all the while.
constexpr double kRanShare = 0.8;

void pause_briefly() noexcept {
#if defined(__SSE2__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// CPU time that a batch has had so far. One that is running is a worker's.
std::int64_t had(const Batch& batch, std::int64_t now_ns) noexcept {
  if (batch.state.load(std::memory_order_acquire) == Batch::idle) return batch.cpu_ns;
  const std::int64_t begun_ns = batch.begun_ns.load(std::memory_order_acquire);
  const Runner* runner = batch.runner.load(std::memory_order_relaxed);
  if (begun_ns == Batch::kNotBegun || !runner) return 0;
  return runner->meter.cpu_ns_at(now_ns) - begun_ns;
}

// Two voices step for little more than one (the weights stream once), so a batch of one is
// worth a thread of its own only when nothing else is to be done. Wider is better while every
// thread has something to do.
std::uint32_t batch_width(std::uint32_t players, std::uint32_t threads) noexcept {
  const std::uint32_t share = (players + threads - 1) / threads;
  return std::clamp<std::uint32_t>(share, 2, kMaxBatch);
}

}  // namespace

void Batch::run(const EventHeap& events, Meter& meter) noexcept {
  const std::int64_t before_ns = meter.cpu_ns();
  begun_ns.store(before_ns, std::memory_order_release);
  std::array<Player*, kMaxBatch> due;
  std::array<KernelState*, kMaxBatch> states;
  std::array<float, kMaxBatch> samples;
  for (;;) {
    int n = 0;
    for (int i = 0; i < size; ++i) {
      Player* player = seats[i].player;
      if (!player->prepare(events, end)) continue;
      due[n] = player;
      states[n] = &player->state();
      states[n++]->patient = patient;
    }
    if (n == 0) break;
    due[0]->kernel().generate(states.data(), n, samples.data());
    for (int i = 0; i < n; ++i) due[i]->take(samples[i]);
    meter.lap();
  }
  cpu_ns = meter.cpu_ns() - before_ns;
  for (int i = 0; i < size; ++i) seats[i].voice->tasks.fetch_sub(1, std::memory_order_release);
}

Workers::Workers(std::uint32_t threads, std::uint32_t most, const EventHeap& events)
    : events_(events), batches_(most), sizes_(most), runners_(threads) {
  for (Runner& runner : runners_) threads_.emplace_back([this, &runner] { work(runner); });
}

Workers::~Workers() {
  stopping_.store(true);
  wake();
  for (std::thread& thread : threads_) thread.join();
}

void Workers::run(Seat* seats, std::uint32_t count, std::uint64_t end, std::int64_t deadline_ns,
                  Meter& meter) noexcept {
  patient_ = deadline_ns == 0;
  ++pass_;
  frames_ = static_cast<double>(end - std::exchange(end_, end));
  const bool burdened = is_burdened();
  plan(seats, count, end);
  offered_ns_ = meter.lap();
  for (Runner& runner : runners_) runner.before_ns = runner.meter.cpu_ns_at(offered_ns_);
  if (!threads_.empty() && planned_ > 1) wake();
  take_ready(meter, nullptr);
  const std::int64_t now_ns = wait(deadline_ns, meter);
  if (patient_) return;  // nothing is late
  slow_ = burdened || took_longer(now_ns);
  if (!settled()) give_up(now_ns);
  learn();
}

void Workers::plan(Seat* seats, std::uint32_t count, std::uint64_t end) noexcept {
  std::sort(seats, seats + count, [](const Seat& a, const Seat& b) {
    return std::less<>{}(&a.player->kernel(), &b.player->kernel());
  });
  group(seats, count, batch_width(count, 1 + threads()));
  if (!threads_.empty()) spread_rest();
  const std::uint32_t batches = std::exchange(planned_, 0);
  for (std::uint32_t batch = 0, at = 0; batch < batches; at += sizes_[batch++])
    offer(seats + at, sizes_[batch], end);
}

void Workers::group(const Seat* seats, std::uint32_t count, std::uint32_t width) noexcept {
  planned_ = 0;
  for (std::uint32_t at = 0; at < count;) {
    std::uint32_t stop = at;
    while (stop < count && &seats[stop].player->kernel() == &seats[at].player->kernel()) ++stop;
    group_kernel(stop - at, width);
    at = stop;
  }
}

// As few batches as their width allows, and even ones.
void Workers::group_kernel(std::uint32_t count, std::uint32_t width) noexcept {
  for (std::uint32_t left = (count + width - 1) / width; left > 0; --left) {
    const std::uint32_t size = (count + left - 1) / left;
    sizes_[planned_++] = size;
    count -= size;
  }
}

// What is left over when each thread has had its share is cut, so that no thread waits for
// the last batch: 4 + 4 + 4 on two threads become 4 + 4 + 2 + 2.
void Workers::spread_rest() noexcept {
  const std::uint32_t threads = 1 + this->threads(), rest = planned_ % threads;
  if (rest == 0) return;
  const std::uint32_t last = sizes_[--planned_];
  const std::uint32_t pieces = std::min(threads - rest + 1, (last + 1) / 2);
  group_kernel(last, (last + pieces - 1) / pieces);
}

void Workers::offer(const Seat* seats, std::uint32_t count, std::uint64_t end) noexcept {
  Batch& batch = idle_batch();
  batch.size = static_cast<int>(count);
  batch.end = end;
  batch.pass = pass_;
  batch.slow = false;
  batch.begun_ns.store(Batch::kNotBegun, std::memory_order_relaxed);
  batch.patient = patient_;
  batch.late = false;
  std::copy_n(seats, count, batch.seats.begin());
  for (std::uint32_t i = 0; i < count; ++i)
    seats[i].voice->tasks.fetch_add(1, std::memory_order_relaxed);
  batch.state.store(Batch::ready, std::memory_order_release);
  ++planned_;
}

// There is one: a player sits in one batch at most, and there are as many batches.
Batch& Workers::idle_batch() noexcept {
  std::uint32_t i = 0;
  while (batches_[i].state.load(std::memory_order_acquire) != Batch::idle) ++i;
  if (i >= in_use_.load(std::memory_order_relaxed)) in_use_.store(i + 1, std::memory_order_release);
  return batches_[i];
}

// One futex wake for all, which does not block; none when nobody sleeps.
void Workers::wake() noexcept {
  alarm_.fetch_add(1, std::memory_order_release);
  alarm_.notify_all();
}

void Workers::take_ready(Meter& meter, const Runner* runner) noexcept {
  const std::uint32_t in_use = in_use_.load(std::memory_order_acquire);
  for (std::uint32_t i = 0; i < in_use; ++i) {
    std::uint32_t expected = Batch::ready;
    if (!batches_[i].state.compare_exchange_strong(expected, Batch::running,
                                                   std::memory_order_acquire))
      continue;
    batches_[i].runner.store(runner, std::memory_order_relaxed);
    batches_[i].run(events_, meter);
    batches_[i].state.store(Batch::idle, std::memory_order_release);
  }
}

bool Workers::settled() const noexcept {
  const std::uint32_t in_use = in_use_.load(std::memory_order_relaxed);
  for (std::uint32_t i = 0; i < in_use; ++i)
    if (!batches_[i].late && batches_[i].state.load(std::memory_order_acquire) != Batch::idle)
      return false;
  return true;
}

// Until all is done, or the deadline; when that was.
std::int64_t Workers::wait(std::int64_t deadline_ns, Meter& meter) noexcept {
  while (!settled()) {
    const std::int64_t now_ns = deadline_ns != 0 ? meter.lap() : 0;
    if (now_ns > deadline_ns) return now_ns;
    if (deadline_ns == 0)
      std::this_thread::yield();
    else
      pause_briefly();
  }
  return meter.lap();
}

// Somebody still makes what a slow pass has left.
bool Workers::is_burdened() const noexcept {
  return std::any_of(batches_.begin(), batches_.begin() + in_use_.load(std::memory_order_relaxed),
                     [](const Batch& batch) {
                       return batch.late && batch.slow &&
                              batch.state.load(std::memory_order_acquire) != Batch::idle;
                     });
}

// What its batches have had, done or not, against what they usually take in all.
bool Workers::took_longer(std::int64_t now_ns) const noexcept {
  double had_ns = 0.0, usual_ns = 0.0;
  const std::uint32_t in_use = in_use_.load(std::memory_order_relaxed);
  for (std::uint32_t i = 0; i < in_use; ++i) {
    const Batch& batch = batches_[i];
    if (batch.pass != pass_) continue;
    const double usual = pace_.usual_ns(batch.kernel(), batch.size);
    if (usual == 0.0) return false;
    usual_ns += usual * frames_;
    had_ns += static_cast<double>(had(batch, now_ns));
  }
  return usual_ns > 0.0 && had_ns >= Pace::kSlow * usual_ns;
}

void Workers::learn() noexcept {
  const std::uint32_t in_use = in_use_.load(std::memory_order_relaxed);
  for (std::uint32_t i = 0; i < in_use; ++i) {
    const Batch& batch = batches_[i];
    const bool done = batch.state.load(std::memory_order_acquire) == Batch::idle &&
                      batch.begun_ns.load(std::memory_order_relaxed) != Batch::kNotBegun;
    if (batch.pass == pass_ && done)
      pace_.learn(batch.kernel(), batch.size, static_cast<double>(batch.cpu_ns) / frames_);
  }
}

// Batches that nobody has begun are taken back; the rest run on.
void Workers::give_up(std::int64_t now_ns) noexcept {
  const std::uint32_t in_use = in_use_.load(std::memory_order_relaxed);
  for (std::uint32_t i = 0; i < in_use; ++i) {
    Batch& batch = batches_[i];
    std::uint32_t state = Batch::ready;
    if (batch.state.compare_exchange_strong(state, Batch::idle, std::memory_order_acquire)) {
      give_up(batch, false, !all_did_run(now_ns));
    } else if (state == Batch::running && !batch.late) {
      const Runner* runner = batch.runner.load(std::memory_order_relaxed);
      give_up(batch, true, runner ? !did_run(*runner, now_ns) : !all_did_run(now_ns));
    }
  }
}

// A voice is stolen, or slow, if all that it misses is.
void Workers::give_up(Batch& batch, bool begun, bool stolen) noexcept {
  batch.late = begun;
  batch.slow = slow_;
  for (int s = 0; s < batch.size; ++s) {
    Voice& voice = *batch.seats[s].voice;
    voice.stolen = stolen && (voice.stolen || !voice.missed);
    voice.slow = slow_ && (voice.slow || !voice.missed);
    voice.missed = true;
    if (!begun) voice.tasks.fetch_sub(1, std::memory_order_relaxed);
  }
}

bool Workers::did_run(const Runner& runner, std::int64_t now_ns) const noexcept {
  const std::int64_t ran_ns = runner.meter.cpu_ns_at(now_ns) - runner.before_ns;
  return static_cast<double>(ran_ns) >= kRanShare * static_cast<double>(now_ns - offered_ns_);
}

bool Workers::all_did_run(std::int64_t now_ns) const noexcept {
  return std::all_of(runners_.begin(), runners_.end(),
                     [&](const Runner& runner) { return did_run(runner, now_ns); });
}

void Workers::work(Runner& runner) noexcept {
  const FlushDenormals flush;
  for (std::uint32_t seen = alarm_.load(std::memory_order_acquire); !stopping_.load();) {
    runner.meter.pause(monotonic_ns());
    take_ready(runner.meter, &runner);
    alarm_.wait(seen, std::memory_order_acquire);
    seen = alarm_.load(std::memory_order_acquire);
  }
}

bool Workers::set_scheduling(Scheduling wanted) noexcept {
  for (std::thread& thread : threads_)
    if (!smfosc::set_scheduling(thread, wanted)) return false;
  return true;
}

}  // namespace smfosc
