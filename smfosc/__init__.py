"""smfosc: neural sound models, played by OSC. The daemon; `trainer` is the factory."""
