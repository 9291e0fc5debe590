"""Workers: a process holds one peer and one data set, and fits as often as it is told.

The protocol is that of `crates/linear/examples/bench_fit`: `REPLY {...}` once the data are loaded,
then one reply for each line of tab-parted `key=value` pairs. Times are taken around the fit alone.
"""
