"""What the user says: a programme file, read with line numbers into frozen models, and checked.

From numbers to the whole file::

    amounts        numbers with units: a choice, a fact, or assumed with a range and a reason
    architecture   the shape of a model
    sites, models, training, lab, products, money, claims
                   the parts of a programme
    programme      all of it
    reader         YAML with lines (compose: bounded nodes; places: where a value stands)
    override, use  what is replaced, what is taken from the catalogue
    findings       what is wrong, all at once (wording: in which words)
    rules*         coded rules; each rule's docstring is its documentation
    load           from a file to a programme
    schema         JSON Schema for editors
"""
