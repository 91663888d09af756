"""Runs that are kept: how `billp runs` lists, shows and removes them."""
