#include "ahead.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace smfosc {

namespace {

using namespace std::chrono_literals;

// How long a patient caller sleeps between looks: a hundredth of a chunk at 16 kHz.
constexpr auto kLook = 50us;
// The renderer's own looks: the audio thread does not wake it.
constexpr auto kPoll = 1ms;

// KernelState::memory.
struct Memory {
  AheadStream* stream;
  std::uint64_t begun;  // 0: the next sample is a start's first
  std::array<float, kMaxParameters> params;
};
constexpr std::size_t kMemoryBytes = (sizeof(Memory) + 63) / 64 * 64;

Memory& memory_of(const KernelState& state) { return *reinterpret_cast<Memory*>(state.memory); }

AheadRow row_of(const KernelState& state) noexcept {
  return {state.seed, state.counter, state.temperature, memory_of(state).params};
}

}  // namespace

// Rows wait for as long as their samples may take, then are skipped: twice that is room.
AheadStream::AheadStream(std::uint32_t lead, std::uint32_t chunk)
    : lead_(lead),
      chunk_(chunk),
      rows_(std::bit_ceil(std::size_t{4} * lead)),
      samples_(rows_.size()),
      first_(lead) {}

bool AheadStream::made(std::uint64_t row, std::uint64_t base) const noexcept {
  return made_base_.load(std::memory_order_acquire) == base &&
         made_.load(std::memory_order_acquire) > row;
}

float AheadStream::exchange(const AheadRow& row, bool restart, bool patient) noexcept {
  const std::uint64_t now = written_.load(std::memory_order_relaxed);
  if (restart) base_.store(now, std::memory_order_release);
  rows_[cell(now)] = row;
  written_.store(now + 1, std::memory_order_release);
  const std::uint64_t base = base_.load(std::memory_order_relaxed);
  if (now - base < lead_) return first_[now - base];
  const std::uint64_t wanted = now - lead_;
  while (patient && !closed() && !made(wanted, base)) std::this_thread::sleep_for(kLook);
  if (made(wanted, base)) return samples_[cell(wanted)];
  late_.fetch_add(1, std::memory_order_relaxed);
  return 0.0f;
}

// The restart is read before the rows: then those up to it have been told at least.
bool AheadStream::due() const noexcept {
  const std::uint64_t base = base_.load(std::memory_order_acquire);
  const std::uint64_t written = written_.load(std::memory_order_acquire);
  return written - (base == origin_ ? next_ : base) >= chunk_;
}

// What is more than `lead` behind could no longer be heard.
void AheadStream::skip_late(std::uint64_t written) noexcept {
  while (written - next_ > std::uint64_t{lead_} + chunk_) {
    for (std::uint32_t i = 0; i < chunk_; ++i) samples_[cell(next_ + i)] = 0.0f;
    next_ += chunk_;
  }
}

bool AheadStream::take(AheadRow* rows) noexcept {
  const std::uint64_t base = base_.load(std::memory_order_acquire);
  const std::uint64_t written = written_.load(std::memory_order_acquire);
  // A restart that has come since due() may have too few rows yet: the next time.
  if ((base != origin_ || next_ == 0) && written - base >= chunk_) {
    origin_ = next_ = base;
    fresh_ = true;
    made_.store(base, std::memory_order_relaxed);
    made_base_.store(base, std::memory_order_release);
  }
  skip_late(written);
  for (std::uint32_t i = 0; i < chunk_; ++i) rows[i] = rows_[cell(next_ + i)];
  return std::exchange(fresh_, false);
}

void AheadStream::put(const float* samples) noexcept {
  for (std::uint32_t i = 0; i < chunk_; ++i) samples_[cell(next_ + i)] = samples[i];
  next_ += chunk_;
  made_.store(next_, std::memory_order_release);
}

void AheadStream::begin(const float* samples) {
  std::copy_n(samples, lead_, first_.begin());
  begun_.store(true, std::memory_order_release);
  begun_.notify_all();
}

void AheadStream::wait_until_begun() noexcept { begun_.wait(false, std::memory_order_acquire); }

AheadKernel::AheadKernel(int parameters, int levels, std::uint32_t lead, std::uint32_t chunk)
    : parameters_(parameters), levels_(levels), lead_(lead), chunk_(chunk) {
  if (parameters < 1 || parameters > kMaxParameters)
    throw std::invalid_argument("parameters: wanted 1..16, got " + std::to_string(parameters));
  if (chunk < 1 || lead < 2 * chunk || lead > (1u << 20))
    throw std::invalid_argument("lead: wanted 2 chunks or more, up to 2^20, got " +
                                std::to_string(lead));
}

bool AheadKernel::work() const {
  return !starting_.empty() ||
         std::any_of(streams_.begin(), streams_.end(), [](const auto& s) { return s->due(); });
}

void AheadKernel::wait(double seconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  std::unique_lock lock(mutex_);
  while (!work() && std::chrono::steady_clock::now() < end) wake_.wait_for(lock, kPoll);
}

std::vector<std::shared_ptr<AheadStream>> AheadKernel::starting() {
  const std::lock_guard lock(mutex_);
  return std::exchange(starting_, {});
}

std::size_t AheadKernel::streams() const {
  const std::lock_guard lock(mutex_);
  return streams_.size();
}

std::uint64_t AheadKernel::late() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t sum = late_before_;
  for (const auto& stream : streams_) sum += stream->late();
  return sum;
}

std::size_t AheadKernel::state_bytes() const noexcept { return kMemoryBytes; }

void AheadKernel::attach(KernelState& state) const {
  auto stream = std::make_shared<AheadStream>(lead_, chunk_);
  memory_of(state).stream = stream.get();
  const std::lock_guard lock(mutex_);
  streams_.push_back(std::move(stream));
}

void AheadKernel::release(KernelState& state) const noexcept {
  AheadStream* mine = memory_of(state).stream;
  const std::lock_guard lock(mutex_);
  late_before_ += mine->late();
  mine->close();
  std::erase_if(streams_, [&](const auto& s) { return s.get() == mine; });
}

void AheadKernel::reset(KernelState& state) const noexcept {
  memory_of(state).begun = 0;
  state.previous = 0.0f;
  state.counter = 0;
}

void AheadKernel::warm_up(KernelState& state, const float* params, std::uint32_t samples) const {
  condition(state, params);
  AheadStream* mine = memory_of(state).stream;
  mine->set_start({row_of(state), samples});
  {
    const std::lock_guard lock(mutex_);
    for (const auto& stream : streams_)
      if (stream.get() == mine) starting_.push_back(stream);
  }
  wake_.notify_one();
  mine->wait_until_begun();
  state.counter += samples + lead_;
}

void AheadKernel::condition(KernelState& state, const float* params) const noexcept {
  std::copy_n(params, parameters_, memory_of(state).params.begin());
}

void AheadKernel::generate(KernelState* const* states, int n, float* samples) const noexcept {
  for (int v = 0; v < n; ++v) {
    KernelState& state = *states[v];
    Memory& memory = memory_of(state);
    const bool restart = std::exchange(memory.begun, 1) == 0;
    samples[v] = memory.stream->exchange(row_of(state), restart, state.patient);
    state.previous = samples[v];
    ++state.counter;
  }
}

void AheadKernel::step(KernelState* const*, int n, float* logits) const noexcept {
  std::fill_n(logits, static_cast<std::size_t>(n) * static_cast<std::size_t>(levels_),
              std::numeric_limits<float>::quiet_NaN());
}

int AheadKernel::draw(const float*, float, float, double) const noexcept { return 0; }

}  // namespace smfosc
