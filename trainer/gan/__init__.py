"""The progressive GAN: from a folder of sounds to a generator of spectrograms.

Source: GANSynth (Engel et al., ICLR 2019) on log magnitudes, after Wyse, Kamath and Gupta (2022);
progressive growing, Karras et al., ICLR 2018; WGAN-GP, Gulrajani et al., NeurIPS 2017.
"""
