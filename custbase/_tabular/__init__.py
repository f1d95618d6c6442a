"""A raw frame of customers -> preprocessing and a model, calibrated."""
