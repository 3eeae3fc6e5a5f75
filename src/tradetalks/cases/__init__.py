"""Cases that ship with the package: one YAML file each, named by `tradetalks.talks.case.available`."""
