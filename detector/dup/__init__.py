"""Near-duplicates: folded text into sketches, candidates, exact verification, clusters and what is kept."""
