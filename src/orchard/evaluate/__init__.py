"""Is it better: tasks, scores, statistics, gates. A model is whatever answers the protocol `Judged`.

In the order in which they read::

    judged       what a model must answer
    items        texts, questions with options, exercises; a set is known by its digest
    texts        held-out and unseen documents, and what xz makes of them
    facts        questions about facts of the corpus
    cloze        last words of held-out sentences
    exercises    reasoning and instructions that a program checks
    collect      all of these for a corpus
    judge        puts the items to a model
    scores       what came of each item
    statistics   errors by clusters, intervals, differences, what can be seen
    figures      what scores amount to, under the names that gates use
    gate         whether a model is released
    lead         how much compute the family would have needed for what was gained
    kept         scores on disk, so that nothing is judged twice
    answer       all of it as plain values
    harness      the same models for EleutherAI's lm-eval

:mod:`orchard.train.evaluation` does all of this for a programme's model, ``orchard evaluate`` on the
command line.
"""
