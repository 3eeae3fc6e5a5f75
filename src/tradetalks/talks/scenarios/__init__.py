"""Scenarios: talks as a file that other programs of the field read and write, NegMAS and GENIUS.

How to use the files: `negmas.write(scenario, "talks/")` makes a folder that NegMAS opens with
`Scenario.load("talks/")`, and `genius.write` one that GENIUS and NegMAS open. Each holds the table of issues
(`domain`) and one file a party: what every offer is worth to it, from 0 for the worst to 1 for the best, and its
reservation value on the same scale (below 0 where the worst offer still beats no deal). `_info` says how that turns
into money: payoff = offset + factor × utility, US$ bn a year; and how far a file that can only hold additive payoffs
is at most from the true ones. Run tournaments, train agents or edit the files there, then read them back with
`negmas.read` or `genius.read`: a folder with our `_info` gives money again; one from elsewhere gives utilities, and
the scenario's `unit` says which.
"""
