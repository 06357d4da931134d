# Native tests of the audio callbacks: a fake JACK, a fake PortAudio, and the paced clock.
add_executable(audio_tests audio/audio_tests.cpp)
target_include_directories(audio_tests PRIVATE engine)
target_link_libraries(audio_tests PRIVATE smf_audio)
add_test(NAME audio_tests COMMAND audio_tests)
