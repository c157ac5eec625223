"""How fair an allocation is, beside the plain list; pure."""
