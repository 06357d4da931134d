"""The latent space as an instrument: corners, the mesh between them, and how even it is."""
