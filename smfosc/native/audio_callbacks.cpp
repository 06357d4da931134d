#include "audio_callbacks.h"

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <string>
#include <utility>

#include "engine.h"

namespace smfosc {

namespace {

constexpr std::uint32_t kChunk = 1024;             // frames that PortAudio's planar copy holds
constexpr unsigned long kPaOutputUnderflow = 0x4;  // PaStreamCallbackFlags, portaudio.h
constexpr int kContinue = 0;                       // paContinue; JACK's success is 0 too

int checked_channels(std::size_t channels) {
  if (channels < 1 || channels > static_cast<std::size_t>(kMaxPorts))
    throw std::invalid_argument("channels: got " + std::to_string(channels) + ", wanted 1-" +
                                std::to_string(kMaxPorts));
  return static_cast<int>(channels);
}

std::int64_t nanoseconds_of(std::chrono::steady_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

}  // namespace

void BlockCounts::count(std::uint32_t nframes) noexcept {
  // One writer: plain additions are enough, without a locked instruction.
  blocks.store(blocks.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  frames.store(frames.load(std::memory_order_relaxed) + nframes, std::memory_order_relaxed);
  blocksize.store(nframes, std::memory_order_relaxed);
}

JackCallback::JackCallback(Engine& engine, GetBuffer get_buffer, std::vector<void*> ports)
    : engine_(engine), get_buffer_(get_buffer), ports_(std::move(ports)) {
  checked_channels(ports_.size());
}

int JackCallback::process(std::uint32_t nframes, void* self) noexcept {
  auto& me = *static_cast<JackCallback*>(self);
  float* out[kMaxPorts];
  for (std::size_t c = 0; c < me.ports_.size(); ++c)
    out[c] = static_cast<float*>(me.get_buffer_(me.ports_[c], nframes));
  me.engine_.render(out, nframes);
  me.counts.count(nframes);
  return kContinue;
}

void JackCallback::freewheel(int starting, void* self) noexcept {
  auto& me = *static_cast<JackCallback*>(self);
  me.engine_.set_realtime(starting == 0);
  me.freewheeling.store(starting != 0, std::memory_order_relaxed);
}

int JackCallback::xrun(void* self) noexcept {
  static_cast<JackCallback*>(self)->counts.xruns.fetch_add(1, std::memory_order_relaxed);
  return kContinue;
}

int JackCallback::samplerate(std::uint32_t hz, void* self) noexcept {
  static_cast<JackCallback*>(self)->samplerate_hz.store(hz, std::memory_order_relaxed);
  return kContinue;
}

void JackCallback::shutdown(int, const char*, void* self) noexcept {
  static_cast<JackCallback*>(self)->gone.store(true, std::memory_order_release);
}

void JackCallback::ignore(const char*) noexcept {}

PortAudioCallback::PortAudioCallback(Engine& engine, int channels)
    : engine_(engine),
      channels_(checked_channels(static_cast<std::size_t>(std::max(channels, 0)))),
      planar_(static_cast<std::size_t>(channels_) * kChunk) {}

int PortAudioCallback::process(const void*, void* output, unsigned long nframes, const void*,
                               unsigned long flags, void* self) noexcept {
  auto& me = *static_cast<PortAudioCallback*>(self);
  if (flags & kPaOutputUnderflow) me.counts.xruns.fetch_add(1, std::memory_order_relaxed);
  float* out = static_cast<float*>(output);
  for (unsigned long done = 0; done < nframes;) {
    const auto n = static_cast<std::uint32_t>(std::min<unsigned long>(nframes - done, kChunk));
    me.render_interleaved(out + done * static_cast<unsigned long>(me.channels_), n);
    done += n;
  }
  me.counts.count(static_cast<std::uint32_t>(nframes));
  return kContinue;
}

void PortAudioCallback::render_interleaved(float* out, std::uint32_t nframes) noexcept {
  float* planes[kMaxPorts];
  for (int c = 0; c < channels_; ++c)
    planes[c] = planar_.data() + static_cast<std::size_t>(c) * kChunk;
  engine_.render(planes, nframes);
  for (std::uint32_t t = 0; t < nframes; ++t)
    for (int c = 0; c < channels_; ++c) *out++ = planes[c][t];
}

FrameRing::FrameRing(std::size_t frames, int channels)
    : capacity_(frames ? std::bit_ceil(frames) : 0),
      channels_(static_cast<std::size_t>(channels)),
      data_(capacity_ * channels_) {}

bool FrameRing::push(float* const* in, std::uint32_t nframes) noexcept {
  const auto at = written_.load(std::memory_order_relaxed);
  if (at + nframes - read_.load(std::memory_order_acquire) > capacity_) return false;
  for (std::uint32_t t = 0; t < nframes; ++t) {
    float* frame = data_.data() + ((at + t) & (capacity_ - 1)) * channels_;
    for (std::size_t c = 0; c < channels_; ++c) frame[c] = in[c][t];
  }
  written_.store(at + nframes, std::memory_order_release);
  return true;
}

std::size_t FrameRing::pop(float* out, std::size_t nframes) noexcept {
  const auto at = read_.load(std::memory_order_relaxed);
  const std::size_t n = std::min(nframes, readable());
  for (std::size_t t = 0; t < n; ++t)
    out = std::copy_n(data_.data() + ((at + t) & (capacity_ - 1)) * channels_, channels_, out);
  read_.store(at + n, std::memory_order_release);
  return n;
}

std::size_t FrameRing::readable() const noexcept {
  return static_cast<std::size_t>(written_.load(std::memory_order_acquire) -
                                  read_.load(std::memory_order_relaxed));
}

Pacer::Pacer(Engine& engine, std::uint32_t samplerate, std::uint32_t blocksize, int channels,
             std::size_t ring_frames)
    : engine_(engine),
      samplerate_(samplerate),
      blocksize_(blocksize),
      keeps_(ring_frames > 0),
      ring_(ring_frames, checked_channels(static_cast<std::size_t>(std::max(channels, 0)))),
      planar_(static_cast<std::size_t>(channels) * blocksize) {
  if (samplerate < 1 || blocksize < 1)
    throw std::invalid_argument("samplerate and blocksize: wanted at least 1");
  for (int c = 0; c < channels; ++c)
    channels_.push_back(planar_.data() + static_cast<std::size_t>(c) * blocksize);
}

Pacer::~Pacer() { stop(); }

void Pacer::start() {
  if (running_.exchange(true)) return;
  thread_ = std::thread([this] { run(); });
}

void Pacer::stop() noexcept {
  running_.store(false, std::memory_order_relaxed);
  if (thread_.joinable()) thread_.join();
}

void Pacer::run() noexcept {
  Time start = std::chrono::steady_clock::now();
  for (std::uint64_t frames = 0; running_.load(std::memory_order_relaxed); frames += blocksize_) {
    Time due = start + duration_of(frames);
    const auto behind = std::chrono::steady_clock::now() - due;
    if (behind > kMaxBehind) {
      start += behind;
      due += behind;
      counts.xruns.fetch_add(1, std::memory_order_relaxed);
    } else {
      std::this_thread::sleep_until(due);
    }
    render_block(due);
  }
}

void Pacer::render_block(Time due) noexcept {
  engine_.render(channels_.data(), blocksize_, nanoseconds_of(due));
  if (keeps_ && !ring_.push(channels_.data(), blocksize_))
    lost_frames.fetch_add(blocksize_, std::memory_order_relaxed);
  counts.count(blocksize_);
}

std::chrono::nanoseconds Pacer::duration_of(std::uint64_t frames) const noexcept {
  // Seconds and the rest apart: frames * 10^9 would overflow after some days.
  const std::uint64_t seconds = frames / samplerate_;
  const std::uint64_t rest = frames % samplerate_;
  return std::chrono::seconds(seconds) +
         std::chrono::nanoseconds(rest * 1'000'000'000ULL / samplerate_);
}

}  // namespace smfosc
