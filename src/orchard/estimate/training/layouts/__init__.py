"""Every legal layout of a model on a cluster: the best, why others lose, what does not fit.

question   what is asked, checked
legal      the layouts there are, as products of rows and columns
evaluated  a block of them with time and memory
search     all of them, and what is kept of each block   (pareto, contest)
answer     what a user gets                              (listing, rivals)
shortage   what is missing when nothing fits
"""
