"""What happened: append-only runs, predictions and measurements, with digests."""
