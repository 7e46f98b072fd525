"""Resolution: SyntaxTree -> ModelSpec -> Resolved. The form of the document is valid, every name means something."""
