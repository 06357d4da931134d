// The audio callbacks as Python sees them: objects with addresses, to be handed to the C
// library that calls them. Addresses travel as integers; whoever makes an object keeps the
// engine and the object alive while the sound system may call it.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/vector.h>

#include <bit>
#include <stdexcept>

#include "../audio_callbacks.h"

namespace nb = nanobind;
using namespace nb::literals;
using smfosc::BlockCounts;
using smfosc::Engine;
using smfosc::JackCallback;
using smfosc::Pacer;
using smfosc::PortAudioCallback;

namespace {

using Frames = nb::ndarray<float, nb::shape<-1, -1>, nb::c_contig, nb::device::cpu>;

Engine& engine_at(std::uintptr_t address) { return *reinterpret_cast<Engine*>(address); }

template <typename Pointer>
std::uintptr_t address_of(Pointer pointer) {
  return std::bit_cast<std::uintptr_t>(pointer);
}

template <typename Backend>
void bind_counts(nb::class_<Backend>& bound) {
  bound.def_prop_ro("blocks", [](Backend& b) { return b.counts.blocks.load(); })
      .def_prop_ro("frames", [](Backend& b) { return b.counts.frames.load(); })
      .def_prop_ro("blocksize", [](Backend& b) { return b.counts.blocksize.load(); })
      .def_prop_ro("xruns", [](Backend& b) { return b.counts.xruns.load(); });
}

std::size_t read_into(Pacer& pacer, int channels, Frames out) {
  if (static_cast<int>(out.shape(1)) != channels)
    throw std::invalid_argument("out: wrong number of channels");
  return pacer.read(out.data(), out.shape(0));
}

// The Pacer knows its channels only inside; Python's reader is checked against them here.
struct BoundPacer : Pacer {
  BoundPacer(std::uintptr_t engine, std::uint32_t samplerate, std::uint32_t blocksize,
             int channels_, std::size_t ring_frames)
      : Pacer(engine_at(engine), samplerate, blocksize, channels_, ring_frames),
        channels(channels_) {}
  int channels;
};

void bind_jack(nb::module_& module) {
  auto bound = nb::class_<JackCallback>(module, "JackCallback");
  bound.def("__init__", [](JackCallback* self, std::uintptr_t engine, std::uintptr_t get_buffer,
                           const std::vector<std::uintptr_t>& ports) {
    std::vector<void*> pointers;
    for (auto port : ports) pointers.push_back(reinterpret_cast<void*>(port));
    new (self) JackCallback(engine_at(engine), std::bit_cast<JackCallback::GetBuffer>(get_buffer),
                            std::move(pointers));
  });
  bound.def_prop_ro("context", [](JackCallback& b) { return address_of(&b); })
      .def_prop_ro("process", [](JackCallback&) { return address_of(&JackCallback::process); })
      .def_prop_ro("freewheel", [](JackCallback&) { return address_of(&JackCallback::freewheel); })
      .def_prop_ro("xrun", [](JackCallback&) { return address_of(&JackCallback::xrun); })
      .def_prop_ro("samplerate",
                   [](JackCallback&) { return address_of(&JackCallback::samplerate); })
      .def_prop_ro("shutdown", [](JackCallback&) { return address_of(&JackCallback::shutdown); })
      .def_prop_ro("freewheeling", [](JackCallback& b) { return b.freewheeling.load(); })
      .def_prop_ro("gone", [](JackCallback& b) { return b.gone.load(); })
      .def_prop_ro("samplerate_hz", [](JackCallback& b) { return b.samplerate_hz.load(); })
      .def_prop_ro_static("ignore", [](nb::handle) { return address_of(&JackCallback::ignore); });
  bind_counts(bound);
}

void bind_portaudio(nb::module_& module) {
  auto bound = nb::class_<PortAudioCallback>(module, "PortAudioCallback");
  bound.def("__init__", [](PortAudioCallback* self, std::uintptr_t engine, int channels) {
    new (self) PortAudioCallback(engine_at(engine), channels);
  });
  bound.def_prop_ro("context", [](PortAudioCallback& b) { return address_of(&b); })
      .def_prop_ro("process",
                   [](PortAudioCallback&) { return address_of(&PortAudioCallback::process); });
  bind_counts(bound);
}

void bind_pacer(nb::module_& module) {
  auto bound = nb::class_<BoundPacer>(module, "Pacer");
  bound.def(nb::init<std::uintptr_t, std::uint32_t, std::uint32_t, int, std::size_t>(), "engine"_a,
            "samplerate"_a, "blocksize"_a, "channels"_a, "ring_frames"_a = 0);
  bound.def("start", [](BoundPacer& p) { p.start(); })
      .def(
          "stop", [](BoundPacer& p) { p.stop(); }, nb::call_guard<nb::gil_scoped_release>())
      .def(
          "read_into", [](BoundPacer& p, Frames out) { return read_into(p, p.channels, out); },
          "out"_a)
      .def_prop_ro("readable", [](BoundPacer& p) { return p.readable(); })
      .def_prop_ro("lost_frames", [](BoundPacer& p) { return p.lost_frames.load(); });
  bind_counts(bound);
}

}  // namespace

void bind_audio(nb::module_& module) {
  // A client or stream that cannot be closed may still call its engine, so both are kept
  // until the process ends; nanobind would list them then.
  module.def("expect_leaks", [] { nb::set_leak_warnings(false); });
  bind_jack(module);
  bind_portaudio(module);
  bind_pacer(module);
}
