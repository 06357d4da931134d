# The engine: time, voices, events, resampling. Of the kernel it needs the interface
# alone (kernel.h); so its own tests build without one.
find_package(Threads REQUIRED)
add_library(smf_engine STATIC
  ahead.cpp bus.cpp clock.cpp engine.cpp engine_control.cpp model_state.cpp parameters.cpp
  player.cpp resampler.cpp scheduling.cpp voice.cpp workers.cpp)
target_include_directories(smf_engine PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(smf_engine PUBLIC Threads::Threads)
