"""Repair: shapes that do not fit -> the single change that would mend them, tried before it is offered."""
