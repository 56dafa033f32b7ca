"""nn.Module -> Trace: one run of the module's own forward, written down."""
