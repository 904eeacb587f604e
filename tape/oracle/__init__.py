"""The oracle: random networks, compared gradient by gradient with torch.autograd under derived tolerances."""
