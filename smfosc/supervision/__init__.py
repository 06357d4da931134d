"""Who looks after the daemon: systemd, or `smfosc supervise` where there is none."""
