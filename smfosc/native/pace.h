// What batches usually take, so that a slow machine can be told from too much work.
//
// A batch of so many players of one kernel runs the same instructions in every pass. If it
// needs much more CPU time than it usually does, the core was slower: it shared its units
// with a neighbour (SMT, a virtual machine's host), or ran hot. Audio thread only.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>

namespace smfosc {

class Pace {
 public:
  // Times the usual CPU time. Batches repeat within some per cent on a core of one's own.
  static constexpr double kSlow = 1.2;
  static constexpr std::uint32_t kLearned = 500;  // batches before anything is known
  // As many that count: a minute of blocks of 256 frames. What lasts becomes the usual.
  static constexpr std::uint32_t kRemembered = 10'000;

  // A batch of `size` players of `kernel` took so much CPU time per frame.
  void learn(const void* kernel, int size, double ns_per_frame) noexcept {
    Kind& kind = found(kernel, size);
    if (kind.seen < kRemembered) ++kind.seen;
    kind.usual_ns += (ns_per_frame - kind.usual_ns) / kind.seen;
    kind.used = ++clock_;
  }

  // What it usually takes; 0 if that is not known yet.
  double usual_ns(const void* kernel, int size) const noexcept {
    for (const Kind& kind : kinds_)
      if (kind.kernel == kernel && kind.size == size)
        return kind.seen < kLearned ? 0.0 : kind.usual_ns;
    return 0.0;
  }

 private:
  struct Kind {
    const void* kernel = nullptr;
    int size = 0;
    std::uint32_t seen = 0;
    double usual_ns = 0.0;  // mean of those seen, then an exponential one
    std::uint64_t used = 0;
  };

  // A new one takes the place of the one that has not been used for longest.
  Kind& found(const void* kernel, int size) noexcept {
    for (Kind& kind : kinds_)
      if (kind.kernel == kernel && kind.size == size) return kind;
    Kind& oldest = *std::min_element(kinds_.begin(), kinds_.end(),
                                     [](const Kind& a, const Kind& b) { return a.used < b.used; });
    return oldest = Kind{kernel, size, 0, 0.0, 0};
  }

  std::array<Kind, 64> kinds_{};
  std::uint64_t clock_ = 0;
};

}  // namespace smfosc
