"""The ten verbs of the week, one file each, in the order that `sim.week` keeps."""
