"""Evidence and verdict: what a document and its relations show, and how likely it is a farm page."""
