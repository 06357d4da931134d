# Receiving datagrams natively needs recvmmsg and eventfd; elsewhere smfosc/udp.py
# receives in a Python thread.
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  find_package(Threads REQUIRED)
  add_library(smf_net STATIC udp_drain.cpp)
  target_include_directories(smf_net PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(smf_net PUBLIC Threads::Threads)
else()
  add_library(smf_net INTERFACE)
  target_include_directories(smf_net INTERFACE ${CMAKE_CURRENT_SOURCE_DIR})
endif()
