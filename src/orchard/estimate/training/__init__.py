"""How fast a model trains on which chips, cut how, and in how much memory."""
