"""A fleet over time: every failure and repair, gang-scheduled jobs, power hour by hour.

In the order in which data flows::

    programme  what the deliveries of a programme have brought by a day, in pools of nodes
    mix        the jobs: the programme's runs, and what its teams would run beside them
    draw       failures of every class, drawn before they happen
    case       pools, jobs and failures as tables
    tables     what each column of the tables means
    events     the loop over time
    stop, queue, gang, nodes, cycle, heap
               its parts: faults that strike, who gets nodes, what a job goes through, lists of nodes,
               work and checkpoints, events to come; compiled by `compiled`
    outcome    what happened
    scenario   all that an outcome depends on, beside the seed
    power      watts of each hour
    answer     an outcome as plain data
    traces     an outcome as Parquet files
    batches    many seeds side by side, kept
"""
