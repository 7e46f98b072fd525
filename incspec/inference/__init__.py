"""Inference: Graph -> TypedGraph. Every tensor has its type, or the line to blame is told."""
