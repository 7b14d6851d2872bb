"""The closed forms: what on what, how, and how long it takes in how much memory.

configuration hardware, layout, software
shape         what a step needs to know of a model       (diffusion: of a diffusion transformer)
constants     names of the fitted numbers
kernels       time of the work on one chip
links         time of the exchanges that shows
memory        bytes on the fullest chip
step          the step, in parts that sum to it
draw          power of a chip in a step
"""
