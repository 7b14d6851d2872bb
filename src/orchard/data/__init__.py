"""What models learn from: sources with their licences, corpora, tokenizers, shards, instructions."""
