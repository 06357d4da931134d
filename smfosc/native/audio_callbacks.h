// Where the sound system meets the engine: the callbacks that JACK and PortAudio call on
// their own audio threads, and a thread that keeps time where there is no sound system.
// Neither library is linked: the one function of JACK that is needed here comes as an
// address from the library that Python has opened.
#pragma once
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

namespace smfosc {

class Engine;

constexpr int kMaxPorts = 64;  // channels of one backend

// Written on the audio thread, read anywhere.
struct BlockCounts {
  std::atomic<std::uint64_t> blocks{0};
  std::atomic<std::uint64_t> frames{0};
  std::atomic<std::uint32_t> blocksize{0};  // frames of the newest block
  std::atomic<std::uint64_t> xruns{0};      // dropouts that the sound system reported
  void count(std::uint32_t nframes) noexcept;
};

// JACK: the buffers of the ports are asked for anew in every block, as JACK demands.
class JackCallback {
 public:
  using GetBuffer = void* (*)(void* port, std::uint32_t nframes);  // jack_port_get_buffer

  // ports: jack_port_t*, one per channel. Throws std::invalid_argument.
  JackCallback(Engine& engine, GetBuffer get_buffer, std::vector<void*> ports);

  static int process(std::uint32_t nframes, void* self) noexcept;  // JackProcessCallback
  static void freewheel(int starting, void* self) noexcept;        // JackFreewheelCallback
  static int xrun(void* self) noexcept;                            // JackXRunCallback
  static int samplerate(std::uint32_t hz, void* self) noexcept;    // JackSampleRateCallback
  // JackInfoShutdownCallback: the server is gone. Sets a flag and no more, for closing the
  // client here can hang.
  static void shutdown(int code, const char* reason, void* self) noexcept;
  // For jack_set_error_function: JACK's failures reach us as return codes; its prints
  // would otherwise interrupt a terminal four times per second while no server runs.
  static void ignore(const char* message) noexcept;

  BlockCounts counts;
  std::atomic<bool> freewheeling{false};
  std::atomic<bool> gone{false};
  std::atomic<std::uint32_t> samplerate_hz{0};  // 0: not told yet

 private:
  Engine& engine_;
  GetBuffer get_buffer_;
  std::vector<void*> ports_;
};

// PortAudio: interleaved float32 output.
class PortAudioCallback {
 public:
  PortAudioCallback(Engine& engine, int channels);

  static int process(const void* input, void* output, unsigned long nframes, const void* time,
                     unsigned long flags, void* self) noexcept;  // PaStreamCallback

  BlockCounts counts;

 private:
  void render_interleaved(float* out, std::uint32_t nframes) noexcept;

  Engine& engine_;
  int channels_;
  std::vector<float> planar_;  // (channels, kChunk)
};

// Interleaved frames from one thread to one other, without locks.
class FrameRing {
 public:
  // frames: capacity, rounded up to a power of two; 0 keeps nothing.
  FrameRing(std::size_t frames, int channels);

  // Audio thread. Takes all or nothing; false: no room.
  bool push(float* const* in, std::uint32_t nframes) noexcept;
  // Reader's thread. Returns frames copied to out (interleaved), at most nframes.
  std::size_t pop(float* out, std::size_t nframes) noexcept;
  std::size_t readable() const noexcept;

 private:
  std::size_t capacity_;
  std::size_t channels_;
  std::vector<float> data_;
  alignas(64) std::atomic<std::uint64_t> written_{0};
  alignas(64) std::atomic<std::uint64_t> read_{0};
};

// The wall clock as a sound card: renders block k at start + k * blocksize / samplerate of
// the monotonic clock and keeps the sound in a ring for a writer. A late wake is caught up,
// so that frames stay in step with time; after more than kMaxBehind the clock slips instead.
class Pacer {
 public:
  static constexpr std::chrono::milliseconds kMaxBehind{500};

  Pacer(Engine& engine, std::uint32_t samplerate, std::uint32_t blocksize, int channels,
        std::size_t ring_frames);
  ~Pacer();  // stops
  Pacer(const Pacer&) = delete;
  Pacer& operator=(const Pacer&) = delete;

  void start();
  void stop() noexcept;  // returns after the last block; the ring can still be read
  std::size_t read(float* out, std::size_t nframes) noexcept { return ring_.pop(out, nframes); }
  std::size_t readable() const noexcept { return ring_.readable(); }

  BlockCounts counts;                         // xruns: slips
  std::atomic<std::uint64_t> lost_frames{0};  // the writer was slower than time

 private:
  using Time = std::chrono::steady_clock::time_point;
  void run() noexcept;
  void render_block(Time due) noexcept;
  std::chrono::nanoseconds duration_of(std::uint64_t frames) const noexcept;

  Engine& engine_;
  std::uint32_t samplerate_;
  std::uint32_t blocksize_;
  bool keeps_;
  FrameRing ring_;
  std::vector<float> planar_;  // (channels, blocksize)
  std::vector<float*> channels_;
  std::atomic<bool> running_{false};
  std::thread thread_;
};

}  // namespace smfosc
