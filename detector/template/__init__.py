"""Documents written on one outline with other names put in: outlines, families, skeletons and slots."""
