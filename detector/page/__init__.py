"""Pages and plain text into labelled lines: blocks, numbering, features, model, labels, boilerplate of a corpus."""
