"""From measured runs to constants, and what they are worth on runs that the fit has not seen.

measurements  a table of measured runs -> what was run, how fast it was, what is left out
fit           constants to where measurements want them
holdout       rows held out, and the intervals that fits without them would state
calibrate     a calibration from rows                    (account: what it changed)
validate      the model beside measured runs             (noise, ranks)
"""
