"""Is it better: tasks, scores, statistics, gates. A model is whatever answers the protocol `Judged`."""
