"""Reading: a file -> one syntax tree of all that the spec is made of, every step in one form.

Not here: what the words mean (resolution/).
"""
