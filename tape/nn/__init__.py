"""Networks: layers, losses and optimisers as functions, with the names and the argument order of torch."""
