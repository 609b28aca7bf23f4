"""Text as it is: decoding, repair, folding and script."""
