#include "pack.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace smfosc {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;

std::size_t round_up(std::size_t n, std::size_t step) { return (n + step - 1) / step * step; }

// Weights of a megabyte and more get huge pages where there are some: 512 times
// fewer address translations while a step streams through them.
std::byte* allocate(std::size_t size) {
  const std::size_t alignment = size >= kHugePage / 2 ? kHugePage : 4096;
  void* bytes = std::aligned_alloc(alignment, round_up(size, alignment));
  if (bytes == nullptr) throw std::bad_alloc();
#ifdef __linux__
  if (alignment == kHugePage) madvise(bytes, round_up(size, alignment), MADV_HUGEPAGE);
#endif
  std::memset(bytes, 0, round_up(size, alignment));
  return static_cast<std::byte*>(bytes);
}

void require(bool ok, const std::string& text) {
  if (!ok) throw std::invalid_argument("kernel weights: " + text);
}

void check_array(const std::vector<float>& values, std::size_t wanted, const std::string& name) {
  require(values.size() == wanted, name + " has " + std::to_string(values.size()) + " values; " +
                                       std::to_string(wanted) + " wanted");
  const bool finite =
      std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
  require(finite, name + " holds a value that is not finite");
}

void check_range(int value, int low, int high, const std::string& name) {
  require(low <= value && value <= high, name + " is " + std::to_string(value) + "; " +
                                             std::to_string(low) + " to " + std::to_string(high) +
                                             " wanted");
}

void check_layer(const GruLayer& layer, int inputs, int hidden, const std::string& name) {
  require(layer.hidden == hidden, name + ".hidden is " + std::to_string(layer.hidden) +
                                      "; every layer has the first one's " +
                                      std::to_string(hidden));
  require(layer.inputs == inputs, name + ".inputs is " + std::to_string(layer.inputs) + "; " +
                                      std::to_string(inputs) + " wanted");
  const std::size_t rows = 3 * static_cast<std::size_t>(hidden);
  check_array(layer.w_ih, rows * inputs, name + ".w_ih");
  check_array(layer.w_hh, rows * hidden, name + ".w_hh");
  check_array(layer.b_ih, rows, name + ".b_ih");
  check_array(layer.b_hh, rows, name + ".b_hh");
}

// Rows of a (rows, columns) matrix; asked for a row beyond them, gives none.
struct Matrix {
  const float* values;
  int rows, columns;
  const float* row(int r) const {
    return r < rows ? values + static_cast<std::size_t>(r) * columns : nullptr;
  }
};

std::uint16_t to_bfloat16(float value) {  // to nearest, ties to even
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return static_cast<std::uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

class Packer {
 public:
  Packer(const GruWeights& weights, Precision precision, bool unsigned_weights)
      : weights_(weights), precision_(precision), unsigned_(unsigned_weights) {}

  Packed pack();

 private:
  void lay_out();
  void pack_first(int block);
  void pack_layer(int layer, int block);
  void pack_out(int tile);
  void pack_condition();
  // One row into lane `lane` of unit g of each group of a tile with `units` units.
  // Returns what its sums are to be multiplied with.
  float pack_row(std::byte* tile, int units, int g, int lane, const Matrix& matrix, int row);
  void pack_gates(std::byte* tile, int block, const Matrix& matrix, float (*scale)[kRows]);
  void put(std::byte* place, float value, float scale) const;
  int hidden() const { return weights_.layers[0].hidden; }
  std::byte* at(const std::byte* place) const { return const_cast<std::byte*>(place); }

  const GruWeights& weights_;
  const Precision precision_;
  const bool unsigned_;
  Packed packed_;
};

void Packer::lay_out() {
  PackedModel& m = packed_.model;
  m.parameters = weights_.parameters;
  m.levels = weights_.levels;
  m.layers = static_cast<int>(weights_.layers.size());
  m.width = static_cast<int>(round_up(hidden(), kRows));
  m.groups = m.width * activation_bytes(precision_) / 4;
  m.blocks = m.width / kRows;
  m.out_tiles = static_cast<int>(round_up(m.levels, kOutRows)) / kOutRows;
  const std::size_t unit_row = static_cast<std::size_t>(m.groups) * kUnit;
  m.first_stride = kGates * unit_row + sizeof(FirstConstants);
  m.layer_stride = 2 * kGates * unit_row + sizeof(LayerConstants);
  m.out_stride = kOutBlocks * unit_row + sizeof(OutConstants);

  const std::size_t first = m.blocks * m.first_stride;
  const std::size_t layer = m.blocks * m.layer_stride;
  const std::size_t out = m.out_tiles * m.out_stride;
  const std::size_t condition =
      (1 + m.parameters) * static_cast<std::size_t>(m.blocks) * kGates * kRows * sizeof(float);
  packed_.size = first + (m.layers - 1) * layer + out + condition + m.levels * sizeof(float);
  packed_.bytes.reset(allocate(packed_.size));

  const std::byte* place = packed_.bytes.get();
  m.first = place;
  place += first;
  for (int l = 1; l < m.layers; ++l, place += layer) m.layer[l] = place;
  m.out = place;
  m.condition = reinterpret_cast<const float*>(place + out);
  m.decode = reinterpret_cast<const float*>(place + out + condition);
}

void Packer::put(std::byte* place, float value, float scale) const {
  if (precision_ == Precision::float32) {
    std::memcpy(place, &value, sizeof value);
  } else if (precision_ == Precision::bfloat16) {
    const std::uint16_t half = to_bfloat16(value);
    std::memcpy(place, &half, sizeof half);
  } else {
    const long code = std::clamp(std::lrint(value / scale), -127l, 127l);
    *place = static_cast<std::byte>(static_cast<std::uint8_t>(code + (unsigned_ ? 128 : 0)));
  }
}

float Packer::pack_row(std::byte* tile, int units, int g, int lane, const Matrix& matrix, int row) {
  const float* values = matrix.row(row);
  float largest = 0.0f;
  for (int k = 0; values != nullptr && k < matrix.columns; ++k)
    largest = std::max(largest, std::fabs(values[k]));
  const float scale = largest > 0.0f ? largest / 127.0f : 1.0f;
  const int bytes = activation_bytes(precision_), per_group = 4 / bytes;
  for (int k = 0; k < packed_.model.groups * per_group; ++k) {
    const float value = values != nullptr && k < matrix.columns ? values[k] : 0.0f;
    const std::size_t unit = static_cast<std::size_t>(k / per_group) * units + g;
    put(tile + unit * kUnit + lane * 4 + k % per_group * bytes, value, scale);
  }
  return scale / 127.0f;  // activations are multiples of 1 / 127
}

// The r, z and n rows of 16 hidden units. scale: (kGates, kRows), written.
void Packer::pack_gates(std::byte* tile, int block, const Matrix& matrix, float (*scale)[kRows]) {
  for (int gate = 0; gate < kGates; ++gate)
    for (int lane = 0; lane < kRows; ++lane) {
      const int unit = block * kRows + lane;
      const int row = unit < hidden() ? gate * hidden() + unit : matrix.rows;
      scale[gate][lane] = pack_row(tile, kGates, gate, lane, matrix, row);
    }
}

void Packer::pack_first(int block) {
  const PackedModel& m = packed_.model;
  const GruLayer& layer = weights_.layers[0];
  std::byte* tile = at(m.first) + block * m.first_stride;
  FirstConstants c = {};
  pack_gates(tile, block, {layer.w_hh.data(), 3 * hidden(), hidden()}, c.scale_h);
  for (int lane = 0; lane < kRows && block * kRows + lane < hidden(); ++lane) {
    const int unit = block * kRows + lane;
    c.bias_hn[lane] = layer.b_hh[2 * hidden() + unit];
    for (int gate = 0; gate < kGates; ++gate)
      c.sample[gate][lane] =
          layer.w_ih[static_cast<std::size_t>(gate * hidden() + unit) * layer.inputs];
  }
  std::memcpy(tile + m.first_stride - sizeof c, &c, sizeof c);
}

void Packer::pack_layer(int index, int block) {
  const PackedModel& m = packed_.model;
  const GruLayer& layer = weights_.layers[index];
  const Matrix input = {layer.w_ih.data(), 3 * hidden(), hidden()};
  const Matrix past = {layer.w_hh.data(), 3 * hidden(), hidden()};
  std::byte* tile = at(m.layer[index]) + block * m.layer_stride;
  LayerConstants c = {};
  pack_gates(tile, block, input, c.scale_i);
  pack_gates(tile + static_cast<std::size_t>(kGates) * m.groups * kUnit, block, past, c.scale_h);
  for (int lane = 0; lane < kRows && block * kRows + lane < hidden(); ++lane) {
    const int r = block * kRows + lane, z = r + hidden(), n = z + hidden();
    c.bias[0][lane] = layer.b_ih[r] + layer.b_hh[r];
    c.bias[1][lane] = layer.b_ih[z] + layer.b_hh[z];
    c.bias[2][lane] = layer.b_ih[n];
    c.bias_hn[lane] = layer.b_hh[n];
  }
  std::memcpy(tile + m.layer_stride - sizeof c, &c, sizeof c);
}

void Packer::pack_out(int index) {
  const PackedModel& m = packed_.model;
  std::byte* tile = at(m.out) + index * m.out_stride;
  OutConstants c = {};
  for (int b = 0; b < kOutBlocks; ++b)
    for (int lane = 0; lane < kRows; ++lane) {
      const int level = index * kOutRows + b * kRows + lane;
      c.scale[b][lane] = pack_row(tile, kOutBlocks, b, lane,
                                  {weights_.out_weight.data(), m.levels, hidden()}, level);
      // Padding: a logit that no draw can pick (kNoLevel of sampler.h).
      c.bias[b][lane] = level < m.levels ? weights_.out_bias[level] : -1e30f;
    }
  std::memcpy(tile + m.out_stride - sizeof c, &c, sizeof c);
}

void Packer::pack_condition() {
  const PackedModel& m = packed_.model;
  const GruLayer& layer = weights_.layers[0];
  float* out = const_cast<float*>(m.condition);
  for (int column = 0; column <= m.parameters; ++column)  // column 0 of w_ih: the sample
    for (int unit = 0; unit < m.width; ++unit)
      for (int gate = 0; gate < kGates; ++gate) {
        const int row = gate * hidden() + unit;
        float value = 0.0f;
        if (unit < hidden() && column > 0)
          value = layer.w_ih[static_cast<std::size_t>(row) * layer.inputs + column];
        else if (unit < hidden())
          value = layer.b_ih[row] + (gate < 2 ? layer.b_hh[row] : 0.0f);
        out[((static_cast<std::size_t>(column) * m.blocks + unit / kRows) * kGates + gate) * kRows +
            unit % kRows] = value;
      }
}

Packed Packer::pack() {
  lay_out();
  PackedModel& m = packed_.model;
  for (int block = 0; block < m.blocks; ++block) pack_first(block);
  for (int layer = 1; layer < m.layers; ++layer)
    for (int block = 0; block < m.blocks; ++block) pack_layer(layer, block);
  for (int tile = 0; tile < m.out_tiles; ++tile) pack_out(tile);
  pack_condition();
  const std::vector<float>& table = weights_.decode_table;
  std::copy(table.begin(), table.end(), const_cast<float*>(m.decode));
  const auto nearer = [](float a, float b) { return std::fabs(a) < std::fabs(b); };
  m.silence =
      static_cast<int>(std::min_element(table.begin(), table.end(), nearer) - table.begin());
  return std::move(packed_);
}

}  // namespace

void FreeBytes::operator()(std::byte* bytes) const noexcept { std::free(bytes); }

int activation_bytes(Precision precision) noexcept {
  return precision == Precision::float32 ? 4 : precision == Precision::bfloat16 ? 2 : 1;
}

void check(const GruWeights& weights) {
  check_range(weights.parameters, 1, kMaxParameters, "parameters");
  check_range(weights.levels, 256, kMaxLevels, "levels");
  check_range(static_cast<int>(weights.layers.size()), 1, kMaxLayers, "layers");
  const int hidden = weights.layers[0].hidden;
  check_range(hidden, 1, kMaxWidth, "layers[0].hidden");
  for (std::size_t l = 0; l < weights.layers.size(); ++l)
    check_layer(weights.layers[l], l == 0 ? 1 + weights.parameters : hidden, hidden,
                "layers[" + std::to_string(l) + "]");
  const std::size_t levels = weights.levels;
  check_array(weights.out_weight, levels * hidden, "out_weight");
  check_array(weights.out_bias, levels, "out_bias");
  check_array(weights.decode_table, levels, "decode_table");
}

Packed pack(const GruWeights& weights, Precision precision, bool unsigned_weights) {
  return Packer(weights, precision, unsigned_weights).pack();
}

}  // namespace smfosc
