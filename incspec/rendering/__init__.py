"""Rendering: diagnostics -> terminal text, JSON, SARIF, or the workflow commands of GitHub. One file for each format."""
