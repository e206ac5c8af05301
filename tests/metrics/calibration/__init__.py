"""Forecasts of made-up businesses whose transition matrix is known, held against what became of them."""
