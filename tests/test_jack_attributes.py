"""The private names of jack-client that smfosc.audio.jack uses. When one of these tests
fails, jack-client has changed: adapt smfosc/audio/jack.py, then pin the new version."""

import pytest
from jackd import jackd
from parts import require_or_skip


@pytest.fixture(scope="module")
def jack():
    try:
        import jack as module
    except OSError:
        require_or_skip(False, "libjack (libjack-jackd2-0)")
    return module


@pytest.mark.parametrize(
    ("name", "ctype"),
    [
        ("jack_set_process_callback", "int(*)(struct _jack_client *, int(*)(uint32_t, void *)"),
        ("jack_set_freewheel_callback", "int(*)(struct _jack_client *, void(*)(int, void *)"),
        ("jack_set_xrun_callback", "int(*)(struct _jack_client *, int(*)(void *)"),
        ("jack_set_sample_rate_callback", "int(*)(struct _jack_client *, int(*)(uint32_t, void *)"),
        ("jack_on_info_shutdown", "void(*)(struct _jack_client *, void(*)(enum JackStatus, char"),
        ("jack_port_get_buffer", "void *(*)(struct _jack_port *, uint32_t)"),
        ("jack_set_error_function", "void(*)(void(*)(char *))"),
        ("jack_set_info_function", "void(*)(void(*)(char *))"),
    ],
)
def test_the_library_handle_has_the_function(jack, name, ctype):
    found = jack._ffi.typeof(getattr(jack._lib, name)).cname
    assert found.startswith(ctype), f"jack-client's {name} is now {found}"


@pytest.mark.parametrize(
    "ctype",
    [
        "JackProcessCallback",
        "JackFreewheelCallback",
        "JackXRunCallback",
        "JackSampleRateCallback",
        "JackInfoShutdownCallback",
    ],
)
def test_an_address_can_be_cast_to_the_callback_type(jack, ctype):
    assert int(jack._ffi.cast("uintptr_t", jack._ffi.cast(ctype, 4096))) == 4096


def test_client_and_port_carry_their_pointers(jack):
    with jackd():
        client = jack.Client("attributes", no_start_server=True)
        try:
            port = client.outports.register("out_1")
            assert "struct _jack_client *" in str(client._ptr), "jack-client has no _ptr now"
            assert "struct _jack_port *" in str(port._ptr), "jack-client's port has no _ptr now"
        finally:
            client.close()


def test_the_check_of_return_codes_raises(jack):
    with pytest.raises(jack.JackError):
        jack._check(1, "setting callbacks")
