"""Which offers suit a client, in which order, and why. Pure but for `service`."""
