"""A table of runs -> arrays: each row by its cells, each text read once.

rows      cells -> a batch of arrays, notes, reasons why a row is left blank
subjects  which model, in which task
machines  which chip, in which format
settings  chip and stack together
sizes     layout and batch: what blank cells mean, what is odd
sharding  what data parallelism shards where a row leaves that open
stacks    what a family of stacks does unless told otherwise
keywords  the words that tell otherwise
"""
