# Where the sound system meets the engine. Links neither libjack nor libportaudio.
find_package(Threads REQUIRED)
add_library(smf_audio STATIC audio_callbacks.cpp)
target_link_libraries(smf_audio PUBLIC smf_engine Threads::Threads)
target_include_directories(smf_audio PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
