"""Elaboration: Resolved -> Graph. Blocks, repeats and expressions become ops."""
