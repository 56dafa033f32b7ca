"""What a model can be named by -> ``Found``: configs, other libraries' models, and code of the user's own."""
