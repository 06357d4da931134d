# Native tests of the kernel: every instruction set that the machine runs, against a
# float64 loop over the equations. Also cross-compiled and run under an emulator
# (tests/test_kernel_neon.py).
add_executable(kernel_tests kernel/kernel_tests.cpp)
target_link_libraries(kernel_tests PRIVATE smf_kernel)
add_test(NAME kernel_tests COMMAND kernel_tests)
