# Native tests of receiving: the ring between its threads, and a drain on a real socket.
add_executable(ring_tests net/ring_tests.cpp)
target_link_libraries(ring_tests PRIVATE smf_net)
add_test(NAME ring_tests COMMAND ring_tests)
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  add_executable(drain_tests net/drain_tests.cpp)
  target_link_libraries(drain_tests PRIVATE smf_net)
  add_test(NAME drain_tests COMMAND drain_tests)
endif()
