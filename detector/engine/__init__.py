"""Room of the engine: where stages run, and where their results lie between stages."""
