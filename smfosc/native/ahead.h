// A kernel whose samples another thread makes, some time ahead.
//
// The audio thread tells at model sample k how sample k + lead is to be made (a row:
// parameters, temperature, random number) and hears sample k, which was made from row
// k - lead. So whatever moves a parameter is heard `lead` model samples later than with
// a kernel that computes at once: always, and on the sample. The first `lead` samples of
// a start are made when the voice is built, from its start values.
//
// The renderer is one thread (smfosc/onnx_engine.py): it waits for rows, takes them by
// the chunk, and gives back their samples. The audio thread never waits for it, unless
// the state is `patient` (no deadlines): then every sample is there, whatever the time.
#pragma once
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "kernel.h"

namespace smfosc {

constexpr int kMaxParameters = 16;  // P of the model format

// How one model sample is to be made.
struct AheadRow {
  std::uint64_t seed = 0, counter = 0;
  float temperature = 1.0f;
  std::array<float, kMaxParameters> params{};  // 0..1
};

// What a voice starts from: `settle` samples unheard, then `lead` samples that are kept.
struct AheadStart {
  AheadRow row;
  std::uint32_t settle = 0;
};

// One player's way to the renderer and back.
class AheadStream {
 public:
  AheadStream(std::uint32_t lead, std::uint32_t chunk);

  // -- Audio thread ----------------------------------------------------------
  // Tells a row; the sample that is due now. restart: from the start state again.
  // Late samples are 0 and counted, but for a patient caller, who waits.
  float exchange(const AheadRow& row, bool restart, bool patient) noexcept;

  // -- Renderer --------------------------------------------------------------
  bool due() const noexcept;  // a chunk waits, or a restart
  // Copies the next `chunk` rows. True if the first of them restarts. Call when due().
  bool take(AheadRow* rows) noexcept;
  void put(const float* samples) noexcept;  // of the rows taken last
  AheadStart start() const noexcept { return start_; }
  void begin(const float* samples);  // the start's last `lead` samples: it can be played
  std::uint32_t lead() const noexcept { return lead_; }
  std::uint32_t chunk() const noexcept { return chunk_; }

  // -- Loader thread ---------------------------------------------------------
  void set_start(const AheadStart& start) noexcept { start_ = start; }
  void wait_until_begun() noexcept;

  // -- Any thread --------------------------------------------------------------
  void close() noexcept { closed_.store(true, std::memory_order_release); }
  bool closed() const noexcept { return closed_.load(std::memory_order_acquire); }
  std::uint64_t late() const noexcept { return late_.load(std::memory_order_relaxed); }

 private:
  bool made(std::uint64_t row, std::uint64_t base) const noexcept;
  void skip_late(std::uint64_t written) noexcept;
  std::size_t cell(std::uint64_t row) const noexcept { return row & (rows_.size() - 1); }

  const std::uint32_t lead_, chunk_;
  std::vector<AheadRow> rows_;
  std::vector<float> samples_, first_;
  AheadStart start_;

  std::atomic<std::uint64_t> written_{0};    // rows told
  std::atomic<std::uint64_t> base_{0};       // row of the last restart
  std::atomic<std::uint64_t> made_{0};       // rows whose samples are there ...
  std::atomic<std::uint64_t> made_base_{0};  // ... if they follow this restart
  std::atomic<std::uint64_t> late_{0};
  std::atomic<bool> begun_{false}, closed_{false};

  std::uint64_t next_ = 0;    // renderer: the next row to take
  std::uint64_t origin_ = 0;  // renderer: the restart that it follows
  bool fresh_ = false;        // renderer: next_ is that restart
};

class AheadKernel final : public Kernel {
 public:
  // lead, chunk: model samples. Throws std::invalid_argument.
  AheadKernel(int parameters, int levels, std::uint32_t lead, std::uint32_t chunk);

  // -- Renderer --------------------------------------------------------------
  // Until there is something to do, or `seconds` are over.
  void wait(double seconds);
  // Streams that are to be begun; each is told once.
  std::vector<std::shared_ptr<AheadStream>> starting();
  std::uint32_t lead() const noexcept { return lead_; }
  std::uint32_t chunk() const noexcept { return chunk_; }
  std::size_t streams() const;  // that players have
  std::uint64_t late() const;   // samples that came too late, of all of them

  int parameters() const noexcept override { return parameters_; }
  int levels() const noexcept override { return levels_; }
  Precision precision() const noexcept override { return Precision::float32; }
  Isa isa() const noexcept override { return Isa::portable; }
  std::size_t weight_bytes() const noexcept override { return 0; }  // the renderer's
  std::size_t state_bytes() const noexcept override;
  void attach(KernelState& state) const override;
  void release(KernelState& state) const noexcept override;
  void reset(KernelState& state) const noexcept override;
  void warm_up(KernelState& state, const float* params, std::uint32_t samples) const override;
  void condition(KernelState& state, const float* params) const noexcept override;
  void generate(KernelState* const* states, int n, float* samples) const noexcept override;
  // The network is not here: its logits are not a number, and nothing can be drawn.
  void step(KernelState* const* states, int n, float* logits) const noexcept override;
  int draw(const float* logits, float temperature, float pdf_floor,
           double uniform) const noexcept override;

 private:
  bool work() const;  // under mutex_

  const int parameters_, levels_;
  const std::uint32_t lead_, chunk_;
  mutable std::mutex mutex_;  // never the audio thread's
  mutable std::condition_variable wake_;
  mutable std::vector<std::shared_ptr<AheadStream>> streams_, starting_;
  mutable std::uint64_t late_before_ = 0;  // of streams that are gone
};

}  // namespace smfosc
