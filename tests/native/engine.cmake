# Native tests of the engine: with stub kernels, exact to the sample.
function(smfosc_engine_test name)
  add_executable(${name} engine/${name}.cpp)
  target_include_directories(${name} PRIVATE engine)
  target_link_libraries(${name} PRIVATE smf_engine)
  add_test(NAME ${name} COMMAND ${name})
endfunction()

smfosc_engine_test(engine_tests)
smfosc_engine_test(engine_races)
smfosc_engine_test(ahead_races)
if(CMAKE_SYSTEM_NAME STREQUAL "Linux" AND NOT SMFOSC_SANITIZE)
  smfosc_engine_test(engine_rules)  # counts malloc itself, which sanitizers own
endif()
